/**
 * What an arm64 instruction writes and where in memory it works, by its class of encoding.
 *
 * Source: Arm Architecture Reference Manual (DDI 0487), chapter C4, "A64 instruction set
 * encoding". Vector and system instructions are only told apart as far as general registers
 * are concerned; what the manual leaves unallocated is said to write everything.
 */
import type { MemoryOperand, RegisterSum } from './instruction.ts';

/** Number of the stack pointer in masks, and of the zero register where that is meant. */
export const SP = 31;
export const ALL = -1;

export interface Effects {
  /** Bit n: Xn may be written; bit 31: the stack pointer. */
  writes: number;
  memory?: MemoryOperand;
  sum?: RegisterSum;
}

const NOTHING: Effects = { writes: 0 };
const EVERYTHING: Effects = { writes: ALL };

/** `word` extended with the sign of its bit `bits - 1`. */
export function signed(word: number, bits: number): number {
  return (word << (32 - bits)) >> (32 - bits);
}

/** Mask of a register whose number 31 is the zero register. */
const general = (n: number) => (n === 31 ? 0 : 1 << n);
/** Mask of a register whose number 31 is the stack pointer. */
const orStack = (n: number) => 1 << n;

const rd = (word: number) => word & 31;
const rn = (word: number) => (word >>> 5) & 31;
const bit = (word: number, n: number) => ((word >>> n) & 1) === 1;

/** Effects of an instruction that goes on to the next one; branches are none of them. */
export function effects(word: number, address: number): Effects {
  switch ((word >>> 25) & 15) {
    case 8:
    case 9:
      return immediateEffects(word, address);
    case 5:
    case 13:
      return registerEffects(word);
    case 4:
    case 6:
    case 12:
    case 14:
      return memoryEffects(word, address);
    case 7:
    case 15:
      // Of vectors; some move to a general register, which then is at the same place.
      return { writes: general(rd(word)) };
    case 10:
    case 11:
      return systemEffects(word);
    default:
      return EVERYTHING;
  }
}

/** Where adr and adrp point. */
export function pageAddress(word: number, address: number): number {
  const distance = signed((((word >>> 5) & 0x7ffff) << 2) | ((word >>> 29) & 3), 21);
  if (!bit(word, 31)) return address + distance;
  return Math.floor(address / 4096) * 4096 + distance * 4096;
}

function immediateEffects(word: number, address: number): Effects {
  const d = rd(word);
  switch ((word >>> 23) & 7) {
    case 0:
    case 1: {
      const sum = { register: d, base: -1, displacement: 0, address: pageAddress(word, address) };
      return d === 31 ? NOTHING : { writes: general(d), sum };
    }
    case 2: {
      // With flags, number 31 is the zero register: cmp.
      if (bit(word, 29)) return { writes: general(d) };
      const writes = orStack(d);
      if (!bit(word, 31)) return { writes };
      const amount = ((word >>> 10) & 0xfff) * (bit(word, 22) ? 4096 : 1);
      const displacement = bit(word, 30) ? -amount : amount;
      return { writes, sum: { register: d, base: rn(word), displacement, address: undefined } };
    }
    case 4:
      return { writes: ((word >>> 29) & 3) === 3 ? general(d) : orStack(d) };
    case 3:
      return { writes: orStack(d) };
    default:
      return { writes: general(d) };
  }
}

function registerEffects(word: number): Effects {
  const d = rd(word);
  // ccmp, ccmn, rmif, setf8, setf16 set flags only.
  if ((word & 0x1fe00000) === 0x1a400000) return NOTHING;
  if ((word & 0x5fe00000) === 0x1a000000 && (word & 0xfc00) !== 0) return NOTHING;
  // Without flags, add and sub of an extended register can write the stack pointer.
  const isExtended = (word & 0x1f200000) === 0x0b200000;
  return { writes: isExtended && !bit(word, 29) ? orStack(d) : general(d) };
}

function systemEffects(word: number): Effects {
  // mrs and sysl, by their bit for "read"; hints, barriers and msr write no register.
  if ((word & 0xffc00000) !== 0xd5000000 >> 0) return EVERYTHING;
  return { writes: bit(word, 21) ? general(rd(word)) : 0 };
}

function memoryEffects(word: number, address: number): Effects {
  const isVector = bit(word, 26);
  switch ((word >>> 28) & 3) {
    case 0:
      return isVector ? vectorStructures(word) : exclusiveEffects(word);
    case 1:
      return bit(word, 24) ? orderedEffects(word) : literalEffects(word, address);
    case 2:
      return pairEffects(word, isVector);
    default:
      return singleEffects(word, isVector);
  }
}

