/**
 * Changes of a goroutine's status by a compare-and-swap of their own, instead of a call of
 * casgstatus: where profile-guided builds have inlined it, and where goroutines hand over to
 * one another as coroutines (iter.Pull), which runtime.coroswitch_m does with two bare swaps
 * and calls casgstatus only when one fails.
 *
 * After the swap nobody has been told of the new status yet, so that the next change of the
 * goroutine's status is always later.
 */
import type { GoFunction, GoProgram } from './go-program.ts';
import { instructions, type Machine, type Operand } from './instruction.ts';
import { PROBE_ACTIONS } from './probe-targets.ts';
import { probeSitePlan, type ProbeSitePlan } from './probe-site-plan.ts';

const CASGSTATUS = 'runtime.casgstatus';
/** Switches from one coroutine to another. */
export const COROSWITCH = 'runtime.coroswitch_m';
const IDLE = 0;
const DEAD = 6;
const COPYSTACK = 8;
const SCAN = 0x1000;

export interface SwapPlan {
  sites: ProbeSitePlan[];
  /** Names of functions whose changes of status cannot be told. */
  unseen: string[];
}

/**
 * @param inlining - the functions that casgstatus was inlined into
 * @param statusOffset - of g.atomicstatus
 * @throws GoProgramError `damaged`
 */
export function planSwaps(
  program: GoProgram,
  machine: Machine,
  inlining: readonly GoFunction[],
  statusOffset: number,
): SwapPlan {
  const plan: SwapPlan = { sites: [], unseen: [] };
  for (const fn of inlining) {
    planFunction(program, machine, fn, statusOffset, plan, (address) =>
      program.isInlinedAt(address, CASGSTATUS),
    );
  }
  const coroswitch = program.functionNamed(COROSWITCH);
  if (coroswitch !== undefined) {
    // Of casgstatus inlined into it, too, it was asked above.
    planFunction(program, machine, coroswitch, statusOffset, plan, (address) => {
      return !program.isInlinedAt(address, CASGSTATUS);
    });
  }
  return plan;
}

function planFunction(
  program: GoProgram,
  machine: Machine,
  fn: GoFunction,
  statusOffset: number,
  plan: SwapPlan,
  isWanted: (address: number) => boolean,
): void {
  const code = program.codeOf(fn);
  const all = [...instructions(machine, code, fn.entry)];
  let isSeen = false;
  for (const [index, { memory, address }] of all.entries()) {
    if (memory?.isCompareAndSwap !== true || memory.displacement !== statusOffset) continue;
    if (!isWanted(address)) continue;
    const swap = machine.swap?.(code, all, index);
    if (swap === undefined) {
      isSeen = false;
      break;
    }
    isSeen = true;
    if (isNever(swap.from, swap.to, program.goMinor)) continue;
    const { instruction, ...operands } = swap;
    const target = {
      group: 'sched' as const,
      event: 'go_state',
      function: fn.name,
      action: PROBE_ACTIONS.statusSwap,
      operands,
    };
    const rule =
      operands.counts === 'status-is-from'
        ? 'the swap of the status'
        : 'the first emulated instruction after the swap of the status';
    plan.sites.push(probeSitePlan(program, target, { instruction, rule, stackCheck: false }));
  }
  if (!isSeen) plan.unseen.push(fn.name);
}

/**
 * Whether such a change is never an event: a stack is copied or scanned, a g comes into being,
 * or it becomes a goroutine but has no number yet (plan-creation.ts).
 */
function isNever(from: Operand, to: Operand, minor: number): boolean {
  const holds = (operand: Operand, test: (status: number) => boolean) =>
    'constant' in operand && test(operand.constant);
  return (
    (minor < 24 && holds(from, (status) => status === DEAD)) ||
    holds(from, (status) => status === IDLE || status === COPYSTACK || (status & SCAN) !== 0) ||
    holds(to, (status) => status === COPYSTACK || (status & SCAN) !== 0)
  );
}
