/**
 * x86-64 instructions: where they lead, what they write, and what Linux makes of them under
 * a probe.
 *
 * Effects are known for what compilers put into prologues and simple bodies; of anything
 * else it is said that it may write every register, which only makes the choice of a probe
 * stricter.
 */
import { i32, readEncoding, type Encoding } from './amd64-encoding.ts';
import type { Flow, Instruction, Machine, MemoryOperand } from './instruction.ts';
import { swapAmd64 } from './swap-amd64.ts';

const RAX = 0;
const RDX = 2;
const RSP = 4;
const ALL = 0xffff;

const QUAD = ['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi'];
const CONDITIONS = 'o no b ae e ne be a s ns p np l ge le g'.split(' ');

export const amd64: Machine = {
  decode,
  swap: swapAmd64,
  // rax rbx rcx rdi rsi r8 r9 r10 r11, r14, by their numbers in instructions.
  registers: {
    arguments: [0, 3, 1, 7, 6, 8, 9, 10, 11].map((n) => 1 << n),
    g: 1 << 14,
    stackPointer: 1 << RSP,
    callers: (1 << RSP) | (1 << 5),
  },
};

function decode(code: Uint8Array, at: number, address: number): Instruction | undefined {
  const e = readEncoding(code, at);
  if (e === undefined) return undefined;
  const next = address + e.byteLength;
  const { flow, relBytes, writes } = meaning(e);
  const relative =
    relBytes === 1
      ? (code[e.immediateAt]! << 24) >> 24
      : relBytes === 4
        ? i32(code, e.immediateAt)
        : undefined;
  const memory: MemoryOperand | undefined = e.memory && {
    base: e.memory.base,
    displacement: e.memory.displacement,
    address: e.memory.isRipRelative ? next + e.memory.displacement : undefined,
    isStore: e.map === 1 && (e.opcode === 0x88 || e.opcode === 0x89 || (e.opcode & 0xfe) === 0xc6),
    isCompareAndSwap: e.hasLock && e.map === 2 && (e.opcode & 0xfe) === 0xb0,
  };
  const isPush = e.map === 1 && (e.opcode & 0xf8) === 0x50 && !e.has66;
  const isJcc = flow === 'branch' && (e.map === 2 || (e.opcode & 0xf0) === 0x70);
  const target = relative === undefined ? undefined : next + relative;
  return {
    address,
    byteLength: e.byteLength,
    flow,
    target,
    text: text(code, at, e, target),
    isEmulated: isEmulated(code, at, e, isPush, isJcc, relative !== undefined),
    isPush,
    isBelowOrEqual: isJcc && (e.opcode & 0x0f) === 6,
    writes,
    memory,
  };
}

