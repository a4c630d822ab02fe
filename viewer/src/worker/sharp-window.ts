/** A window of which all segments are at hand: the same as of a recording that is read whole. */
import { STATES } from '../../../src/format/event-columns.ts';
import { SpanStore } from '../../../src/format/lanes/span-store.ts';
import { DensityGrid, type GroupDensity } from './group-density.ts';
import { placeOf, type LaneSpans } from './segment.ts';
import type { SegmentPlan } from './segment-plan.ts';

/** Some lanes' spans in segments that follow each other; place n of the result is `lanes[n]`. */
export function joinedSpans(parts: readonly LaneSpans[], lanes: Int32Array): SpanStore {
  const joined = new SpanStore();
  for (const lane of lanes) {
    const to = joined.addLane();
    for (const { lanes: known, spans } of parts) {
      const own = placeOf(known, lane);
      if (own < 0) continue;
      const first = spans.laneOffset[own]!;
      const end = first + spans.laneSpans[own]!;
      for (let span = first; span < end; span++) {
        const last = joined.last(to);
        const startNs = spans.startNs[span]!;
        // A segment begins with the spans that go on from the one before.
        if (span === first && last >= 0 && startNs <= joined.startNs[last]!) {
          if (spans.state[span] === joined.state[last] || startNs < joined.startNs[last]!) continue;
        }
        joined.append(
          to,
          startNs,
          spans.state[span]!,
          spans.reason[span]!,
          spans.p[span]!,
          spans.tid[span]!,
          spans.goid[span]!,
        );
      }
    }
  }
  return joined;
}

/** How many goroutines of a group are in each state, over segments that follow each other. */
export function sharpDensity(
  parts: readonly { plan: SegmentPlan; goroutines: LaneSpans }[],
  lanes: Int32Array,
  window: { startNs: number; endNs: number; densityNs: number },
): GroupDensity {
  const grid = new DensityGrid(window.startNs, window.endNs, window.densityNs, STATES.length);
  const wanted = new Set(lanes);
  for (const { plan, goroutines } of parts) {
    const { lanes: known, spans } = goroutines;
    for (let own = 0; own < known.length; own++) {
      if (!wanted.has(known[own]!)) continue;
      grid.addLane(spans, own, plan.startNs, plan.endNs, plan.endNs);
    }
  }
  return grid.density();
}
