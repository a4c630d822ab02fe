/**
 * What is around one span, hovered or selected: fetched when it becomes another one, and again
 * while it goes on in a recording that grows. One question at a time, the newest wish next.
 */
import type { SpanAround, SpanDetails } from '../worker/context-protocol.ts';
import type { SpanFacts } from '../worker/protocol.ts';
import type { RecordingClient } from '../worker/recording-client.ts';

/** Chunks are read for details: of a span that goes on not more often, ms. */
const DETAILS_EVERY_MS = 1000;

type Wanted = Pick<SpanFacts, 'lane' | 'startNs' | 'endNs'>;

export class SpanContext {
  around = $state.raw<SpanAround | undefined>(undefined);
  details = $state.raw<SpanDetails | undefined>(undefined);
  readonly #client: RecordingClient;
  #wanted: Wanted | undefined;
  #shown: Wanted | undefined;
  #detailsAtMs = 0;
  #isAsking = false;

  constructor(client: RecordingClient) {
    this.#client = client;
  }

  /** Tell which span; undefined for none. */
  want(span: Wanted | undefined): void {
    this.#wanted = span;
    if (span === undefined || !isSame(span, this.#shown)) {
      this.around = undefined;
      this.details = undefined;
      this.#shown = undefined;
    }
    if (!this.#isAsking) void this.#ask();
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    for (;;) {
      const span = this.#wanted;
      const isAnother = !isSame(span, this.#shown);
      if (span === undefined || (!isAnother && span.endNs === this.#shown?.endNs)) break;
      this.#shown = span;
      const around = await this.#client.around(span.lane, span.startNs);
      if (isSame(span, this.#wanted)) this.around = around;
      const nowMs = performance.now();
      if (!isAnother && nowMs - this.#detailsAtMs < DETAILS_EVERY_MS) continue;
      this.#detailsAtMs = nowMs;
      const details = await this.#client.details(span.lane, span.startNs);
      if (isSame(span, this.#wanted)) this.details = details;
    }
    this.#isAsking = false;
  }
}

function isSame(a: Wanted | undefined, b: Wanted | undefined): boolean {
  return a?.lane === b?.lane && a?.startNs === b?.startNs;
}