/** Where it leads and what it writes; `relBytes`: size of the branch distance, 0 none. */
function meaning(e: Encoding): { flow: Flow; relBytes: number; writes: number } {
  const reg = 1 << (((e.modrm >> 3) & 7) | ((e.rex & 4) << 1));
  const rm = e.memory === undefined ? 1 << ((e.modrm & 7) | ((e.rex & 1) << 3)) : 0;
  const op = e.opcode;
  const next = (writes: number) => ({ flow: 'next' as const, relBytes: 0, writes });
  if (e.map === 2) {
    if (op === 0x0b || op === 0xff || op === 0xb9) return { flow: 'stop', relBytes: 0, writes: 0 };
    if ((op & 0xf0) === 0x80) return { flow: 'branch', relBytes: 4, writes: 0 };
    if ((op & 0xf0) === 0x90) return next(rm);
    if ((op & 0xf0) === 0x40 || op === 0xaf || op === 0xb6 || op === 0xb7) return next(reg);
    // bt only looks; bts, btr and btc write.
    if (op === 0xba) return next((e.modrm & 0x38) === 0x20 ? 0 : rm);
    if (op === 0xbe || op === 0xbf || op === 0xbc || op === 0xbd) return next(reg);
    if (op === 0xb0 || op === 0xb1) return next((1 << RAX) | rm);
    if (op === 0xc0 || op === 0xc1) return next(reg | rm);
    if (op === 0xa3 || op === 0x1f || op === 0x0d || op === 0x18) return next(0);
    // Moves among vector registers and memory, and xor, or, and of them.
    if ([0x10, 0x11, 0x28, 0x29, 0x54, 0x56, 0x57, 0x6f, 0x7f, 0xef].includes(op)) return next(0);
    return next(ALL);
  }
  if (e.map !== 1) return next(ALL);
  if (op < 0x40) {
    if ((op & 0x38) === 0x38) return next(0);
    return next((op & 7) < 2 ? rm : (op & 7) < 4 ? reg : 1 << RAX);
  }
  if ((op & 0xf8) === 0x50 || op === 0x68 || op === 0x6a) return next(1 << RSP);
  if ((op & 0xf8) === 0x58) return next((1 << RSP) | (1 << ((op & 7) | ((e.rex & 1) << 3))));
  if ((op & 0xf0) === 0x70) return { flow: 'branch', relBytes: 1, writes: 0 };
  if ((op & 0xf0) === 0xb0) return next(1 << ((op & 7) | ((e.rex & 1) << 3)));
  if (op >= 0xe0 && op <= 0xe3) return { flow: 'branch', relBytes: 1, writes: 1 << 1 };
  switch (op) {
    case 0x63:
    case 0x69:
    case 0x6b:
    case 0x8a:
    case 0x8b:
    case 0x8d:
      return next(reg);
    case 0x80:
    case 0x81:
    case 0x83:
      return next((e.modrm & 0x38) === 0x38 ? 0 : rm);
    case 0x84:
    case 0x85:
    case 0x90:
    case 0x9b:
    case 0xa8:
    case 0xa9:
      return next(0);
    case 0x86:
    case 0x87:
      return next(reg | rm);
    case 0x88:
    case 0x89:
    case 0xc0:
    case 0xc1:
    case 0xc6:
    case 0xc7:
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3:
      return next(rm);
    case 0xf6:
    case 0xf7: {
      const group = (e.modrm >> 3) & 7;
      return next(group < 2 ? 0 : group < 4 ? rm : (1 << RAX) | (1 << RDX));
    }
    case 0xe8:
      return { flow: 'call', relBytes: 4, writes: ALL };
    case 0xe9:
      return { flow: 'jump', relBytes: 4, writes: 0 };
    case 0xeb:
      return { flow: 'jump', relBytes: 1, writes: 0 };
    case 0xc2:
    case 0xc3:
    case 0xca:
    case 0xcb:
    case 0xcc:
    case 0xcf:
    case 0xf4:
      return { flow: 'stop', relBytes: 0, writes: 0 };
    case 0xff: {
      const group = (e.modrm >> 3) & 7;
      if (group < 2) return next(rm);
      if (group < 4) return { flow: 'call', relBytes: 0, writes: ALL };
      if (group < 6) return { flow: 'jump', relBytes: 0, writes: 0 };
      return next(1 << RSP);
    }
    default:
      return next(ALL);
  }
}

/**
 * Whether Linux emulates it under a probe: push, near call, jump and conditional jump
 * without prefixes, and the shortest nops. Source: arch/x86/kernel/uprobes.c,
 * branch_setup_xol_ops and push_setup_xol_ops, 5.8 to 6.18.
 */
function isEmulated(
  code: Uint8Array,
  at: number,
  e: Encoding,
  isPush: boolean,
  isJcc: boolean,
  isRelative: boolean,
): boolean {
  if (e.hasLock || e.hasSegment) return false;
  if (isPush) return e.byteLength === 1 || (e.byteLength === 2 && code[at] === 0x41);
  if (e.map === 1 && e.opcode === 0x90) {
    return e.byteLength === 1 || (e.byteLength === 2 && e.has66);
  }
  // Only the branches themselves; jrcxz and the loops are executed out of line.
  const isBranch = isJcc || (e.map === 1 && [0xe8, 0xe9, 0xeb].includes(e.opcode));
  return isBranch && isRelative && !e.has66;
}

/** Text for what probes are put on; the bytes of everything else. */
function text(code: Uint8Array, at: number, e: Encoding, target: number | undefined): string {
  const to = target === undefined ? '' : ` 0x${target.toString(16)}`;
  if (e.map === 1 && (e.opcode & 0xf8) === 0x50 && !e.has66) {
    return `push ${(e.rex & 1) !== 0 ? `r${(e.opcode & 7) + 8}` : QUAD[e.opcode & 7]!}`;
  }
  if (to !== '') {
    if (e.map === 1 && e.opcode === 0xe8) return `call${to}`;
    if (e.map === 1 && (e.opcode === 0xe9 || e.opcode === 0xeb)) return `jmp${to}`;
    if (e.map === 2 || (e.opcode & 0xf0) === 0x70) return `j${CONDITIONS[e.opcode & 15]!}${to}`;
  }
  if (e.map === 1 && e.opcode === 0x90 && e.rex === 0) return 'nop';
  const bytes = code.subarray(at, at + e.byteLength);
  return `bytes ${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ')}`;
}
