/**
 * When a goroutine marks for the collector because it allocates faster than that marks.
 *
 * gcAssistAlloc1 does the work, on the system stack: it calls gcDrainN, and then casgstatus
 * to say that the goroutine runs again. A probe on each of the two calls; the function's own
 * entry would not tell when it ends. mgcmark.go, Go 1.20 to 1.27.
 */
import type { GoProgram } from './go-program.ts';
import { instructions, type Instruction, type Machine } from './instruction.ts';
import { PROBE_ACTIONS } from './probe-targets.ts';
import { probeSitePlan, type ProbeSitePlan } from './probe-site-plan.ts';

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
  const fn = program.functionNamed(ASSIST);
  const all = fn ? [...instructions(machine, program.codeOf(fn), fn.entry)] : [];
  const calls = (name: string) =>
    all.findIndex(
      ({ flow, target }) =>
        flow === 'call' && target !== undefined && program.functionAt(target)?.name === name,
    );
  const begin = all[calls(DRAIN)];
  const end = all
    .slice(calls(DRAIN) + 1)
    .find(
      ({ flow, target }) =>
        flow === 'call' && target !== undefined && program.functionAt(target)?.name === CASGSTATUS,
    );
  if (fn === undefined || begin === undefined || end === undefined) {
    warnings.push('assists of the collector are inlined in this build: no gc_assist events');
    return [];
  }
  const plan = (event: string, instruction: Instruction, callee: string): ProbeSitePlan => {
    const target = {
      group: 'gc' as const,
      event,
      function: ASSIST,
      action: PROBE_ACTIONS.call,
      call: {},
    };
    const rule = 'the call within that begins or ends the work';
    const site = probeSitePlan(program, target, { instruction, rule, stackCheck: false });
    return { ...site, instruction: site.instruction.replace(/ .*/, ` ${callee}`) };
  };
  return [plan('gc_assist_begin', begin, DRAIN), plan('gc_assist_end', end, CASGSTATUS)];
}
