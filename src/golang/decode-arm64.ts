/**
 * arm64 instructions: where they lead, what they write, and what Linux makes of them under
 * a probe. Each is one little-endian word.
 *
 * Source: Arm Architecture Reference Manual (DDI 0487), chapter C4; for probes
 * arch/arm64/kernel/probes/decode-insn.c of Linux 5.10 to 6.18.
 */
import { effects, pageAddress, signed, ALL, SP } from './arm64-effects.ts';
import type { Flow, Instruction, Machine } from './instruction.ts';

const CONDITIONS = 'eq ne cs cc mi pl vs vc hi ls ge lt gt le al nv'.split(' ');
/** Unsigned lower or same. */
const LS = 9;
/** Bit of register 30, where calls leave the return address. */
const LINK = 1 << 30;
/** What Go's assembler writes where execution must not come: a word that no processor knows. */
const GO_UNDEF = 0xbea71700;

const NOP = 0xd503201f;

export const arm64: Machine = {
  decode,
  registers: {
    arguments: Array.from({ length: 16 }, (_, n) => 1 << n),
    g: 1 << 28,
    stackPointer: 1 << SP,
    // A prologue stores the link register and leaves it as it is until the first call.
    callers: LINK | (1 << 29),
  },
};

/** What the branches share: how control goes on, and the text. */
interface Branch {
  flow: Flow;
  target?: number;
  text?: string;
  isEmulated?: boolean;
  isBelowOrEqual?: boolean;
}

function decode(code: Uint8Array, at: number, address: number): Instruction | undefined {
  if (at < 0 || at + 4 > code.length) return undefined;
  const word =
    (code[at]! | (code[at + 1]! << 8) | (code[at + 2]! << 16) | (code[at + 3]! << 24)) >>> 0;
  const branch = branchOf(word, address);
  const bytes = code.subarray(at, at + 4);
  const common = { address, byteLength: 4, isPush: false };
  if (branch !== undefined) {
    return {
      ...common,
      flow: branch.flow,
      target: branch.target,
      text: branch.text ?? bytesText(bytes),
      isEmulated: branch.isEmulated ?? false,
      isBelowOrEqual: branch.isBelowOrEqual ?? false,
      writes: branch.flow === 'call' ? ALL : 0,
      memory: undefined,
    };
  }
  const { writes, memory, sum } = effects(word, address);
  // adr and adrp.
  const isPage = (word & 0x1f000000) === 0x10000000;
  return {
    ...common,
    flow: 'next',
    target: undefined,
    text: word === NOP ? 'nop' : isPage ? pageText(word, address) : bytesText(bytes),
    isEmulated: isPage,
    isBelowOrEqual: false,
    writes,
    memory,
    sum,
  };
}

/**
 * Branches, calls and what stops; undefined for everything else.
 *
 * The kernel simulates all of these branches, adr and adrp, and executes the rest out of
 * line. It refuses loads relative to the instruction, or simulated them wrongly; a nop it
 * simulates since 6.13 only.
 */
function branchOf(word: number, address: number): Branch | undefined {
  const to = (bits: number, shift: number) =>
    address + signed((word >>> shift) & (2 ** bits - 1), bits) * 4;
  const hex = (target: number) => `0x${target.toString(16)}`;
  const register = `${word >>> 31 === 1 ? 'x' : 'w'}${zeroName(word & 31)}`;
  if (((word >>> 26) & 0x1f) === 5) {
    const target = to(26, 0);
    const isCall = word >>> 31 === 1;
    const text = `${isCall ? 'bl' : 'b'} ${hex(target)}`;
    return { flow: isCall ? 'call' : 'jump', target, text, isEmulated: true };
  }
  if (word >>> 24 === 0x54) {
    const target = to(19, 5);
    const condition = word & 15;
    // With bit 4 the hinted form of Armv8.8, which the kernel does not know.
    const isHinted = ((word >>> 4) & 1) === 1;
    return {
      flow: 'branch',
      target,
      text: `${isHinted ? 'bc' : 'b'}.${CONDITIONS[condition]!} ${hex(target)}`,
      isEmulated: !isHinted,
      isBelowOrEqual: condition === LS,
    };
  }
  if (((word >>> 25) & 0x3f) === 0x1a) {
    const target = to(19, 5);
    const name = ((word >>> 24) & 1) === 1 ? 'cbnz' : 'cbz';
    return {
      flow: 'branch',
      target,
      text: `${name} ${register}, ${hex(target)}`,
      isEmulated: true,
    };
  }
  if (((word >>> 25) & 0x3f) === 0x1b) {
    const target = to(14, 5);
    const name = ((word >>> 24) & 1) === 1 ? 'tbnz' : 'tbz';
    const tested = ((word >>> 31) << 5) | ((word >>> 19) & 31);
    const text = `${name} ${register}, #${tested}, ${hex(target)}`;
    return { flow: 'branch', target, text, isEmulated: true };
  }
  if (word >>> 25 === 0x6b) return registerBranch(word);
  // svc, hvc and smc come back; brk, hlt and the like do not.
  if (word >>> 24 === 0xd4) return (word & 0xe00003) === 1 ? undefined : { flow: 'stop' };
  if (word >>> 16 === 0 || word === GO_UNDEF) return { flow: 'stop' };
  return undefined;
}

/** br, blr, ret and what else takes its target from a register; the plain forms are simulated. */
function registerBranch(word: number): Branch {
  const operation = (word >>> 21) & 15;
  const isPlain = (word & 0xff9ffc1f) >>> 0 === 0xd61f0000 && operation < 3;
  const flow = (operation & 7) === 1 ? 'call' : (operation & 7) === 0 ? 'jump' : 'stop';
  const from = (word >>> 5) & 31;
  const name = ['br', 'blr', 'ret'][operation] ?? '';
  const text = operation === 2 && from === 30 ? 'ret' : `${name} x${zeroName(from)}`;
  return isPlain ? { flow, text, isEmulated: true } : { flow };
}

const zeroName = (n: number) => (n === 31 ? 'zr' : String(n));

function pageText(word: number, address: number): string {
  const name = word >>> 31 === 1 ? 'adrp' : 'adr';
  return `${name} x${zeroName(word & 31)}, 0x${pageAddress(word, address).toString(16)}`;
}

function bytesText(bytes: Uint8Array): string {
  return `bytes ${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ')}`;
}
