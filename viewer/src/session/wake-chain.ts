/** The way along the chain of wakers: back to who caused a span, and forth again the same way. */
import type { RecordingClient } from '../worker/recording-client.ts';

interface Place {
  lane: number;
  timeNs: number;
}

export class WakeChain {
  /** Where one came from, and to which span that led: forth is back there while one is on it. */
  readonly #steps: { from: Place; to: Place }[] = [];
  readonly #client: RecordingClient;

  constructor(client: RecordingClient) {
    this.#client = client;
  }

  /**
   * Where the chain leads from a span.
   *
   * @param place - lane and start of the span
   * @param direction - -1 to its cause, 1 to what it caused
   * @returns undefined where the chain ends
   */
  async next(place: Place, direction: 1 | -1): Promise<Place | undefined> {
    const step = this.#steps.at(-1);
    if (direction === 1 && step !== undefined && isSame(step.to, place)) {
      this.#steps.pop();
      return step.from;
    }
    return this.#client.chain(place.lane, place.timeNs, direction);
  }

  /** The step back was made, and this span is where it led. */
  took(from: Place, to: Place): void {
    this.#steps.push({ from, to });
  }
}

function isSame(a: Place, b: Place): boolean {
  return a.lane === b.lane && a.timeNs === b.timeNs;
}
