/** What the probe of a call reads, as bits of its cookie (bpf/event.h, CALL_OBJECT_SHIFT). */
import { EVENTS } from '../format/event-columns.ts';
import type { CallOperands, CallSource } from '../golang/index.ts';
import { EVENT_CONSTANTS as C } from './event-layout.ts';

/** Sources that are neither an argument nor a constant. */
const SOURCES = {
  'sum of 4 and 5': C.CALL_SUM_4_5,
  'second word': C.CALL_SECOND_WORD,
  'stack bytes': C.CALL_STACK_BYTES,
} as const;

const CONSTANTS = {
  one: C.CALL_KIND_ONE,
  all: C.CALL_KIND_ALL,
  panic: C.CALL_KIND_PANIC,
  throw: C.CALL_KIND_THROW,
  error: C.CALL_KIND_ERROR,
} as const;

/**
 * The bits from COOKIE_OPERANDS_SHIFT on.
 *
 * @param stackDepth - frames of its stack at the most; 0: it has none
 * @throws RangeError when the event has no number
 */
export function callCookie(event: string, call: CallOperands, stackDepth = 0): bigint {
  const kind = (EVENTS as readonly string[]).indexOf(event);
  if (kind < 1) throw new RangeError(`${event} is no event`);
  const at = (code: number, shift: number) => BigInt(code) << BigInt(shift);
  const flags =
    (call.isReason ? C.CALL_FLAG_REASON : 0) |
    (call.isAboutFirst ? C.CALL_FLAG_SUBJECT : 0) |
    (call.isWithin ? C.CALL_FLAG_WITHIN : 0);
  return (
    BigInt(kind) |
    at(call.object ?? 0, C.CALL_OBJECT_SHIFT) |
    at(sourceCode(call.value), C.CALL_VALUE_SHIFT) |
    at(sourceCode(call.detail), C.CALL_DETAIL_SHIFT) |
    at(call.site === 'callers' ? C.CALL_SITE_CALLERS : (call.site ?? 0), C.CALL_SITE_SHIFT) |
    at(constantOf(call), C.CALL_CONSTANT_SHIFT) |
    at(flags, C.CALL_FLAGS_SHIFT) |
    at(stackDepth, C.CALL_DEPTH_SHIFT)
  );
}

function sourceCode(source: CallSource | undefined): number {
  if (source === undefined) return 0;
  if (typeof source === 'number') return source;
  return source in SOURCES ? SOURCES[source as keyof typeof SOURCES] : C.CALL_CONSTANT;
}

function constantOf({ value, detail }: CallOperands): number {
  for (const source of [value, detail]) {
    if (typeof source === 'string' && source in CONSTANTS) {
      return CONSTANTS[source as keyof typeof CONSTANTS];
    }
  }
  return 0;
}
