/**
 * How many goroutines were in each state over the whole recording, in a fixed number of
 * buckets of time whose width is a power of two.
 *
 * A change of state costs the same however long the state lasts: it is kept as the step it
 * makes (`step`) and the area that step covers within its own bucket (`area`). When the
 * recording outgrows the buckets, neighbours are joined and the width doubles.
 */
import { STATES } from '../event-columns.ts';

const BUCKETS = 2048;
const STATE_COUNT = STATES.length;

export class StateHistory {
  /** Width of a bucket, ns; a power of two. */
  bucketNs: number;
  readonly #area = new Float64Array(BUCKETS * STATE_COUNT);
  readonly #step = new Float64Array(BUCKETS * STATE_COUNT);

  /** @param expectedNs - length of the recording when it is known; it may turn out longer */
  constructor(expectedNs = 1_000_000) {
    this.bucketNs = 2 ** Math.max(10, Math.ceil(Math.log2(Math.max(1, expectedNs) / BUCKETS)));
  }

  /** A goroutine left state `from` and entered `to`; indices into STATES, 0 for none. */
  change(timeNs: number, from: number, to: number): void {
    if (from === to) return;
    while (timeNs >= this.bucketNs * BUCKETS) this.#double();
    const bucket = Math.floor(timeNs / this.bucketNs);
    const restNs = (bucket + 1) * this.bucketNs - timeNs;
    if (from !== 0) {
      this.#area[bucket * STATE_COUNT + from]! -= restNs;
      this.#step[bucket * STATE_COUNT + from]! -= 1;
    }
    if (to !== 0) {
      this.#area[bucket * STATE_COUNT + to]! += restNs;
      this.#step[bucket * STATE_COUNT + to]! += 1;
    }
  }

  /**
   * Mean number of goroutines by bucket and state, up to `endNs`.
   *
   * @returns `counts[bucket * STATES.length + state]`
   */
  counts(endNs: number): { bucketNs: number; bucketCount: number; counts: Float32Array } {
    const bucketCount = Math.min(BUCKETS, Math.max(1, Math.ceil(endNs / this.bucketNs)));
    const counts = new Float32Array(bucketCount * STATE_COUNT);
    for (let state = 1; state < STATE_COUNT; state++) {
      let before = 0;
      for (let bucket = 0; bucket < bucketCount; bucket++) {
        const at = bucket * STATE_COUNT + state;
        counts[at] = Math.max(0, before + this.#area[at]! / this.bucketNs);
        before += this.#step[at]!;
      }
    }
    return { bucketNs: this.bucketNs, bucketCount, counts };
  }

  #double(): void {
    for (let bucket = 0; bucket < BUCKETS / 2; bucket++) {
      for (let state = 0; state < STATE_COUNT; state++) {
        const left = 2 * bucket * STATE_COUNT + state;
        const right = left + STATE_COUNT;
        const at = bucket * STATE_COUNT + state;
        // A step in the left half goes on through the right half.
        this.#area[at] = this.#area[left]! + this.#step[left]! * this.bucketNs + this.#area[right]!;
        this.#step[at] = this.#step[left]! + this.#step[right]!;
      }
    }
    this.#area.fill(0, (BUCKETS / 2) * STATE_COUNT);
    this.#step.fill(0, (BUCKETS / 2) * STATE_COUNT);
    this.bucketNs *= 2;
  }
}
