/** Answers about single spans and goroutines, from the lanes: what the dock and tooltip show. */
import { STATES } from '../../../src/format/event-columns.ts';
import type { SpanBuilder } from '../../../src/format/lanes/span-builder.ts';
import type { GoroutineFacts, SpanFacts, SpanReply } from './protocol.ts';

/** Spans shown before and after the one asked for. */
const NEIGHBOURS = 4;

const DEAD = STATES.indexOf('dead');

/**
 * The span of a goroutine at a time, or undefined when there is none.
 *
 * @param openEndNs - where spans that have not ended end for now
 */
export function spanAt(
  builder: SpanBuilder,
  lane: number,
  timeNs: number,
  openEndNs: number,
): SpanReply | undefined {
  const { spans } = builder;
  if (lane < 0 || lane >= spans.laneCount) return undefined;
  const first = spans.laneOffset[lane]!;
  const last = spans.last(lane);
  let span = spans.at(lane, timeNs);
  if (span < 0) return undefined;
  // After its end a goroutine has no span; the last one it had is what is meant.
  if (spans.state[span] === DEAD && span > first) span--;
  const from = Math.max(first, span - NEIGHBOURS);
  const to = Math.min(last, span + NEIGHBOURS);
  const neighbours: SpanFacts[] = [];
  for (let at = from; at <= to; at++) {
    if (spans.state[at] !== DEAD) neighbours.push(factsOf(builder, lane, at, openEndNs));
  }
  return {
    span: factsOf(builder, lane, span, openEndNs),
    neighbours,
    goroutine: goroutineFacts(builder, lane, openEndNs),
  };
}

function factsOf(builder: SpanBuilder, lane: number, span: number, openEndNs: number): SpanFacts {
  const { spans } = builder;
  const isOpen = span === spans.last(lane);
  return {
    goid: builder.goid[lane]!,
    lane,
    startNs: spans.startNs[span]!,
    endNs: spans.endNs(lane, span, openEndNs),
    isOpen,
    state: spans.state[span]!,
    reason: spans.reason[span]!,
    p: spans.p[span]!,
    tid: spans.tid[span]!,
    byGoid: spans.goid[span]!,
    endedByGoid: isOpen ? 0 : spans.goid[span + 1]!,
  };
}

function goroutineFacts(builder: SpanBuilder, lane: number, openEndNs: number): GoroutineFacts {
  const { spans } = builder;
  const stateNs = new Float64Array(STATES.length);
  const reasonNs = new Float64Array(256);
  const first = spans.laneOffset[lane]!;
  const last = spans.last(lane);
  for (let span = first; span <= last; span++) {
    const lengthNs = spans.endNs(lane, span, openEndNs) - spans.startNs[span]!;
    stateNs[spans.state[span]!]! += lengthNs;
    reasonNs[spans.reason[span]!]! += lengthNs;
  }
  stateNs[DEAD] = 0;
  const goid = builder.goid[lane]!;
  const pid = builder.pid[lane]!;
  let childCount = 0;
  for (let other = 0; other < spans.laneCount; other++) {
    if (builder.parentGoid[other] === goid && builder.pid[other] === pid) childCount++;
  }
  return { lane, spanCount: last - first + 1, stateNs, reasonNs, childCount };
}

/**
 * The next (1) or previous (-1) event strictly after or before a time.
 *
 * @param lane - of a goroutine; -1 any
 * @returns its time, ns, or undefined when there is none
 */
export function stepFrom(
  builder: SpanBuilder,
  lane: number,
  timeNs: number,
  direction: 1 | -1,
): number | undefined {
  const { spans } = builder;
  const isLane = lane >= 0 && lane < spans.laneCount;
  const times = isLane ? spans.startNs : builder.eventTimeNs;
  const first = isLane ? spans.laneOffset[lane]! : 0;
  const end = isLane ? first + spans.laneSpans[lane]! : builder.eventTimeCount;
  let low = first;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const isBefore = direction === 1 ? times[middle]! <= timeNs : times[middle]! < timeNs;
    if (isBefore) low = middle + 1;
    else high = middle;
  }
  const found = direction === 1 ? low : low - 1;
  return found >= first && found < end ? times[found] : undefined;
}
