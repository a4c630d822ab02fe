/**
 * Where a function's code works in memory, with addresses that were put together by several
 * instructions brought together again.
 *
 * arm64 reaches a variable by adrp and an addition, and a field by an addition where the
 * access itself takes no distance. Code is followed in its order, not along its branches:
 * good enough to recognise what is looked for, not to prove what is not there.
 */
import { instructions, type Machine, type MemoryOperand } from './instruction.ts';

/** A register as the sum of what it was made from. */
interface Origin {
  base: number;
  displacement: number;
  address: number | undefined;
}

/**
 * The operands in memory of a function, in its order; of a pair of words each.
 *
 * @param address - of the first byte of `code`
 */
export function* memoryOperands(
  machine: Machine,
  code: Uint8Array,
  address: number,
): Generator<MemoryOperand> {
  const origins = new Map<number, Origin>();
  for (const { flow, memory, sum, writes } of instructions(machine, code, address)) {
    if (memory !== undefined) {
      const first = { ...memory, ...place(origins, memory) };
      yield first;
      if (memory.pairBytes !== undefined) yield { ...first, ...moved(first, memory.pairBytes) };
    }
    const made = sum && place(origins, sum);
    for (const register of origins.keys()) {
      if ((writes & (1 << register)) !== 0) origins.delete(register);
    }
    if (sum !== undefined && made !== undefined) origins.set(sum.register, made);
    // What comes next is reached from elsewhere, with other values.
    if (flow === 'jump' || flow === 'stop') origins.clear();
  }
}

function place(origins: ReadonlyMap<number, Origin>, { base, displacement, address }: Origin) {
  const origin = base < 0 ? undefined : origins.get(base);
  return origin === undefined ? { base, displacement, address } : moved(origin, displacement);
}

function moved({ base, displacement, address }: Origin, byBytes: number): Origin {
  if (address !== undefined) return { base, displacement, address: address + byBytes };
  return { base, displacement: displacement + byBytes, address };
}
