/** A span's state in words and as a colour. */
import { STATES } from '../../../src/format/event-columns.ts';
import { tokenOfReason, tokenOfState, type Token } from '../lanes/palette.ts';
import type { SpanFacts } from '../worker/protocol.ts';

/** e.g. `waiting · chan receive`. */
export function stateWords(
  span: Pick<SpanFacts, 'state' | 'reason'>,
  waitReasons: readonly string[],
): string {
  const state = STATES[span.state] ?? '';
  const reason = waitReasons[span.reason] ?? '';
  return state === 'waiting' && reason !== '' ? `${state} · ${reason}` : state;
}

/** The colour in which a span is drawn. */
export function stateToken(
  span: Pick<SpanFacts, 'state' | 'reason'>,
  waitReasons: readonly string[],
): Token {
  return STATES[span.state] === 'waiting'
    ? tokenOfReason(waitReasons[span.reason] ?? '')
    : tokenOfState(span.state);
}

/**
 * Who is behind a span: of a waiting goroutine the one that woke it, of another the one that
 * brought it into this state.
 *
 * @returns undefined when that was the scheduler, the goroutine itself, or is not known
 */
export function whoIsBehind(
  span: Pick<SpanFacts, 'goid' | 'state' | 'byGoid' | 'endedByGoid'>,
): { label: 'woken by' | 'brought by'; goid: number } | undefined {
  const isWaiting = STATES[span.state] === 'waiting';
  const goid = isWaiting ? span.endedByGoid : span.byGoid;
  if (goid === 0 || goid === span.goid) return undefined;
  return { label: isWaiting ? 'woken by' : 'brought by', goid };
}

/** Where a span began, e.g. `P2 · thread 4244`. */
export function placeWords(span: Pick<SpanFacts, 'p' | 'tid'>): string {
  const place = span.p < 0 ? 'P unknown' : `P${span.p}`;
  return span.tid === 0 ? place : `${place} · thread ${span.tid}`;
}
