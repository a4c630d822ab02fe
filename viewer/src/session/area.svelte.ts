/** A stretch of time, in some lanes or all, that was chosen to be summed up. */
import type { AreaFacts } from '../worker/context-protocol.ts';
import type { RecordingClient } from '../worker/recording-client.ts';

export interface AreaRange {
  startNs: number;
  endNs: number;
  /** The goroutines it was drawn over; undefined: all. */
  lanes: Int32Array | undefined;
}

export class Area {
  range = $state.raw<AreaRange | undefined>(undefined);
  facts = $state.raw<AreaFacts | undefined>(undefined);
  readonly #client: RecordingClient;
  #isAsking = false;
  #hasChanged = false;

  constructor(client: RecordingClient) {
    this.#client = client;
  }

  choose(range: AreaRange | undefined): void {
    this.range = range;
    if (range === undefined) this.facts = undefined;
    this.refresh();
  }

  /** The recording has grown, or the area is another. */
  refresh(): void {
    this.#hasChanged = true;
    if (!this.#isAsking) void this.#ask();
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    while (this.#hasChanged && this.range !== undefined) {
      this.#hasChanged = false;
      const asked = this.range;
      const facts = await this.#client.area(asked.startNs, asked.endNs, asked.lanes);
      if (asked === this.range) this.facts = facts;
    }
    this.#isAsking = false;
  }
}
