/** A segment of a long recording, read: its spans by lane, and what else happened in it. */
import type { Intervals } from '../../../src/format/lanes/collector-lane.ts';
import { LANE_COLUMNS, SpanBuilder } from '../../../src/format/lanes/span-builder.ts';
import type { SpanStore } from '../../../src/format/lanes/span-store.ts';
import type { Recording } from '../../../src/format/recording.ts';
import type { LaneTable } from './lane-table.ts';
import type { SegmentPlan } from './segment-plan.ts';

/** Spans of some lanes, found by the lane's number. */
export interface LaneSpans {
  /** Ascending; the place of a lane is its number in `spans`. */
  lanes: Int32Array;
  spans: SpanStore;
}

export interface Segment {
  goroutines: LaneSpans;
  processors: LaneSpans;
  /** Those that began before it begin at 0; those that go on after it end at `Infinity`. */
  cycles: Intervals;
  stops: Intervals;
  /** Time of each state event, in order. */
  eventTimeNs: Float64Array;
  /** Memory it takes, about. */
  sizeBytes: number;
}

const BYTES_PER_SPAN = 8 + 1 + 1 + 2 + 4 + 8;
const BYTES_PER_LANE = 12;

/**
 * Read a segment.
 *
 * @param isCounted - whether the table has counted its spans before
 */
export async function readSegment(
  recording: Recording,
  plan: SegmentPlan,
  table: LaneTable,
  isCounted: () => boolean,
): Promise<Segment> {
  const builder = new SpanBuilder();
  let next = recording.readEvents(plan.firstChunk, LANE_COLUMNS);
  // A failure is met when it is awaited; until then it must not count as unhandled.
  next.catch(() => undefined);
  if (plan.firstChunk === 0) builder.addGoroutines(recording.goroutines);
  else builder.addGoroutines((await recording.readCheckpoint(plan.firstChunk)).goroutines);
  for (let chunk = plan.firstChunk; chunk < plan.endChunk; chunk++) {
    const columns = await next;
    if (chunk + 1 < plan.endChunk) {
      next = recording.readEvents(chunk + 1, LANE_COLUMNS);
      next.catch(() => undefined);
    }
    builder.addChunk(columns);
  }
  const ofLane = table.takeGoroutines(builder, plan.startNs, plan.endNs, isCounted());
  const goroutines = inOrder(ofLane, builder.spans);
  const processors = inOrder(table.takeProcessors(builder), builder.processors.spans);
  const eventTimeNs = builder.eventTimeNs.slice(0, builder.eventTimeCount);
  return {
    goroutines,
    processors,
    cycles: builder.collector.cycles,
    stops: builder.collector.stops,
    eventTimeNs,
    sizeBytes: eventTimeNs.byteLength + sizeOf(goroutines) + sizeOf(processors),
  };
}

/** Place of a lane among ascending ones; -1 when it is not there. */
export function placeOf(lanes: Int32Array, lane: number): number {
  let low = 0;
  let high = lanes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (lanes[middle]! < lane) low = middle + 1;
    else high = middle;
  }
  return low < lanes.length && lanes[low] === lane ? low : -1;
}

function inOrder(ofLane: Int32Array, spans: SpanStore): LaneSpans {
  // Sorting numbers that hold both is much cheaper than sorting by a function.
  const pairs = Float64Array.from(ofLane, (lane, own) => lane * 2 ** 24 + own).sort();
  const order = Int32Array.from(pairs, (pair) => pair % 2 ** 24);
  return { lanes: order.map((own) => ofLane[own]!), spans: spans.compacted(order) };
}

function sizeOf({ lanes, spans }: LaneSpans): number {
  return lanes.length * BYTES_PER_LANE + spans.spanCount * BYTES_PER_SPAN;
}
