/**
 * Answers about single spans of a recording that is read piece by piece.
 *
 * A span may go on through many segments in which nothing says so: checkpoints tell since when
 * each goroutine is in its state, and are bisected.
 */
import { STATES } from '../../../src/format/event-columns.ts';
import type { SpanStore } from '../../../src/format/lanes/span-store.ts';
import type { PagedStore } from './paged-store.ts';
import type { SpanFacts, SpanReply } from './protocol.ts';
import { placeOf } from './segment.ts';
import { joinedSpans } from './sharp-window.ts';

const STATE_COUNT = STATES.length;
const DEAD = STATES.indexOf('dead');
/** Spans shown before and after the one asked for. */
const NEIGHBOURS = 4;

/** The span of a goroutine at a time; undefined when there is none. */
export async function pagedSpan(
  store: PagedStore,
  lane: number,
  timeNs: number,
): Promise<SpanReply | undefined> {
  const { table } = store;
  if (lane < 0 || lane >= table.laneCount) return undefined;
  // After its end a goroutine has no span; the last one it had is what is meant.
  const atNs = Math.min(timeNs, Math.max(0, table.endedNs[lane]! - 1));
  const middle = store.segmentAt(atNs);
  const begunNs = await sinceAt(store, lane, middle);
  const held = await store.segment(middle);
  const own = placeOf(held.goroutines.lanes, lane);
  if (own < 0) return undefined;
  const { spans } = held.goroutines;
  const at = Math.max(spans.at(own, atNs), spans.laneOffset[own]!);
  // Where the span begins, and in which segment it ends.
  const firstSegment =
    at === spans.laneOffset[own] && begunNs >= 0 ? store.segmentAt(spans.startNs[at]!) : middle;
  const lastSegment =
    at === spans.last(own) ? await endSegment(store, lane, spans.startNs[at]!, middle) : middle;
  const indices = [...new Set([firstSegment, middle, lastSegment])].sort((a, b) => a - b);
  const parts = [];
  for (const index of indices) parts.push((await store.segment(index)).goroutines);
  const joined = joinedSpans(parts, Int32Array.of(lane));
  const span = joined.at(0, Math.max(atNs, joined.startNs[joined.laneOffset[0]!]!));
  if (span < 0) return undefined;
  const first = joined.laneOffset[0]!;
  const last = joined.last(0);
  const facts = (each: number): SpanFacts => factsOf(store, joined, lane, each, last);
  const chosen = joined.state[span] === DEAD && span > first ? span - 1 : span;
  const neighbours: SpanFacts[] = [];
  const isGap = indices.some((index, i) => i > 0 && index !== indices[i - 1]! + 1);
  const from = isGap ? chosen : Math.max(first, chosen - NEIGHBOURS);
  const to = isGap ? chosen : Math.min(last, chosen + NEIGHBOURS);
  for (let each = from; each <= to; each++) {
    if (joined.state[each] !== DEAD) neighbours.push(facts(each));
  }
  const goid = table.goid[lane]!;
  let childCount = 0;
  for (let other = 0; other < table.laneCount; other++) {
    if (table.parentGoid[other] === goid && table.pid[other] === table.pid[lane]) childCount++;
  }
  const stateNs = table.stateNs.slice(lane * STATE_COUNT, (lane + 1) * STATE_COUNT);
  stateNs[DEAD] = 0;
  return {
    span: facts(chosen),
    neighbours,
    goroutine: {
      lane,
      spanCount: table.spanCount[lane]!,
      stateNs,
      reasonNs: new Float64Array(256),
      childCount,
    },
  };
}

function factsOf(
  store: PagedStore,
  spans: SpanStore,
  lane: number,
  span: number,
  last: number,
): SpanFacts {
  const isOpen = span === last;
  return {
    goid: store.table.goid[lane]!,
    lane,
    startNs: spans.startNs[span]!,
    endNs: spans.endNs(0, span, store.endNs),
    isOpen,
    state: spans.state[span]!,
    reason: spans.reason[span]!,
    p: spans.p[span]!,
    tid: spans.tid[span]!,
    byGoid: spans.goid[span]!,
    endedByGoid: isOpen ? 0 : spans.goid[span + 1]!,
  };
}

/** Since when a goroutine is in its state where a segment begins; -1 when it does not live then. */
async function sinceAt(store: PagedStore, lane: number, segment: number): Promise<number> {
  const { recording, table, plans } = store;
  const { firstChunk } = plans[segment]!;
  const { goid, pid, count, sinceNs } =
    firstChunk === 0
      ? recording.goroutines
      : (await recording.readCheckpoint(firstChunk)).goroutines;
  const wanted = BigInt(table.goid[lane]!);
  for (
    let row = goid.indexOf(wanted);
    row >= 0 && row < count;
    row = goid.indexOf(wanted, row + 1)
  ) {
    if (pid[row] === table.pid[lane]) return Math.max(0, Number(sinceNs?.[row] ?? 0));
  }
  return -1;
}

/** The segment in which a span that goes on at the end of `segment` ends; the last if it does not. */
async function endSegment(
  store: PagedStore,
  lane: number,
  startNs: number,
  segment: number,
): Promise<number> {
  // The last segment at whose beginning it still goes on.
  let low = segment;
  let high = store.plans.length;
  // What ends soon is found soon.
  for (let step = 1; low + step < high; step *= 2) {
    if ((await sinceAt(store, lane, low + step)) === startNs) low += step;
    else {
      high = low + step;
      break;
    }
  }
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((await sinceAt(store, lane, middle)) === startNs) low = middle;
    else high = middle;
  }
  return low;
}

/** Time of the next (1) or previous (-1) event strictly after or before a time. */
export async function pagedStep(
  store: PagedStore,
  lane: number,
  timeNs: number,
  direction: 1 | -1,
): Promise<number | undefined> {
  const { plans, table } = store;
  if (plans.length === 0) return undefined;
  if (lane >= 0 && lane < table.laneCount) {
    const reply = await pagedSpan(store, lane, direction === 1 ? timeNs : Math.ceil(timeNs) - 1);
    if (reply === undefined) return undefined;
    const { startNs, endNs, isOpen } = reply.span;
    if (direction === -1) return startNs < timeNs ? startNs : undefined;
    if (startNs > timeNs) return startNs;
    return isOpen || endNs <= timeNs ? undefined : endNs;
  }
  for (let at = store.segmentAt(timeNs); at >= 0 && at < plans.length; at += direction) {
    const { eventTimeNs } = await store.segment(at);
    let low = 0;
    let high = eventTimeNs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const isBefore =
        direction === 1 ? eventTimeNs[middle]! <= timeNs : eventTimeNs[middle]! < timeNs;
      if (isBefore) low = middle + 1;
      else high = middle;
    }
    const found = direction === 1 ? low : low - 1;
    if (found >= 0 && found < eventTimeNs.length) return eventTimeNs[found];
  }
  return undefined;
}
