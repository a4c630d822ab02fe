/**
 * Questions about spans and areas of a recording that is read piece by piece: answered from the
 * pieces that the span, or the beginning of the area, lies in.
 *
 * What a span is compared with, and who was woken, is looked for there and nowhere else.
 */
import { answerContext } from './answer-context.ts';
import type { ContextReply, ContextRequest } from './context-protocol.ts';
import { pagedSpan } from './paged-facts.ts';
import type { PagedStore } from './paged-store.ts';
import { segmentsWithin } from './segment-plan.ts';
import { joinedSpans } from './sharp-window.ts';

/** Pieces with more events than this together are not read for an answer. */
const MOST_EVENTS = 1_500_000;

export async function answerPagedContext(
  request: ContextRequest,
  store: PagedStore,
): Promise<ContextReply> {
  const { plans, table, recording } = store;
  const segments = await segmentsOf(request, store);
  const read = [];
  for (const index of segments) read.push(await store.segment(index));
  const lanes = Int32Array.from({ length: table.laneCount }, (_, lane) => lane);
  const spans = joinedSpans(
    read.map(({ goroutines }) => goroutines),
    lanes,
  );
  const { goid, pid, func, createdNs } = table;
  const last = segments.at(-1) ?? -1;
  const isAtEnd = last === plans.length - 1;
  const openEndNs = isAtEnd ? store.endNs : (plans[last]?.endNs ?? store.endNs);
  const builder = { spans, goid, pid, func, createdNs };
  if (request.type === 'area' && openEndNs < request.endNs) {
    const part = await answerContext({ ...request, endNs: openEndNs }, recording, {
      builder,
      openEndNs,
    });
    return part;
  }
  return answerContext(request, recording, { builder, openEndNs });
}

/** Numbers of the pieces that a question is about, ascending. */
async function segmentsOf(request: ContextRequest, store: PagedStore): Promise<number[]> {
  const { plans } = store;
  if (request.type === 'area') {
    const { first, end } = segmentsWithin(plans, request.startNs, request.endNs);
    return upTo(store, first, end);
  }
  const reply = await pagedSpan(store, request.lane, request.timeNs);
  if (reply === undefined) return [store.segmentAt(request.timeNs)];
  const { startNs, endNs } = reply.span;
  const first = store.segmentAt(startNs);
  const last = store.segmentAt(endNs);
  const near = upTo(store, first, last + 1);
  // What ended it is at its end, wherever that is.
  return [...new Set([...near, store.segmentAt(request.timeNs), last])].sort((a, b) => a - b);
}

function upTo({ plans }: PagedStore, first: number, end: number): number[] {
  const taken: number[] = [];
  let rows = 0;
  for (let index = first; index < end; index++) {
    rows += plans[index]!.rowCount;
    if (taken.length > 0 && rows > MOST_EVENTS) break;
    taken.push(index);
  }
  return taken;
}
