/** The selected span. Questions may be answered late: only the newest one counts. */
import type { RecordingClient } from '../worker/recording-client.ts';
import type { SpanReply } from '../worker/protocol.ts';
import { SpanContext } from './span-context.svelte.ts';

export class SpanSelection {
  reply = $state.raw<SpanReply | undefined>(undefined);
  /** Lane of the selected goroutine; -1 none. */
  lane = $derived(this.reply?.span.lane ?? -1);
  /** What is around the span. */
  readonly context: SpanContext;
  readonly #client: RecordingClient;
  #asked = 0;
  /** A time within the span. */
  #timeNs = 0;

  constructor(client: RecordingClient) {
    this.#client = client;
    this.context = new SpanContext(client);
  }

  /**
   * Select the span of a lane at a time.
   *
   * @returns whether one is selected now because of that
   */
  async select(lane: number, timeNs: number): Promise<boolean> {
    const asked = ++this.#asked;
    const reply = await this.#client.span(lane, timeNs);
    if (asked !== this.#asked) return false;
    this.reply = reply;
    this.#timeNs = timeNs;
    this.context.want(reply?.span);
    return reply !== undefined;
  }

  /** What is known of it changes while the recording is read or grows. */
  async refresh(): Promise<void> {
    if (this.reply === undefined) return;
    const asked = this.#asked;
    const reply = await this.#client.span(this.lane, this.#timeNs);
    if (asked !== this.#asked || reply === undefined) return;
    this.reply = reply;
    this.context.want(reply.span);
  }

  clear(): void {
    this.#asked++;
    this.reply = undefined;
    this.context.want(undefined);
  }
}
