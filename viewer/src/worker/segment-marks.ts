/**
 * What is kept of a segment when its spans are dropped: for each lane in which something
 * happened, marks of a bucket of time (a power of two of ns), as lane-window.ts makes them, and
 * how it came in and went out. Spans as long as a bucket stay what they are.
 *
 * A span belongs to the segment in which it begins. The last one of a lane is no mark, as its end
 * is not known here; it is the state in which the lane goes out.
 */
import { STATES } from '../../../src/format/event-columns.ts';
import { addMarks, bucketFor, MarkList, type LaneMarks } from './lane-window.ts';
import type { LaneSpans } from './segment.ts';

const DEAD = STATES.indexOf('dead');
/** States that leave a lane empty. */
export const HIDDEN = Uint8Array.from(STATES, (_, state) =>
  state === 0 || state === DEAD ? 1 : 0,
);

/** States of lanes at a time. */
export interface LaneStates {
  /** Index into STATES; 0 nothing. */
  state: Uint8Array<ArrayBuffer>;
  reason: Uint8Array<ArrayBuffer>;
  sinceNs: Float64Array<ArrayBuffer>;
  goid: Float64Array<ArrayBuffer>;
}

export interface SegmentMarks {
  /** Lanes in which something happened, ascending. */
  lanes: Int32Array;
  marks: LaneMarks;
  /** By place in `lanes`: how it was before its first change here, and after its last. */
  before: LaneStates;
  after: LaneStates;
  /** By place in `lanes`: time of its first change. */
  firstNs: Float64Array;
  sizeBytes: number;
}

/**
 * Join the spans of a segment.
 *
 * @param startNs - of the segment; spans that begin before it are another one's
 * @param wantedMarks - about so many may come out
 */
export function segmentMarks(
  { lanes, spans }: LaneSpans,
  startNs: number,
  endNs: number,
  wantedMarks: number,
): SegmentMarks {
  const changed: number[] = [];
  for (let own = 0; own < lanes.length; own++) {
    if (!isOfBefore(spans, spans.last(own), startNs)) changed.push(own);
  }
  const perLane = Math.max(1, wantedMarks / Math.max(1, changed.length));
  const bucketNs = bucketFor((endNs - startNs) / perLane);
  const before = laneStates(changed.length);
  const after = laneStates(changed.length);
  const firstNs = new Float64Array(changed.length);
  const list = new MarkList();
  const laneFirst = new Uint32Array(changed.length + 1);
  for (const [place, own] of changed.entries()) {
    laneFirst[place] = list.count;
    let first = spans.laneOffset[own]!;
    const last = spans.last(own);
    if (isOfBefore(spans, first, startNs)) {
      setState(before, place, spans, first);
      while (isOfBefore(spans, first, startNs)) first++;
    }
    firstNs[place] = spans.startNs[first]!;
    setState(after, place, spans, last);
    addMarks(list, spans, own, first, last - 1, Infinity, bucketNs, endNs, HIDDEN);
  }
  laneFirst[changed.length] = list.count;
  const marks = list.finish(laneFirst);
  return {
    lanes: Int32Array.from(changed, (own) => lanes[own]!),
    marks,
    before,
    after,
    firstNs,
    sizeBytes: list.count * (8 * 4 + 4 * 2) + changed.length * (4 + 4 + 8 + 2 * 18),
  };
}

/**
 * Whether a span began before a segment. One that begins with it does when the checkpoint has it,
 * which knows no thread: the event that began it is the last one before the segment.
 */
export function isOfBefore(spans: LaneSpans['spans'], span: number, startNs: number): boolean {
  const spanStartNs = spans.startNs[span]!;
  return spanStartNs < startNs || (spanStartNs === startNs && startNs > 0 && spans.tid[span] === 0);
}

export function laneStates(count: number): LaneStates {
  return {
    state: new Uint8Array(count),
    reason: new Uint8Array(count),
    sinceNs: new Float64Array(count),
    goid: new Float64Array(count),
  };
}

function setState(
  states: LaneStates,
  place: number,
  spans: LaneSpans['spans'],
  span: number,
): void {
  states.state[place] = spans.state[span]!;
  states.reason[place] = spans.reason[span]!;
  states.sinceNs[place] = spans.startNs[span]!;
  states.goid[place] = spans.goid[span]!;
}
