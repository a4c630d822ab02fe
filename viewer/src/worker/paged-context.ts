/**
 * Questions about spans and areas of a recording that is read piece by piece: answered from the
 * pieces that the span, or the beginning of the area, lies in, as far as they have no more events
 * than `contextEvents`.
 *
 * What is known of the span itself is the same as of a recording that is held: its times, who
 * began and ended it, whom it woke, its stack, labels and allocations. Kin are counted in those
 * pieces alone; a chain is followed from there from piece to piece, through as many events more.
 * Where a span has more events than that, pieces in its middle are left out, with whom it woke
 * there; an area is summed up to where its pieces end, and says so by its `endNs`.
 */
import { answerContext } from './answer-context.ts';
import type { ContextReply, ContextRequest } from './context-protocol.ts';
import type { LanesWithSpans } from './lanes-with-spans.ts';
import { pagedSpan } from './paged-facts.ts';
import type { PagedStore } from './paged-store.ts';
import { segmentsWithin } from './segment-plan.ts';
import { joinedSpans } from './sharp-window.ts';
import { kinOf } from './span-around.ts';

export async function answerPagedContext(
  request: ContextRequest,
  store: PagedStore,
): Promise<ContextReply> {
  const { recording } = store;
  if (request.type === 'area') {
    const { first, end } = segmentsWithin(store.plans, request.startNs, request.endNs);
    const lanes = await lanesOf(store, upTo(store, first, end));
    const endNs = Math.min(request.endNs, lanes.openEndNs);
    return answerContext({ ...request, endNs }, recording, lanes);
  }
  const { near, all } = await segmentsOfSpan(request, store);
  const lanes = await lanesOf(store, all);
  if (request.type === 'chain') return followed(request, store, all, lanes);
  const answer = await answerContext(request, recording, lanes);
  if (answer.type === 'around' && answer.reply !== undefined && all.length > near.length) {
    // Across what was left out spans would seem to have gone on.
    const { lane, startNs } = answer.reply;
    const { spans } = lanes.builder;
    const own = spans.at(lane, startNs);
    const lengthNs = spans.endNs(lane, own, lanes.openEndNs) - startNs;
    const { builder } = await lanesOf(store, near);
    const span = builder.spans.at(lane, startNs);
    const ended = own === spans.last(lane) ? [] : [lengthNs];
    if (span >= 0) answer.reply.kin = kinOf(builder, lane, span, lengthNs, ended);
  }
  return answer;
}

interface PagedLanes {
  builder: LanesWithSpans;
  openEndNs: number;
}

/** All lanes, with their spans in some pieces. */
async function lanesOf(store: PagedStore, segments: readonly number[]): Promise<PagedLanes> {
  const { plans, table } = store;
  const read = [];
  for (const index of segments) read.push((await store.segment(index)).goroutines);
  const lanes = Int32Array.from({ length: table.laneCount }, (_, lane) => lane);
  const spans = joinedSpans(read, lanes);
  const { goid, pid, func, createdNs } = table;
  const last = segments.at(-1) ?? -1;
  const isAtEnd = last === plans.length - 1;
  const openEndNs = isAtEnd ? store.endNs : (plans[last]?.endNs ?? store.endNs);
  return { builder: { spans, goid, pid, func, createdNs }, openEndNs };
}

/** Numbers of the pieces that a span lies in, ascending: those that follow each other, and all. */
async function segmentsOfSpan(
  request: { lane: number; timeNs: number },
  store: PagedStore,
): Promise<{ near: number[]; all: number[] }> {
  const at = store.segmentAt(request.timeNs);
  const reply = await pagedSpan(store, request.lane, request.timeNs);
  if (reply === undefined) return { near: [at], all: [at] };
  const { startNs, endNs } = reply.span;
  // What began a span at the very beginning of a piece may be the last event of the one before.
  const first = store.segmentAt(startNs - 1);
  const last = store.segmentAt(endNs);
  const near = upTo(store, first, last + 1);
  // What ended it is at its end, wherever that is.
  const all = [...new Set([...near, at, last])].sort((a, b) => a - b);
  const isContiguous = all.every((index, place) => index === all[0]! + place);
  return { near: isContiguous ? all : near, all };
}

/** Where the pieces of the span have no answer, the next ones in that direction may. */
async function followed(
  request: ContextRequest & { type: 'chain' },
  store: PagedStore,
  segments: readonly number[],
  lanes: PagedLanes,
): Promise<ContextReply> {
  const { plans, recording, limits } = store;
  const { direction } = request;
  let answer = await answerContext(request, recording, lanes);
  const taken = [...segments];
  let rows = 0;
  for (;;) {
    const next = direction === -1 ? taken[0]! - 1 : taken.at(-1)! + 1;
    rows += plans[next]?.rowCount ?? Infinity;
    if (answer.reply !== undefined || rows > limits.contextEvents) return answer;
    if (direction === -1) taken.unshift(next);
    else taken.push(next);
    answer = await answerContext(request, recording, await lanesOf(store, taken));
  }
}

function upTo({ plans, limits }: PagedStore, first: number, end: number): number[] {
  const taken: number[] = [];
  let rows = 0;
  for (let index = first; index < end; index++) {
    rows += plans[index]!.rowCount;
    if (taken.length > 0 && rows > limits.contextEvents) break;
    taken.push(index);
  }
  return taken;
}
