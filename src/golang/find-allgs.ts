/** Where the runtime keeps the list of all goroutines. */
import type { GoProgram } from './go-program.ts';
import { machineOf } from './machine-of.ts';
import { memoryOperands } from './memory-operands.ts';

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
  if (fn === undefined) return undefined;
  const words = new Set<number>();
  for (const { address } of memoryOperands(machine, program.codeOf(fn), fn.entry)) {
    if (address !== undefined && program.isWritable(address)) words.add(address);
  }
  const starts = [...words].filter((word) => words.has(word + 8) && words.has(word + 16));
  return starts.length === 1 ? starts[0] : undefined;
}
