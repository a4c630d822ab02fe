/** Cycles or stops of the world, of segments that were read in any order, as one list. */
import type { Intervals } from '../../../src/format/lanes/collector-lane.ts';
import type { IntervalColumns } from './protocol.ts';
import type { SegmentPlan } from './segment-plan.ts';

/**
 * Put them together. One that goes on where nothing was read ends, for now, with its segment.
 *
 * @param read - by number of the segment; missing where it was not read
 */
export function collectIntervals(
  plans: readonly SegmentPlan[],
  read: ReadonlyMap<number, Intervals>,
): IntervalColumns {
  const startNs: number[] = [];
  const endNs: number[] = [];
  const kind: number[] = [];
  let isOpen = false;
  for (const [index, plan] of plans.entries()) {
    const intervals = read.get(index);
    if (intervals === undefined) {
      if (isOpen) endNs[endNs.length - 1] = plan.startNs;
      isOpen = false;
      continue;
    }
    for (let i = 0; i < intervals.count; i++) {
      const beganNs = intervals.startNs[i]!;
      const endedNs = intervals.endNs[i]!;
      const isGoingOn = i === 0 && beganNs < plan.startNs;
      if (isOpen) endNs[endNs.length - 1] = isGoingOn ? endedNs : beganNs;
      if (!isGoingOn || !isOpen) {
        startNs.push(Math.max(beganNs, index === 0 ? 0 : plan.startNs));
        endNs.push(endedNs);
        kind.push(intervals.kind[i]!);
      }
      isOpen = endedNs === Infinity;
    }
  }
  return {
    startNs: Float64Array.from(startNs),
    endNs: Float64Array.from(endNs),
    kind: Uint8Array.from(kind),
  };
}
