/**
 * A group of goroutines as one row: how many of them were in each state, by bucket of time.
 * This is what a closed group shows.
 */
import type { SpanStore } from '../../../src/format/lanes/span-store.ts';

export interface GroupDensity {
  startNs: number;
  bucketNs: number;
  bucketCount: number;
  /** Mean number of goroutines: `counts[bucket * stateCount + state]`. */
  counts: Float32Array<ArrayBuffer>;
}

/** Goroutines by state and bucket, while they are counted: an interval costs the same however long. */
export class DensityGrid {
  readonly startNs: number;
  readonly endNs: number;
  readonly bucketNs: number;
  readonly bucketCount: number;
  readonly #stateCount: number;
  readonly #parts: Float64Array;
  /** Goroutines that stay in a state for whole buckets, as steps up and down. */
  readonly #steps: Float64Array;

  /** A grid over a window, which is widened to whole buckets. */
  constructor(startNs: number, endNs: number, bucketNs: number, stateCount: number) {
    this.startNs = Math.floor(startNs / bucketNs) * bucketNs;
    this.bucketNs = bucketNs;
    this.bucketCount = Math.max(1, Math.ceil((endNs - this.startNs) / bucketNs));
    this.endNs = this.startNs + this.bucketCount * bucketNs;
    this.#stateCount = stateCount;
    this.#parts = new Float64Array(this.bucketCount * stateCount);
    this.#steps = new Float64Array((this.bucketCount + 1) * stateCount);
  }

  /**
   * Count so many goroutines in a state from one time to another.
   *
   * @param weight - share of the time, or number of goroutines
   */
  add(state: number, fromNs: number, toNs: number, weight: number): void {
    const from = (Math.max(fromNs, this.startNs) - this.startNs) / this.bucketNs;
    const to = (Math.min(toNs, this.endNs) - this.startNs) / this.bucketNs;
    if (to <= from) return;
    const stateCount = this.#stateCount;
    const first = Math.floor(from);
    const end = Math.floor(to);
    if (first === end) {
      this.#parts[first * stateCount + state]! += (to - from) * weight;
      return;
    }
    this.#parts[first * stateCount + state]! += (first + 1 - from) * weight;
    if (end < this.bucketCount) this.#parts[end * stateCount + state]! += (to - end) * weight;
    if (end > first + 1) {
      this.#steps[(first + 1) * stateCount + state]! += weight;
      this.#steps[end * stateCount + state]! -= weight;
    }
  }

  /** Count a lane's spans, as far as they lie between two times. */
  addLane(store: SpanStore, lane: number, fromNs: number, toNs: number, openEndNs: number): void {
    const last = store.last(lane);
    if (last < 0) return;
    const startNs = Math.max(fromNs, this.startNs);
    const endNs = Math.min(toNs, this.endNs);
    for (
      let span = Math.max(store.at(lane, startNs), store.laneOffset[lane]!);
      span <= last;
      span++
    ) {
      if (store.startNs[span]! >= endNs) break;
      const spanFromNs = Math.max(store.startNs[span]!, startNs);
      const spanToNs = Math.min(store.endNs(lane, span, openEndNs), endNs);
      this.add(store.state[span]!, spanFromNs, spanToNs, 1);
    }
  }

  /** What was counted so far. */
  density(): GroupDensity {
    const { startNs, bucketNs, bucketCount } = this;
    const stateCount = this.#stateCount;
    const counts = new Float32Array(this.#parts.length);
    for (let state = 0; state < stateCount; state++) {
      let whole = 0;
      for (let bucket = 0; bucket < bucketCount; bucket++) {
        const at = bucket * stateCount + state;
        whole += this.#steps[at]!;
        counts[at] = this.#parts[at]! + whole;
      }
    }
    return { startNs, bucketNs, bucketCount, counts };
  }
}

/**
 * Count a group's goroutines by state over a window.
 *
 * @param bucketNs - width of a bucket; the window is widened to whole buckets
 * @param stateCount - number of states; state 0 is "nothing"
 */
export function groupDensity(
  store: SpanStore,
  lanes: Int32Array,
  startNs: number,
  endNs: number,
  bucketNs: number,
  openEndNs: number,
  stateCount: number,
): GroupDensity {
  const grid = new DensityGrid(startNs, endNs, bucketNs, stateCount);
  for (const lane of lanes) grid.addLane(store, lane, -Infinity, Infinity, openEndNs);
  return grid.density();
}
