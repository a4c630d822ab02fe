/**
 * The size at which the heap is to be when the next cycle ends.
 *
 * The runtime computes it when it is asked for; where it commits to one, after each cycle and
 * when GOGC or the memory limit is set, gcControllerCommit hands it to
 * gcPaceScavenger(memoryLimit, heapGoal, lastHeapGoal). That begins with arithmetic which the
 * kernel does not emulate, so the probe is on the call. mgcpacer.go, Go 1.19 to 1.27.
 */
import { callsWithin, planCallWithin } from './call-within.ts';
import type { GoProgram } from './go-program.ts';
import type { Machine } from './instruction.ts';
import type { ProbeSitePlan } from './probe-site-plan.ts';

const COMMIT = 'runtime.gcControllerCommit';
const PACE = 'runtime.gcPaceScavenger';

/**
 * The probe on the call; none, and a warning, when it was inlined.
 *
 * @throws GoProgramError `damaged`
 */
export function planHeapGoal(
  program: GoProgram,
  machine: Machine,
  warnings: string[],
): ProbeSitePlan[] {
  const call = callsWithin(program, machine, COMMIT).find(({ callee }) => callee === PACE);
  if (call === undefined) {
    warnings.push('the pacing of the collector is inlined in this build: no gc_heap_goal events');
    return [];
  }
  const rule = 'the call that is handed the goal';
  const operands = { object: 2 } as const;
  return [planCallWithin(program, COMMIT, call, { event: 'gc_heap_goal', rule, operands })];
}
