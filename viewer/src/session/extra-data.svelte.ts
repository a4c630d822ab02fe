/**
 * What the worker tells besides lanes: series and counters, once the lanes are there and again
 * as the recording grows; states at the playhead, as long as lanes are grouped by them.
 */
import type { LaneStates } from '../worker/lane-states.ts';
import type { Summary } from '../worker/protocol.ts';
import type { RecordingClient } from '../worker/recording-client.ts';
import type { Series } from '../worker/series.ts';

/** Of a recording that grows they are asked for this often, ms, but no more than a share of the time. */
const EVERY_MS = 250;
const MOST_SHARE = 0.1;

export class ExtraData {
  series = $state.raw<Series | undefined>(undefined);
  states = $state.raw<LaneStates | undefined>(undefined);
  readonly #client: RecordingClient;
  readonly #onseries: () => void;
  #isAsking = false;
  #askedFor = -1;
  #toldAtMs = -Infinity;
  #tookMs = 0;
  #isAskingStates = false;
  #wantedNs: number | undefined;

  /** @param onseries - called when they have come */
  constructor(client: RecordingClient, onseries: () => void) {
    this.#client = client;
    this.#onseries = onseries;
  }

  /** Called with every summary. */
  onSummary({ isLoading, eventCount }: Summary): void {
    const restMs = Math.max(EVERY_MS, this.#tookMs / MOST_SHARE);
    const isEarly = performance.now() - this.#toldAtMs < restMs && this.series !== undefined;
    if (isLoading || this.#isAsking || isEarly || eventCount === this.#askedFor) return;
    this.#isAsking = true;
    this.#askedFor = eventCount;
    const askedAtMs = performance.now();
    void this.#client.series().then((series) => {
      this.#isAsking = false;
      this.#toldAtMs = performance.now();
      this.#tookMs = this.#toldAtMs - askedAtMs;
      if (series === undefined) return;
      this.series = series;
      this.#onseries();
    });
  }

  /** States at a time; of several wishes the newest is asked when the answer before is there. */
  wantStates(timeNs: number): void {
    this.#wantedNs = timeNs;
    if (this.#isAskingStates || this.states?.timeNs === timeNs) return;
    this.#isAskingStates = true;
    void this.#client.states(timeNs).then((states) => {
      this.#isAskingStates = false;
      if (states === undefined) return;
      this.states = states;
      if (this.#wantedNs !== undefined && this.#wantedNs !== timeNs)
        this.wantStates(this.#wantedNs);
    });
  }
}