/** A plain operand at a distance from the instruction's base register. */
function operand(word: number, displacement: number, isStore: boolean): MemoryOperand {
  return {
    base: rn(word),
    displacement,
    address: undefined,
    isStore,
    isCompareAndSwap: false,
  };
}

function vectorStructures(word: number): Effects {
  return { writes: bit(word, 23) ? orStack(rn(word)) : 0 };
}

/** Exclusive and ordered accesses, and compare and swap. */
function exclusiveEffects(word: number): Effects {
  const s = (word >>> 16) & 31;
  const isLoad = bit(word, 22);
  const isOrdered = bit(word, 23);
  if (bit(word, 21)) {
    // cas, casp; with a second register given, a pair of exclusives.
    if (isOrdered) {
      return { writes: general(s), memory: { ...operand(word, 0, true), isCompareAndSwap: true } };
    }
    if (!bit(word, 31)) return { writes: general(s) | general((s + 1) & 31) };
  }
  const loaded = general(rd(word)) | (bit(word, 21) ? general((word >>> 10) & 31) : 0);
  const status = !isLoad && !isOrdered ? general(s) : 0;
  return { writes: isLoad ? loaded : status, memory: operand(word, 0, !isLoad) };
}

/** ldapur, stlur and their like; memory tags and copies write more than is worth telling. */
function orderedEffects(word: number): Effects {
  if (bit(word, 21) || ((word >>> 10) & 3) !== 0 || bit(word, 26)) return EVERYTHING;
  const isStore = ((word >>> 22) & 3) === 0;
  const memory = operand(word, signed((word >>> 12) & 0x1ff, 9), isStore);
  return { writes: isStore ? 0 : general(rd(word)), memory };
}

function literalEffects(word: number, address: number): Effects {
  const isPrefetch = ((word >>> 30) & 3) === 3;
  return {
    writes: bit(word, 26) || isPrefetch ? 0 : general(rd(word)),
    memory: {
      base: -1,
      displacement: 0,
      address: address + signed((word >>> 5) & 0x7ffff, 19) * 4,
      isStore: false,
      isCompareAndSwap: false,
    },
  };
}

function pairEffects(word: number, isVector: boolean): Effects {
  const size = word >>> 30;
  const wordBytes = isVector ? 4 << size : (size & 2) !== 0 ? 8 : 4;
  const isLoad = bit(word, 22);
  const mode = (word >>> 23) & 3;
  const displacement = mode === 1 ? 0 : signed((word >>> 15) & 0x7f, 7) * wordBytes;
  const loaded = isLoad && !isVector ? general(rd(word)) | general((word >>> 10) & 31) : 0;
  const memory = { ...operand(word, displacement, !isLoad && !isVector), pairBytes: wordBytes };
  return { writes: loaded | ((mode & 1) !== 0 ? orStack(rn(word)) : 0), memory };
}

function singleEffects(word: number, isVector: boolean): Effects {
  const size = word >>> 30;
  const opcode = (word >>> 22) & 3;
  const isPrefetch = !isVector && size === 3 && opcode === 2;
  const isLoad = isVector ? (opcode & 1) !== 0 : opcode !== 0;
  const loaded = isLoad && !isVector && !isPrefetch ? general(rd(word)) : 0;
  const isStore = !isLoad && !isVector;
  if (bit(word, 24)) {
    const scale = isVector && (opcode & 2) !== 0 ? 4 : size;
    return { writes: loaded, memory: operand(word, ((word >>> 10) & 0xfff) << scale, isStore) };
  }
  const mode = (word >>> 10) & 3;
  if (bit(word, 21)) {
    // A register is added to the base, so that nothing is known of the distance.
    if (mode === 2) return { writes: loaded };
    // Atomic arithmetic and swaps return what was there; loads with a signed pointer.
    if (mode === 0) return { writes: general(rd(word)), memory: operand(word, 0, true) };
    return { writes: general(rd(word)) | orStack(rn(word)) };
  }
  const displacement = mode === 1 ? 0 : signed((word >>> 12) & 0x1ff, 9);
  const memory = operand(word, displacement, isStore);
  return { writes: loaded | ((mode & 1) !== 0 ? orStack(rn(word)) : 0), memory };
}
