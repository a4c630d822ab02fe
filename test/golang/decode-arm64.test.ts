import { describe, expect, it } from 'vitest';
import { arm64 } from '../../src/golang/decode-arm64.ts';
import type { Instruction } from '../../src/golang/instruction.ts';
import { buildGo, go } from './build-go.ts';

const wordBytes = (word: number) => Uint8Array.from([0, 8, 16, 24], (shift) => word >>> shift);
const decode = (word: number, address = 0x1000) => arm64.decode(wordBytes(word), 0, address)!;

const BRANCHES = /^(b|bl|br|blr|ret|cbn?z|tbn?z|b\.\w\w|adrp?)$/;
/** Set flags, order memory or do nothing with a general register. */
const WRITES_NOTHING =
  /^(cmp|cmn|tst|ccmp|ccmn|fcmpe?|nop|dmb|dsb|isb|msr|prfm|st.*|ld1|dc|ic|yield)$/;

/** Bit of a register by its name in GNU's syntax; 0 for those that are not general. */
function mask(name: string | undefined): number {
  if (name === 'sp' || name === 'wsp') return 1 << 31;
  const match = /^[wx](\d+)$/.exec(name ?? '');
  return match === null ? 0 : 1 << Number(match[1]);
}

/** What GNU's syntax says of an instruction that is no branch. */
function statedEffects(mnemonic: string, operands: string) {
  const memory = /\[([wxs]\w+)(?:,#?([^\]]+))?\](!|,#)?/.exec(operands);
  const names = operands
    .split('[')[0]!
    .split(',')
    .map((name) => name.trim());
  let writes = 0;
  if (/^st(lx|x)r/.test(mnemonic)) writes = mask(names[0]);
  else if (/^ldp|^ldaxp|^ldxp/.test(mnemonic)) writes = mask(names[0]) | mask(names[1]);
  else if (!WRITES_NOTHING.test(mnemonic)) writes = mask(names[0]);
  if (memory?.[3] !== undefined) writes |= mask(memory[1]);
  const isIndexed = memory?.[2] !== undefined && !/^-?\d+$/.test(memory[2]);
  const place =
    memory === null || isIndexed
      ? undefined
      : { base: memory[1] === 'sp' ? 31 : Number(memory[1]!.slice(1)), at: Number(memory[2] ?? 0) };
  return { writes, place };
}

/** What is wrong with `found`, against a line of the toolchain's disassembler; '' nothing. */
function difference(found: Instruction, gnu: string): string {
  const [mnemonic = '', operands = ''] = gnu.split(/ (.*)/);
  if (BRANCHES.test(mnemonic)) {
    const page = mnemonic === 'adrp' ? found.address - (found.address % 4096) : found.address;
    const text = gnu.replace(/\.\+(0x[0-9a-f]+)$/, (_, distance: string) => {
      return `0x${(page + Number(BigInt.asIntN(64, BigInt(distance)))).toString(16)}`;
    });
    if (found.text !== text) return `text ${found.text}`;
    if (!found.isEmulated) return 'not emulated';
    if (mnemonic.startsWith('adr')) return '';
    const flow = { b: 'jump', bl: 'call', br: 'jump', blr: 'call', ret: 'stop' }[mnemonic];
    if (found.flow !== (flow ?? 'branch')) return `flow ${found.flow}`;
    const target = /0x[0-9a-f]+$/.exec(text)?.[0];
    if (found.target !== (target === undefined ? undefined : Number(target))) return 'target';
    return found.isBelowOrEqual === (mnemonic === 'b.ls') ? '' : 'stack check';
  }
  if (mnemonic === 'brk' || mnemonic === 'hlt') return found.flow === 'stop' ? '' : found.flow;
  if (found.flow !== 'next') return `flow ${found.flow}`;
  if (found.isEmulated) return 'emulated';
  const { writes, place } = statedEffects(mnemonic, operands);
  // Vector instructions and traps to the kernel may be taken for more than they write.
  const isExact = !/^svc|^[fsu]cvt|^f|\b[vdshqb]\d+\b|\.\w+/.test(gnu);
  if (isExact ? found.writes !== writes : (writes & ~found.writes) !== 0) {
    return `writes ${found.writes.toString(16)}, not ${writes.toString(16)}`;
  }
  const { memory } = found;
  const isFar = memory !== undefined && place !== undefined;
  if (isFar && (memory.base !== place.base || memory.displacement !== place.at)) {
    return `at ${memory.base} + ${memory.displacement}`;
  }
  if (place !== undefined && memory === undefined && !/^(ld|st)1/.test(mnemonic))
    return 'no memory';
  const isStore = /^st/.test(mnemonic) && !/\b[dshqbv]\d/.test(operands.split('[')[0]!);
  return memory === undefined || memory.isStore === isStore ? '' : `store ${memory.isStore}`;
}

// Disassembling a runtime takes the toolchain some seconds.
describe('instructions of arm64', { timeout: 120_000 }, () => {
  it.each(['1.21.13', '1.26.11'])(
    "are what the toolchain's disassembler says, in the runtime of Go %s",
    (version) => {
      const path = buildGo({ version, env: { GOARCH: 'arm64' } });
      const wrong: string[] = [];
      let compared = 0;
      for (const line of go(['tool', 'objdump', '-gnu', '-s', '^runtime', path]).split('\n')) {
        const match = /0x([0-9a-f]+)\t+([0-9a-f]{8})\t+.*\/\/ (.*?)\t*$/.exec(line.trimEnd());
        if (match === null) continue;
        const address = Number.parseInt(match[1]!, 16);
        const found = decode(Number.parseInt(match[2]!, 16), address);
        const said = difference(found, match[3]!);
        if (said !== '') wrong.push(`${match[2]} ${match[3]}: ${said}`);
        compared++;
      }
      expect(wrong.slice(0, 20)).toEqual([]);
      expect(compared).toBeGreaterThan(50_000);
    },
  );

  // Emulation: arch/arm64/kernel/probes of Linux 5.10 to 6.18.
  it.each<[word: number, text: string, flow: string, isEmulated: boolean]>([
    [0x540002c9, 'b.ls 0x1058', 'branch', true],
    [0x540002d9, 'bc.ls 0x1058', 'branch', false],
    [0x94000002, 'bl 0x1008', 'call', true],
    [0x17ffffff, 'b 0xffc', 'jump', true],
    [0xd63f0340, 'blr x26', 'call', true],
    [0xd61f0200, 'br x16', 'jump', true],
    [0xd65f03c0, 'ret', 'stop', true],
    [0xd65f0060, 'ret x3', 'stop', true],
    [0xb700001f, 'tbnz xzr, #32, 0x1000', 'branch', true],
    [0x34ffffe1, 'cbz w1, 0xffc', 'branch', true],
    [0x10000023, 'adr x3, 0x1004', 'next', true],
    [0xf0ffffe3, 'adrp x3, 0x0', 'next', true],
    // A nop only since 6.13; a load relative to the instruction never.
    [0xd503201f, 'nop', 'next', false],
    [0x58000040, 'bytes 40 00 00 58', 'next', false],
    [0xf81f0ffe, 'bytes fe 0f 1f f8', 'next', false],
    // retaa, blraaz, svc, brk, udf, and what Go puts where nothing comes.
    [0xd65f0bff, 'bytes ff 0b 5f d6', 'stop', false],
    [0xd63f081f, 'bytes 1f 08 3f d6', 'call', false],
    [0xd4000001, 'bytes 01 00 00 d4', 'next', false],
    [0xd4200000, 'bytes 00 00 20 d4', 'stop', false],
    [0x00000000, 'bytes 00 00 00 00', 'stop', false],
    [0xbea71700, 'bytes 00 17 a7 be', 'stop', false],
  ])('%i is "%s", flow %s, emulated: %s', (word, text, flow, isEmulated) => {
    expect(decode(word)).toMatchObject({ text, flow, isEmulated, byteLength: 4 });
  });

  // Encodings by llvm-mc; bit 31 is the stack pointer.
  it.each<[word: number, what: string, writes: number]>([
    [0xf81d0ffe, 'str x30, [sp, #-48]!', 1 << 31],
    [0xa9bf7bfd, 'stp x29, x30, [sp, #-16]!', 1 << 31],
    [0xa8c17bfd, 'ldp x29, x30, [sp], #16', (1 << 29) | (1 << 30) | (1 << 31)],
    [0xd10043f1, 'sub x17, sp, #16', 1 << 17],
    [0xcb3b63ff, 'sub sp, sp, x27', 1 << 31],
    [0xeb3063ff, 'cmp sp, x16', 0],
    [0x927ced1f, 'and sp, x8, #-16', 1 << 31],
    [0xf27ced1f, 'tst x8, #-16', 0],
    [0xb24003e2, 'orr x2, xzr, #1', 1 << 2],
    [0xfa401820, 'ccmp x1, #0, #0, ne', 0],
    [0x9a020020, 'adc x0, x1, x2', 1],
    [0x88fbfca2, 'casal w27, w2, [x5]', 1 << 27],
    [0x48207c82, 'casp x0, x1, x2, x3, [x4]', 3],
    [0xf8e10002, 'ldaddal x1, x2, [x0]', 1 << 2],
    [0x881bfca2, 'stlxr w27, w2, [x5]', 1 << 27],
    [0xc87f0440, 'ldxp x0, x1, [x2]', 3],
    [0x9e660003, 'fmov x3, d0', 1 << 3],
    [0xd53bd040, 'mrs x0, tpidr_el0', 1],
    [0xd51bd040, 'msr tpidr_el0, x0', 0],
    [0x4cdf7000, 'ld1 {v0.16b}, [x0], #16', 1],
    [0x0420bca0, 'of SVE: not known, so everything', -1],
  ])('%i (%s) writes registers %i', (word, _, writes) => {
    expect(decode(word).writes).toBe(writes);
  });

  it.each<[word: number, memory: object | undefined]>([
    [0x88fbfca2, { base: 5, displacement: 0, isCompareAndSwap: true }],
    [0xf9009440, { base: 2, displacement: 296, isStore: true, isCompareAndSwap: false }],
    [0xa9080c02, { base: 0, displacement: 128, isStore: true, pairBytes: 8 }],
    [0x29080be1, { base: 31, displacement: 64, isStore: true, pairBytes: 4 }],
    [0xa9400760, { base: 27, displacement: 0, isStore: false, pairBytes: 8 }],
    [0x58000040, { base: -1, address: 0x1008, isStore: false }],
    [0xfd400420, { base: 1, displacement: 8, isStore: false }],
    [0x3d800420, { base: 1, displacement: 16, isStore: false }],
    [0xf8227823, undefined],
  ])('%i has its operand in memory', (word, memory) => {
    const found = decode(word).memory;
    expect(found && { ...found }).toEqual(
      memory === undefined ? undefined : expect.objectContaining(memory),
    );
  });

  it('ends where a word is cut off', () => {
    expect(arm64.decode(wordBytes(0xd65f03c0).subarray(0, 3), 0, 0)).toBeUndefined();
    expect(arm64.decode(wordBytes(0xd65f03c0), 4, 0)).toBeUndefined();
  });

  it('are never refused: every word is one', () => {
    let state = 1;
    let stops = 0;
    for (let round = 0; round < 50_000; round++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const found = decode(state, 0x400000);
      if (found.flow === 'stop') stops++;
      if (found.byteLength !== 4) throw new Error(`${state}: ${found.byteLength} bytes`);
    }
    expect(stops).toBeGreaterThan(0);
  });
});
