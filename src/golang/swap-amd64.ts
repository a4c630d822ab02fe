/**
 * A compare-and-swap in x86-64 code: its operands, and an instruction that knows how it went.
 *
 * `lock cmpxchg` compares with rax and sets the zero flag when it has swapped. Go makes of
 * `if word.CompareAndSwap(old, new)` the swap, mostly `sete r; test r, r`, and a branch. The
 * branch is emulated under a probe and runs once for each attempt, with the operands in
 * their registers still, or in none but known as constants.
 */
import { i32, readEncoding, type Encoding } from './amd64-encoding.ts';
import type { Instruction, Operand, Swap } from './instruction.ts';

const RAX = 0;
/** Further instructions that may be between a swap and what depends on it. */
const MAX_DISTANCE = 8;

/**
 * Where the compare-and-swap `all[index]` shows how it went.
 *
 * @param code - of the function whose instructions are `all`
 * @returns undefined when its operands cannot be told
 */
export function swapAmd64(
  code: Uint8Array,
  all: readonly Instruction[],
  index: number,
): Swap | undefined {
  const encoding = (i: Instruction) => readEncoding(code, i.address - all[0]!.address)!;
  const swap = all[index]!;
  const gp = swap.memory?.base ?? -1;
  if (gp < 0) return undefined;
  const merges = mergesOf(all);
  const before = (register: number) => constantBefore(code, all, index, register, merges);
  const values = [RAX, regOf(encoding(swap))].map((register) => ({
    register,
    constant: before(register),
  }));
  const operandsAt = (written: number): { from: Operand; to: Operand } | undefined => {
    const [from, to] = values.map(({ register, constant }): Operand | undefined => {
      if (constant !== undefined) return { constant };
      return (written & (1 << register)) === 0 ? { register } : undefined;
    });
    return from && to && (written & (1 << gp)) === 0 ? { from, to } : undefined;
  };

  let written = 0;
  let counts: 'zero' | 'not-zero' = 'zero';
  let flagIn = -1;
  for (const instruction of all.slice(index + 1, index + 1 + MAX_DISTANCE)) {
    if (merges === 'unknown' || merges.has(instruction.address)) break;
    if (instruction.isEmulated && instruction.flow !== 'call') {
      const operands = operandsAt(written);
      if (operands === undefined) break;
      return { instruction, gp, ...operands, counts };
    }
    if (instruction.flow !== 'next') break;
    const e = encoding(instruction);
    if (isSetEqual(e)) flagIn = rmOf(e);
    else if (counts === 'zero' && isTestOf(e, flagIn)) counts = 'not-zero';
    else if (!keepsFlags(e)) break;
    written |= instruction.writes;
  }
  // Before the swap, which may fail: then it is told by what it compares with.
  return { instruction: swap, gp, ...operandsAt(0)!, counts: 'status-is-from' };
}

/** Where code is jumped to; unknown when some jump goes where a register says. */
function mergesOf(all: readonly Instruction[]): ReadonlySet<number | undefined> | 'unknown' {
  const jumps = all.filter((i) => i.flow === 'branch' || i.flow === 'jump');
  if (jumps.some((jump) => jump.target === undefined)) return 'unknown';
  return new Set(jumps.map((jump) => jump.target));
}

/** The constant that `register` holds at `all[index]`, when the straight code before it says so. */
function constantBefore(
  code: Uint8Array,
  all: readonly Instruction[],
  index: number,
  register: number,
  merges: ReadonlySet<number | undefined> | 'unknown',
): number | undefined {
  let wanted = register;
  for (let i = index - 1; i >= 0 && merges !== 'unknown'; i--) {
    if (merges.has(all[i + 1]!.address)) return undefined;
    const { address, flow, writes } = all[i]!;
    if (flow !== 'next' && flow !== 'branch') return undefined;
    if ((writes & (1 << wanted)) === 0) continue;
    const e = readEncoding(code, address - all[0]!.address)!;
    if (e.map !== 1 || e.has66) return undefined;
    const isRegisters = e.modrm >= 0xc0;
    // mov r32, imm32; xor r, r; mov r, r.
    if ((e.opcode & 0xf8) === 0xb8 && (e.rex & 8) === 0) return i32(code, e.immediateAt);
    if (isRegisters && e.opcode === 0x31 && regOf(e) === rmOf(e)) return 0;
    if (isRegisters && e.opcode === 0x89) wanted = regOf(e);
    else if (isRegisters && e.opcode === 0x8b) wanted = rmOf(e);
    else return undefined;
  }
  return undefined;
}

function regOf({ modrm, rex }: Encoding): number {
  return ((modrm >> 3) & 7) | ((rex & 4) << 1);
}

function rmOf({ modrm, rex }: Encoding): number {
  return (modrm & 7) | ((rex & 1) << 3);
}

/** `sete r`: the register becomes 1 when the zero flag is set. */
function isSetEqual(e: Encoding): boolean {
  return e.map === 2 && e.opcode === 0x94 && e.modrm >= 0xc0;
}

/** `test r, r`: the zero flag is set when the register's low byte is 0. */
function isTestOf(e: Encoding, register: number): boolean {
  const isTest = e.map === 1 && e.opcode === 0x84 && e.modrm >= 0xc0;
  return isTest && rmOf(e) === register && regOf(e) === register;
}

/** Moves, lea, and the nops that pad. */
function keepsFlags(e: Encoding): boolean {
  if (e.map === 2) return [0x1f, 0xb6, 0xb7].includes(e.opcode);
  const op = e.opcode;
  return (
    e.map === 1 &&
    ((op >= 0x88 && op <= 0x8b) ||
      op === 0x8d ||
      op === 0xc6 ||
      op === 0xc7 ||
      (op & 0xf0) === 0xb0)
  );
}
