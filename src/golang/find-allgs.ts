/** Where the runtime keeps the list of all goroutines. */
import type { GoProgram } from './go-program.ts';
import { instructions } from './instruction.ts';
import { machineOf } from './machine-of.ts';

/**
 * Address of `runtime.allgs`, a slice: pointer, length, capacity.
 *
 * Needs no symbols: `runtime.allgadd` appends to it, so its code refers to three
 * neighbouring words, and to no other three.
 *
 * @returns undefined when the code does not say, or not for sure
 * @throws GoProgramError `damaged`
 */
export function findAllgs(program: GoProgram): number | undefined {
  const machine = machineOf(program.arch);
  const fn = program.functionNamed('runtime.allgadd');
  if (machine === undefined || fn === undefined) return undefined;
  const words = new Set<number>();
  for (const { memory } of instructions(machine, program.codeOf(fn), fn.entry)) {
    if (memory?.address !== undefined && program.isWritable(memory.address)) {
      words.add(memory.address);
    }
  }
  const starts = [...words].filter((word) => words.has(word + 8) && words.has(word + 16));
  return starts.length === 1 ? starts[0] : undefined;
}
