/**
 * One machine instruction, as far as choosing a place for a probe needs to know it, and
 * what an architecture must tell about itself: decode-amd64.ts, decode-arm64.ts.
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
  /** Set where addresses are put together by separate instructions: what this one adds up. */
  sum?: RegisterSum | undefined;
}

/** A register becomes another plus a constant, or an address relative to the instruction. */
export interface RegisterSum {
  register: number;
  /** Number of the register that is added to; -1: none, `address` is the result. */
  base: number;
  displacement: number;
  address: number | undefined;
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
  /** Set for two neighbouring words: distance of the second from the first. */
  pairBytes?: number;
}

/** Where a value is. Registers have the numbers that the machine's instructions give them. */
export type Operand = { register: number } | { constant: number };

/** A compare-and-swap of a word behind a pointer, seen from an instruction that knows the outcome. */
export interface Swap {
  /** Runs once for each attempt. */
  instruction: Instruction;
  /** Number of the register that the word's address is relative to. */
  gp: number;
  /** What the word is compared with, and what it becomes. */
  from: Operand;
  to: Operand;
  /**
   * Which of the instruction's runs have swapped: those with the zero flag set, or clear; or,
   * where it is the swap itself, those that find `from` in the word.
   */
  counts: 'zero' | 'not-zero' | 'status-is-from';
}

/** What choosing probes asks of an architecture. */
export interface Machine {
  /** Undefined when the bytes are no instruction of 64-bit code, or are cut off. */
  decode(code: Uint8Array, at: number, address: number): Instruction | undefined;
  /**
   * Operands and outcome of the compare-and-swap `all[index]` of a function with this code.
   * Undefined when they cannot be told; absent where that was not taught.
   */
  swap?(code: Uint8Array, all: readonly Instruction[], index: number): Swap | undefined;
  /** Bit masks of registers in Go's calling convention, ABIInternal. */
  registers: {
    /** First, second, ... integer argument. */
    arguments: readonly number[];
    /** The current goroutine. */
    g: number;
    stackPointer: number;
    /** All by which a probe finds the return addresses of a function and its caller. */
    callers: number;
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
