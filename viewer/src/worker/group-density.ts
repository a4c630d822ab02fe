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
  const fromNs = Math.floor(startNs / bucketNs) * bucketNs;
  const bucketCount = Math.max(1, Math.ceil((endNs - fromNs) / bucketNs));
  const toNs = fromNs + bucketCount * bucketNs;
  const counts = new Float32Array(bucketCount * stateCount);
  /** Goroutines that stay in a state for whole buckets, as steps up and down. */
  const steps = new Int32Array((bucketCount + 1) * stateCount);
  for (const lane of lanes) {
    const last = store.last(lane);
    if (last < 0) continue;
    for (
      let span = Math.max(store.at(lane, fromNs), store.laneOffset[lane]!);
      span <= last;
      span++
    ) {
      if (store.startNs[span]! >= toNs) break;
      const state = store.state[span]!;
      const from = (Math.max(store.startNs[span]!, fromNs) - fromNs) / bucketNs;
      const to = (Math.min(store.endNs(lane, span, openEndNs), toNs) - fromNs) / bucketNs;
      if (to <= from) continue;
      const first = Math.floor(from);
      const end = Math.floor(to);
      if (first === end) {
        counts[first * stateCount + state]! += to - from;
        continue;
      }
      counts[first * stateCount + state]! += first + 1 - from;
      if (end < bucketCount) counts[end * stateCount + state]! += to - end;
      if (end > first + 1) {
        steps[(first + 1) * stateCount + state]! += 1;
        steps[end * stateCount + state]! -= 1;
      }
    }
  }
  for (let state = 0; state < stateCount; state++) {
    let whole = 0;
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      whole += steps[bucket * stateCount + state]!;
      counts[bucket * stateCount + state]! += whole;
    }
  }
  return { startNs: fromNs, bucketNs, bucketCount, counts };
}
