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
