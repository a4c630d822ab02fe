/**
 * Whether an executable's code agrees with the table of struct offsets.
 *
 * A fork of Go, an experiment or a version newer than the table may have moved a field, and
 * a wrong offset would be recorded as nonsense. Two functions of the runtime give their
 * offsets away: casgstatus compares and swaps the goroutine's status, and newproc1 stores
 * the new goroutine's number, its parent's, the place of the go statement and the start.
 */
import { GoProgramError } from './go-program-error.ts';
import type { GoProgram } from './go-program.ts';
import type { Machine, MemoryOperand } from './instruction.ts';
import { memoryOperands } from './memory-operands.ts';
import type { GoOffsets } from './runtime-layout.ts';

/**
 * @returns the functions that agreed, for people: `casgstatus and newproc1`
 * @throws GoProgramError `damaged` naming the fields that disagree, or when the functions
 *   that would tell are not there
 */
export function checkOffsets(program: GoProgram, machine: Machine, offsets: GoOffsets): string {
  const swaps = displacements(program, machine, 'runtime.casgstatus', (m) => m.isCompareAndSwap);
  // With profile-guided optimisation newproc1 may exist inlined into its caller only.
  const creator = ['runtime.newproc1', 'runtime.newproc.func1'].find(
    (name) => program.functionNamed(name) !== undefined,
  );
  if (swaps === undefined || creator === undefined) {
    throw new GoProgramError(
      'damaged',
      'functions of the Go runtime have no names here: obfuscated, or not a whole program',
    );
  }
  const stores = displacements(program, machine, creator, (m) => m.isStore) ?? new Set();
  const wrong: string[] = [];
  const expect = (field: string, offset: number, seen: ReadonlySet<number>) => {
    if (offset >= 0 && !seen.has(offset)) wrong.push(`g.${field} at ${offset}`);
  };
  expect('atomicstatus', offsets.gStatus, swaps);
  expect('goid', offsets.gGoid, stores);
  expect('parentGoid', offsets.gParentGoid, stores);
  expect('gopc', offsets.gGopc, stores);
  expect('startpc', offsets.gStartpc, stores);
  if (wrong.length > 0) {
    throw new GoProgramError(
      'damaged',
      `the runtime of ${program.goVersion} is laid out differently here: no ${wrong.join(', ')}`,
    );
  }
  return `casgstatus and ${creator.slice('runtime.'.length)}`;
}

/** Whether the function that sets profiler labels stores them there; false where there is none. */
export function labelsAreAt(program: GoProgram, machine: Machine, offset: number): boolean {
  const stores = displacements(program, machine, SET_LABELS, (memory) => memory.isStore);
  return stores?.has(offset) === true;
}

const SET_LABELS = 'runtime/pprof.runtime_setProfLabel';

/** Distances from a register at which a function accesses memory in the wanted way. */
function displacements(
  program: GoProgram,
  machine: Machine,
  name: string,
  isWanted: (memory: MemoryOperand) => boolean,
): Set<number> | undefined {
  const fn = program.functionNamed(name);
  if (fn === undefined) return undefined;
  const seen = new Set<number>();
  for (const memory of memoryOperands(machine, program.codeOf(fn), fn.entry)) {
    if (memory.base >= 0 && isWanted(memory)) seen.add(memory.displacement);
  }
  return seen;
}
