/** Calls within a function that are probed in the place of what they call. */
import type { CallOperands } from './call-targets.ts';
import type { GoProgram } from './go-program.ts';
import { instructions, type Instruction, type Machine } from './instruction.ts';
import { probeSitePlan, type ProbeSitePlan } from './probe-site-plan.ts';
import { PROBE_ACTIONS } from './probe-targets.ts';

export interface CallWithin {
  instruction: Instruction;
  /** Name of the function that is called. */
  callee: string;
}

/**
 * The direct calls of a function, in the order of its code.
 *
 * @param name - of the function; one that is not in the program calls nothing
 * @throws GoProgramError `damaged`
 */
export function callsWithin(program: GoProgram, machine: Machine, name: string): CallWithin[] {
  const fn = program.functionNamed(name);
  if (fn === undefined) return [];
  const calls: CallWithin[] = [];
  for (const instruction of instructions(machine, program.codeOf(fn), fn.entry)) {
    const { flow, target } = instruction;
    if (flow !== 'call' || target === undefined) continue;
    calls.push({ instruction, callee: program.functionAt(target)?.name ?? '' });
  }
  return calls;
}

/**
 * The probe of the group `gc` on a call.
 *
 * @param caller - name of the function that has the call
 * @param operands - as at the entry of what is called: its arguments are where they will be
 * @throws GoProgramError `damaged`
 */
export function planCallWithin(
  program: GoProgram,
  caller: string,
  { instruction, callee }: CallWithin,
  { event, rule, operands }: { event: string; rule: string; operands: CallOperands },
): ProbeSitePlan {
  const action = PROBE_ACTIONS.call;
  const call = { ...operands, isWithin: true };
  const target = { group: 'gc' as const, event, function: caller, action, call };
  const site = probeSitePlan(program, target, { instruction, rule, stackCheck: false });
  return { ...site, instruction: site.instruction.replace(/ .*/, ` ${callee}`) };
}
