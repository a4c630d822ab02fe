/** How a span compares with its like, and which other goroutines it has to do with. */
import { STATES } from '../../../src/format/event-columns.ts';
import type { SpanAround } from './context-protocol.ts';
import { begunBy, wakesOf } from './wakeups.ts';
import type { LanesWithSpans } from './lanes-with-spans.ts';

const DEAD = STATES.indexOf('dead');

/**
 * What the lanes know about the span of a goroutine at a time; undefined when there is none.
 *
 * @param openEndNs - where spans that have not ended end for now
 */
export function spanAround(
  builder: LanesWithSpans,
  lane: number,
  timeNs: number,
  openEndNs: number,
): SpanAround | undefined {
  const { spans } = builder;
  if (lane < 0 || lane >= spans.laneCount) return undefined;
  let span = spans.at(lane, timeNs);
  if (span < 0) return undefined;
  if (spans.state[span] === DEAD && span > spans.laneOffset[lane]!) span--;
  const startNs = spans.startNs[span]!;
  const endNs = spans.endNs(lane, span, openEndNs);
  const isOpen = span === spans.last(lane);
  return {
    lane,
    startNs,
    kin: kinOf(builder, lane, span, endNs - startNs),
    begunBy: begunBy(builder, lane, span),
    endedBy: isOpen ? undefined : begunBy(builder, lane, span + 1),
    ...wakesOf(builder, lane, startNs, endNs),
  };
}

/**
 * How long spans like one are that ended.
 *
 * @param known - lengths of such that are not among the lanes' spans
 */
export function kinOf(
  builder: LanesWithSpans,
  lane: number,
  span: number,
  lengthNs: number,
  known: readonly number[] = [],
): SpanAround['kin'] {
  const { spans } = builder;
  const state = spans.state[span]!;
  const reason = spans.reason[span]!;
  const func = builder.func[lane]!;
  const lengths = [...known];
  let shorterCount = 0;
  for (let other = 0; other < spans.laneCount; other++) {
    if (builder.func[other] !== func) continue;
    const last = spans.last(other);
    for (let at = spans.laneOffset[other]!; at < last; at++) {
      if (spans.state[at] !== state || spans.reason[at] !== reason) continue;
      const otherNs = spans.startNs[at + 1]! - spans.startNs[at]!;
      lengths.push(otherNs);
      if (otherNs < lengthNs) shorterCount++;
    }
  }
  const sorted = Float64Array.from(lengths).sort();
  return {
    count: sorted.length,
    shorterCount,
    medianNs: sorted[sorted.length >> 1] ?? 0,
    longestNs: sorted.at(-1) ?? 0,
  };
}
