/** What a probe's action must know of its site, as bits of the probe's cookie (bpf/event.h). */
import type { ProbePlan, ProbeSitePlan } from '../golang/index.ts';
import { callCookie } from './call-cookie.ts';
import { EVENT_CONSTANTS as C } from './event-layout.ts';

type Operands = NonNullable<ProbeSitePlan['operands']>;

const COUNTS: Record<Operands['counts'], number> = {
  always: C.SWAP_ALWAYS,
  zero: C.SWAP_ZERO,
  'not-zero': C.SWAP_NOT_ZERO,
  'status-is-from': C.SWAP_STATUS_IS_FROM,
};
/** A constant is told from the number of a register by these. */
const CONSTANT_FLAG = 16;

/**
 * The bits from COOKIE_OPERANDS_SHIFT on; 0 where the action needs none.
 *
 * @param stackDepth - of a call: frames of its stack at the most, 0 none
 * @throws RangeError when a constant or the size of mallocgc does not fit, which no Go has
 */
export function cookieOperands(
  site: ProbeSitePlan,
  mallocgc: ProbePlan['mallocgc'],
  stackDepth = 0,
): bigint {
  if (site.call !== undefined) return callCookie(site.event, site.call, stackDepth);
  if (site.operands !== undefined) return swapOperands(site.operands);
  if (site.action !== C.PROBE_MALLOCGC_LEAF || mallocgc === undefined) return 0n;
  const lengthBits = C.COOKIE_SITE_SHIFT - C.COOKIE_OPERANDS_SHIFT - C.OPERANDS_LENGTH_SHIFT;
  const lengthBytes = mallocgc.end - mallocgc.start;
  if (lengthBytes >= 1 << lengthBits) throw new RangeError(`mallocgc has ${lengthBytes} bytes`);
  const distance = BigInt.asUintN(C.OPERANDS_LENGTH_SHIFT, BigInt(mallocgc.start - site.address));
  return distance | (BigInt(lengthBytes) << BigInt(C.OPERANDS_LENGTH_SHIFT));
}

function swapOperands({ gp, from, to, counts }: Operands): bigint {
  return BigInt(
    gp |
      (code(from) << C.OPERANDS_FROM_SHIFT) |
      (code(to) << C.OPERANDS_TO_SHIFT) |
      (COUNTS[counts] << C.OPERANDS_COUNTS_SHIFT),
  );
}

function code(operand: Operands['from']): number {
  if ('register' in operand) return operand.register;
  if (operand.constant >= CONSTANT_FLAG) throw new RangeError(`status ${operand.constant}`);
  return operand.constant | CONSTANT_FLAG;
}
