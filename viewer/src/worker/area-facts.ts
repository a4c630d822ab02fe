/** What goroutines did in a stretch of time: time by state and reason, and the longest spans. */
import { STATES } from '../../../src/format/event-columns.ts';
import type { AreaFacts, AreaShare } from './context-protocol.ts';
import type { LanesWithSpans } from './lanes-with-spans.ts';

/** Spans in the list of the longest. */
export const MOST_LONGEST = 8;

const DEAD = STATES.indexOf('dead');
const REASONS = 256;

/**
 * Facts of an area; spans that reach beyond it count with what lies within.
 *
 * @param lanes - of goroutines; undefined for all
 * @param openEndNs - where spans that have not ended end for now
 */
export function areaFacts(
  builder: LanesWithSpans,
  startNs: number,
  endNs: number,
  lanes: Int32Array | undefined,
  openEndNs: number,
): AreaFacts {
  const { spans } = builder;
  const ns = new Float64Array(STATES.length * REASONS);
  const counts = new Uint32Array(STATES.length * REASONS);
  const longest: AreaFacts['longest'] = [];
  let shortestListedNs = 0;
  let [goroutineCount, createdCount, endedCount, spanCount] = [0, 0, 0, 0];
  const laneCount = lanes?.length ?? spans.laneCount;
  for (let each = 0; each < laneCount; each++) {
    const lane = lanes?.[each] ?? each;
    if (lane < 0 || lane >= spans.laneCount) continue;
    const last = spans.last(lane);
    let hasLived = false;
    for (
      let span = Math.max(spans.at(lane, startNs), spans.laneOffset[lane]!);
      span <= last && spans.startNs[span]! < endNs;
      span++
    ) {
      const state = spans.state[span]!;
      const fromNs = Math.max(startNs, spans.startNs[span]!);
      if (state === DEAD) {
        if (spans.startNs[span]! >= startNs) endedCount++;
        continue;
      }
      if (state === 0) continue;
      const lengthNs = Math.min(endNs, spans.endNs(lane, span, openEndNs)) - fromNs;
      if (lengthNs < 0) continue;
      hasLived = true;
      spanCount++;
      const reason = spans.reason[span]!;
      const slot = state * REASONS + reason;
      ns[slot]! += lengthNs;
      counts[slot]!++;
      // What covers the area wholly is what goes on all the time, not what happened in it.
      if (lengthNs === endNs - startNs) continue;
      if (longest.length < MOST_LONGEST || lengthNs > shortestListedNs) {
        longest.push({ lane, startNs: spans.startNs[span]!, state, reason, ns: lengthNs });
        longest.sort((a, b) => b.ns - a.ns);
        longest.length = Math.min(longest.length, MOST_LONGEST);
        shortestListedNs = longest.at(-1)!.ns;
      }
    }
    if (hasLived) goroutineCount++;
    const createdNs = builder.createdNs[lane]!;
    if (createdNs >= startNs && createdNs < endNs) createdCount++;
  }
  const shares: AreaShare[] = [];
  for (const [slot, spanCountOf] of counts.entries()) {
    if (spanCountOf === 0) continue;
    const [state, reason] = [Math.floor(slot / REASONS), slot % REASONS];
    shares.push({ state, reason, ns: ns[slot]!, spanCount: spanCountOf });
  }
  shares.sort((a, b) => b.ns - a.ns);
  return { startNs, endNs, goroutineCount, createdCount, endedCount, spanCount, shares, longest };
}
