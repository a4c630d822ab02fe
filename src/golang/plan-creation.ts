/**
 * Where a new goroutine is complete: it has its number, its parent and its start, and cannot
 * have run.
 *
 * Before Go 1.24 it gets its number only after casgstatus has made it runnable, so that
 * casgstatus sees the number of the goroutine whose memory it reuses. The call of runqput in
 * newproc.func1 comes after both. Profile-guided builds inline runqput and newproc1, and
 * coroutines (iter.Pull) are created without runqput.
 */
import type { GoFunction, GoProgram } from './go-program.ts';
import { instructions, type Instruction, type Machine } from './instruction.ts';
import { PROBE_ACTIONS } from './probe-targets.ts';
import { probeSitePlan, type ProbeSitePlan } from './probe-site-plan.ts';

const NEWPROC1 = 'runtime.newproc1';
const RUNNABLE = 1;
const WAITING = 4;

/** The call of runqput in newproc.func1; undefined when it was inlined. */
export function planRunqputCall(program: GoProgram, machine: Machine): ProbeSitePlan | undefined {
  const fn = program.functionNamed('runtime.newproc.func1');
  if (fn === undefined) return undefined;
  const instruction = callOf(program, instructionsOf(program, machine, fn), 'runtime.runqput');
  if (instruction === undefined) return undefined;
  const target = {
    group: 'sched' as const,
    event: 'go_create',
    function: fn.name,
    action: PROBE_ACTIONS.runqputCall,
  };
  const rule = 'the call that makes the new goroutine runnable';
  const site = probeSitePlan(program, target, { instruction, rule, stackCheck: false });
  return { ...site, instruction: site.instruction.replace(/ .*/, ' runtime.runqput') };
}

/**
 * Where else goroutines are created by a version that numbers them late, before 1.24.
 *
 * @param goidOffset - of g.goid
 * @param hasRunqputCall - `planRunqputCall` has found it
 * @returns an empty list when there is nothing else, undefined when there is and it was not found
 */
export function planOtherCreations(
  program: GoProgram,
  machine: Machine,
  goidOffset: number,
  hasRunqputCall: boolean,
): ProbeSitePlan[] | undefined {
  const sites: (ProbeSitePlan | undefined)[] = [];
  const plan = (name: string, status: number) => {
    const fn = program.functionNamed(name);
    sites.push(fn && planCreationIn(program, machine, fn, goidOffset, status));
  };
  if (!hasRunqputCall) plan('runtime.newproc.func1', RUNNABLE);
  // Go 1.22 creates coroutines runnable and then parks them, 1.23 creates them parked.
  if (program.functionNamed('runtime.newcoro.func1') !== undefined) {
    plan('runtime.newcoro.func1', program.goMinor <= 22 ? RUNNABLE : WAITING);
  }
  return sites.every((site) => site !== undefined) ? sites : undefined;
}

/** In `fn`, behind its call of newproc1 or, where that was inlined, behind the store of the number. */
function planCreationIn(
  program: GoProgram,
  machine: Machine,
  fn: GoFunction,
  goidOffset: number,
  status: number,
): ProbeSitePlan | undefined {
  const all = instructionsOf(program, machine, fn);
  const call = callOf(program, all, NEWPROC1);
  const store = all.find(
    ({ memory, address }) =>
      memory?.isStore === true &&
      memory.displacement === goidOffset &&
      1 << memory.base !== machine.registers.stackPointer &&
      program.isInlinedAt(address, NEWPROC1),
  );
  // A call's result is where its first argument was.
  const result = 31 - Math.clz32(machine.registers.arguments[0]!);
  const [after, gp] = call !== undefined ? [call, result] : [store, store?.memory?.base ?? -1];
  if (after === undefined || gp < 0) return undefined;
  const instruction = firstKeeping(all, all.indexOf(after) + 1, 1 << gp);
  if (instruction === undefined) return undefined;
  const target = {
    group: 'sched' as const,
    event: 'go_create',
    function: fn.name,
    action: PROBE_ACTIONS.createAt,
    operands: {
      gp,
      from: { constant: 0 },
      to: { constant: status },
      counts: 'always' as const,
    },
  };
  const rule =
    call === undefined ? 'behind the store of its number' : 'behind the call that creates it';
  return probeSitePlan(program, target, { instruction, rule, stackCheck: false });
}

/**
 * The first emulated instruction of the straight code from `all[index]` on that still has
 * register `mask`; `all[index]` itself when there is none.
 */
function firstKeeping(
  all: readonly Instruction[],
  index: number,
  mask: number,
): Instruction | undefined {
  const jumps = all.filter((i) => i.flow === 'branch' || i.flow === 'jump');
  const merges = new Set(jumps.map((jump) => jump.target));
  for (const instruction of all.slice(index)) {
    if (merges.has(instruction.address)) break;
    if (instruction.isEmulated) return instruction;
    if (instruction.flow !== 'next' || (instruction.writes & mask) !== 0) break;
  }
  const first = all[index];
  return first !== undefined && !merges.has(first.address) ? first : undefined;
}

function instructionsOf(program: GoProgram, machine: Machine, fn: GoFunction): Instruction[] {
  return [...instructions(machine, program.codeOf(fn), fn.entry)];
}

function callOf(
  program: GoProgram,
  all: readonly Instruction[],
  name: string,
): Instruction | undefined {
  return all.find(
    ({ flow, target }) =>
      flow === 'call' && target !== undefined && program.functionAt(target)?.name === name,
  );
}
