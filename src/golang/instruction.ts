/**
 * One machine instruction, as far as choosing a place for a probe needs to know it, and
 * what an architecture must tell about itself. decode-amd64.ts is the first of them.
 */

/** How control goes on. `next`: only to the following instruction. */
export type Flow = 'next' | 'branch' | 'jump' | 'call' | 'stop';

export interface Instruction {
  address: number;
  byteLength: number;
  flow: Flow;
  /** Where a direct branch, jump or call goes. */
  target: number | undefined;
  /** Assembly text for the instructions that carry probes, else their bytes in hex. */
  text: string;
  /** Executed by the kernel itself when probed, without a single step (all kernels >= 5.8). */
  isEmulated: boolean;
  /** Saves a register to the stack as the first part of a frame (`push`). */
  isPush: boolean;
  /** A branch that is taken on unsigned less-or-equal, as stack checks end. */
  isBelowOrEqual: boolean;
  /** Bit n: general register n may be written. All bits where that is not known. */
  writes: number;
  /** The operand in memory, when there is one. */
  memory: MemoryOperand | undefined;
}

export interface MemoryOperand {
  /** Number of the base register; -1 when the address is relative to the instruction or absolute. */
  base: number;
  displacement: number;
  /** The address itself, when it is relative to the instruction. */
  address: number | undefined;
  /** The instruction stores an integer register or a constant there. */
  isStore: boolean;
  /** The instruction compares and swaps there, atomically. */
  isCompareAndSwap: boolean;
}

/** What choosing probes asks of an architecture. */
export interface Machine {
  /** Undefined when the bytes are no instruction of 64-bit code, or are cut off. */
  decode(code: Uint8Array, at: number, address: number): Instruction | undefined;
  /** Bit masks of registers in Go's calling convention, ABIInternal. */
  registers: {
    /** First, second, ... integer argument. */
    arguments: readonly number[];
    /** The current goroutine. */
    g: number;
    stackPointer: number;
    framePointer: number;
  };
}

/**
 * The instructions of a function in order, until its end or the first bytes that are none.
 *
 * @param address - of the first byte of `code`
 */
export function* instructions(
  machine: Machine,
  code: Uint8Array,
  address: number,
): Generator<Instruction> {
  for (let at = 0; at < code.length;) {
    const instruction = machine.decode(code, at, address + at);
    if (instruction === undefined) return;
    yield instruction;
    at += instruction.byteLength;
  }
}
