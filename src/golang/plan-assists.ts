/**
 * When a goroutine marks for the collector because it allocates faster than that marks.
 *
 * gcAssistAlloc1 does the work, on the system stack: it calls gcDrainN, and then casgstatus
 * to say that the goroutine runs again. A probe on each of the two calls; the function's own
 * entry would not tell when it ends. mgcmark.go, Go 1.20 to 1.27.
 */
import { callsWithin, planCallWithin } from './call-within.ts';
import type { GoProgram } from './go-program.ts';
import type { Machine } from './instruction.ts';
import type { ProbeSitePlan } from './probe-site-plan.ts';

const ASSIST = 'runtime.gcAssistAlloc1';
const DRAIN = 'runtime.gcDrainN';
const CASGSTATUS = 'runtime.casgstatus';

/**
 * The probes on both calls; none, and a warning, when one of them was inlined.
 *
 * @throws GoProgramError `damaged`
 */
export function planAssists(
  program: GoProgram,
  machine: Machine,
  warnings: string[],
): ProbeSitePlan[] {
  const calls = callsWithin(program, machine, ASSIST);
  const drain = calls.findIndex(({ callee }) => callee === DRAIN);
  const begin = calls[drain];
  const end = calls.slice(drain + 1).find(({ callee }) => callee === CASGSTATUS);
  if (begin === undefined || end === undefined) {
    warnings.push('assists of the collector are inlined in this build: no gc_assist events');
    return [];
  }
  const rule = 'the call within that begins or ends the work';
  return [
    planCallWithin(program, ASSIST, begin, { event: 'gc_assist_begin', rule, operands: {} }),
    planCallWithin(program, ASSIST, end, { event: 'gc_assist_end', rule, operands: {} }),
  ];
}
