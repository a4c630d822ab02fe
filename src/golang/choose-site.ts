/**
 * At which instruction of a function a probe costs least.
 *
 * A probe on an instruction that the kernel must single-step costs some 35 times one that
 * it emulates, and Go functions begin with such a one (the comparison of the stack check).
 * So: a `push` at the entry; the `push` after the stack check, reached once a call; the
 * check's own branch, where hits that take the branch must be dropped because they come
 * back; another emulated instruction that every call reaches with the arguments still in
 * their registers; the entry at last.
 */
import type { GoFunction, GoProgram } from './go-program.ts';
import { instructions, type Instruction, type Machine } from './instruction.ts';

/** What of a program is asked here. */
type Code = Pick<GoProgram, 'codeOf' | 'functionAt'>;

export interface ChosenSite {
  instruction: Instruction;
  /** Why this instruction, in one phrase. */
  rule: string;
  /** The site is the stack check's branch: hits that take it are not calls yet. */
  stackCheck: boolean;
}

/** How far from its target a stack check's call of morestack may be: registers are spilled first. */
const MAX_SPILL_INSTRUCTIONS = 40;

/**
 * Choose the instruction of `fn` that stands for a call of it.
 *
 * @param needed - bit mask of the registers that must still hold what the caller put there
 * @returns undefined when not even the first instruction can be decoded
 * @throws GoProgramError `damaged` when the function's code is not in the file
 */
export function chooseSite(
  program: Code,
  machine: Machine,
  fn: GoFunction,
  needed: number,
): ChosenSite | undefined {
  const all = [...instructions(machine, program.codeOf(fn), fn.entry)];
  const entry = all[0];
  if (entry === undefined) return undefined;
  const merges = new Set(
    all.filter((i) => i.flow === 'branch' || i.flow === 'jump').map((i) => i.target),
  );
  const path = straightPath(program, all, merges, needed);

  if (entry.isPush && entry.isEmulated && !merges.has(entry.address)) {
    return { instruction: entry, rule: 'push at the entry', stackCheck: false };
  }
  const check = path.findLastIndex((step) => step.isStackCheck);
  const push = path.slice(check + 1).find(({ instruction: i }) => i.isPush && i.isEmulated);
  if (check >= 0 && push !== undefined) {
    return { instruction: push.instruction, rule: 'push after the stack check', stackCheck: false };
  }
  const branch = path[check]?.instruction;
  if (branch?.isEmulated === true && branch.isBelowOrEqual) {
    return {
      instruction: branch,
      rule: "the stack check's branch, when not taken",
      stackCheck: true,
    };
  }
  // Behind a stack check only: what is before it runs again after the stack has grown.
  const other = path.slice(check + 1).find(({ instruction: i }) => i.isEmulated);
  if (other !== undefined) {
    return {
      instruction: other.instruction,
      rule: 'first emulated instruction with the arguments intact',
      stackCheck: false,
    };
  }
  return { instruction: entry, rule: 'entry, for want of an emulated one', stackCheck: false };
}

interface Step {
  instruction: Instruction;
  isStackCheck: boolean;
}

/** The instructions that every call runs exactly once, in order, before a needed register is written. */
function straightPath(
  program: Code,
  all: readonly Instruction[],
  merges: ReadonlySet<number | undefined>,
  needed: number,
): Step[] {
  const path: Step[] = [];
  for (const instruction of all) {
    // Something jumps here, so it may run more than once. The entry is where a call
    // starts anew after the stack has grown.
    if (path.length > 0 && merges.has(instruction.address)) break;
    const isStackCheck =
      instruction.flow === 'branch' && leadsToStackGrowth(program, all, instruction.target);
    path.push({ instruction, isStackCheck });
    if (instruction.flow !== 'next' && !isStackCheck) break;
    if ((instruction.writes & needed) !== 0) break;
  }
  return path;
}

/** Whether code at `target` does nothing but save registers and call runtime.morestack. */
function leadsToStackGrowth(
  program: Code,
  all: readonly Instruction[],
  target: number | undefined,
): boolean {
  const start = all.findIndex((i) => i.address === target);
  if (start < 0) return false;
  for (const instruction of all.slice(start, start + MAX_SPILL_INSTRUCTIONS)) {
    if (instruction.flow === 'call') {
      const callee = program.functionAt(instruction.target ?? -1);
      return callee?.name.startsWith('runtime.morestack') === true;
    }
    if (instruction.flow !== 'next') return false;
  }
  return false;
}
