import { describe, expect, it } from 'vitest';
import { chooseSite } from '../../src/golang/choose-site.ts';
import { amd64 } from '../../src/golang/decode-amd64.ts';
import { arm64 } from '../../src/golang/decode-arm64.ts';
import type { Machine } from '../../src/golang/instruction.ts';

const ENTRY = 0x1000;
/** Where the made-up functions call runtime.morestack_noctxt, and anything else. */
const MORESTACK = 0x2000;

const { registers } = amd64;
const FIRST_TWO = registers.arguments[0]! | registers.arguments[1]!;

/** The instruction chosen in a function of these bytes, as text at a distance from the entry. */
function choose(hex: string, needed: number, machine: Machine = amd64) {
  const code = Uint8Array.from(hex.trim().split(/\s+/), (byte) => Number.parseInt(byte, 16));
  const fn = { name: 'f', entry: ENTRY, end: ENTRY + code.length };
  const name = (address: number) => (address === MORESTACK ? 'runtime.morestack_noctxt' : 'g');
  const program = {
    codeOf: () => code,
    functionAt: (address: number) => ({ name: name(address), entry: address, end: address + 1 }),
  };
  const chosen = chooseSite(program, machine, fn, needed);
  return (
    chosen && {
      at: chosen.instruction.address - ENTRY,
      text: chosen.instruction.text.replace(/ 0x.*/, ''),
      rule: chosen.rule,
      stackCheck: chosen.stackCheck,
    }
  );
}

const CHECK = '49 3b 66 10'; // cmp rsp, [r14+16]
const LARGE_CHECK = '4c 8d 64 24 80 4d 3b 66 10'; // lea r12, [rsp-128]; cmp r12, [r14+16]
const BODY = '48 89 e5 48 83 ec 20 31 c0 5d c3'; // mov rbp, rsp; sub rsp, 32; xor; pop; ret
/** call morestack, then back to the entry; `at`: its distance from the entry. */
const grow = (at: number) => {
  const rel = (MORESTACK - (ENTRY + at + 5)) >>> 0;
  const bytes = [0, 8, 16, 24].map((shift) => ((rel >>> shift) & 255).toString(16));
  return `e8 ${bytes.join(' ')} eb ${(256 - at - 7).toString(16)}`;
};

describe('the instruction for a probe', () => {
  it.each([
    ['a push at the entry', `55 ${BODY}`, 0, 'push rbp', 'push at the entry', false],
    [
      'the push after the stack check',
      `${CHECK} 76 0c 55 ${BODY} ${grow(18)}`,
      6,
      'push rbp',
      'push after the stack check',
      false,
    ],
    [
      'the push after the check for a large frame',
      `${LARGE_CHECK} 76 0c 55 ${BODY} ${grow(23)}`,
      11,
      'push rbp',
      'push after the stack check',
      false,
    ],
    [
      "the check's branch where no push follows, as up to Go 1.20",
      // sub rsp, 32; mov [rsp+24], rbp; ...
      `${CHECK} 76 0d 48 83 ec 20 48 89 6c 24 18 48 31 c0 c3 ${grow(19)}`,
      4,
      'jbe',
      "the stack check's branch, when not taken",
      true,
    ],
    [
      'a nop with the arguments intact, in a function without a check',
      '48 83 ec 40 48 89 44 24 48 90 72 02 31 c0 c3',
      9,
      'nop',
      'first emulated instruction with the arguments intact',
      false,
    ],
    [
      'a conditional jump that every call reaches',
      '48 83 ec 40 72 02 31 c0 c3',
      4,
      'jb',
      'first emulated instruction with the arguments intact',
      false,
    ],
    [
      'the entry when an argument is gone before anything else',
      // xor eax, eax; push rbp
      '48 83 ec 08 31 c0 55 c3',
      0,
      'bytes 48 83 ec 08',
      'entry, for want of an emulated one',
      false,
    ],
    [
      'the entry when the only push is jumped to again',
      // sub; L: push rbp; jne L
      '48 83 ec 08 55 75 fd c3',
      0,
      'bytes 48 83 ec 08',
      'entry, for want of an emulated one',
      false,
    ],
    [
      'the branch and not the push behind it, when the branch is no stack check',
      // cmp rax, 0; jbe L; push rbp; L: ret
      '48 83 f8 00 76 01 55 c3',
      4,
      'jbe',
      'first emulated instruction with the arguments intact',
      false,
    ],
  ])('is %s', (_, hex, at, text, rule, stackCheck) => {
    expect(choose(hex, FIRST_TWO)).toEqual({ at, text, rule, stackCheck });
  });

  it('keeps the return address in reach when it is needed', () => {
    const code = '48 83 ec 40 90 c3';
    expect(choose(code, FIRST_TWO)).toMatchObject({ at: 4, text: 'nop' });
    expect(choose(code, FIRST_TWO | registers.stackPointer)).toMatchObject({ at: 0 });
  });

  it('is none where there is no instruction', () => {
    expect(choose('06 06', FIRST_TWO)).toBeUndefined();
  });
});

// Words as the disassembler prints them, so that they can be compared with real code.
describe('the instruction for a probe on arm64', () => {
  const LIMIT = 'f9400b90'; // ldr x16, [x28, #16]
  const SMALL = `${LIMIT} eb3063ff`; // cmp sp, x16
  const LARGE = `${LIMIT} d10043f1 eb10023f`; // sub x17, sp, #16; cmp x17, x16
  // With a frame beyond the address space's start caught: subs x17, sp, x27; b.lo
  const HUGE = `${LIMIT} d290001b eb3b63f1`;
  const FRAME = 'f81d0ffe f81f83fd d10023fd'; // str x30, [sp, #-48]!; stur x29; sub x29, sp, #8
  const END = 'd65f03c0';

  /** bl morestack after mov x3, x30, then back; `at`: distance of the mov from the entry. */
  const grow = (at: number) => {
    const call = 0x94000000 | (((MORESTACK - (ENTRY + at + 4)) / 4) & 0x3ffffff);
    const back = 0x14000000 | ((-(at + 8) / 4) & 0x3ffffff);
    return ['aa1e03e3', ...[call, back].map((word) => (word >>> 0).toString(16))].join(' ');
  };
  /** b.ls or another branch on a condition, `by` bytes ahead. */
  const branch = (condition: number, by: number) =>
    (0x54000000 | ((by / 4) << 5) | condition).toString(16);
  const bytes = (words: string) =>
    words
      .split(' ')
      .map((word) => word.padStart(8, '0').match(/../g)!.reverse().join(' '))
      .join(' ');

  const { callers } = arm64.registers;
  const ARGUMENTS = arm64.registers.arguments.slice(0, 3).reduce((mask, bit) => mask | bit, 0);
  const INTACT = 'first emulated instruction with the arguments intact';
  const CHECK = "the stack check's branch, when not taken";

  it.each<[what: string, words: string, needed: number, at: number, text: string, rule: string]>([
    [
      "the check's branch",
      `${SMALL} ${branch(9, 20)} ${FRAME} ${END} ${grow(28)}`,
      ARGUMENTS | callers,
      8,
      'b.ls',
      CHECK,
    ],
    [
      "the check's branch for a large frame",
      `${LARGE} ${branch(9, 20)} ${FRAME} ${END} ${grow(32)}`,
      ARGUMENTS | callers,
      12,
      'b.ls',
      CHECK,
    ],
    [
      'the second of the two branches for a huge frame',
      `${HUGE} ${branch(3, 28)} eb10023f ${branch(9, 20)} ${FRAME} ${END} ${grow(40)}`,
      ARGUMENTS | callers,
      20,
      'b.ls',
      CHECK,
    ],
    [
      'a test of an argument in a function without a check',
      // str x30, ...; str x0, [sp, #88]; tbnz w1, #12
      `${FRAME} f9002fe0 37600041 aa1f03e0 ${END}`,
      ARGUMENTS,
      16,
      'tbnz w1, #12,',
      INTACT,
    ],
    [
      'adrp where it comes first',
      `${FRAME} b0000b7b 37600041 aa1f03e0 ${END}`,
      ARGUMENTS,
      12,
      'adrp x27,',
      INTACT,
    ],
    ['the call that ends what is known', `${FRAME} 94000100 ${END}`, ARGUMENTS, 12, 'bl', INTACT],
    [
      'the entry where an argument is gone before anything else',
      `aa1f03e1 37600041 ${END} ${END}`,
      ARGUMENTS,
      0,
      'bytes e1 03 1f aa',
      'entry, for want of an emulated one',
    ],
    [
      'the entry where the frame pointer is set before anything else, when callers are asked for',
      `${FRAME} 37600041 aa1f03e0 ${END}`,
      callers,
      0,
      'bytes fe 0f 1d f8',
      'entry, for want of an emulated one',
    ],
    [
      'the entry where the return address is gone after it, when callers are asked for',
      // mov x30, x0
      `aa0003fe 37600041 ${END} ${END}`,
      callers,
      0,
      'bytes fe 03 00 aa',
      'entry, for want of an emulated one',
    ],
    [
      'the return behind a nop, which only new kernels simulate',
      `d503201f ${END}`,
      ARGUMENTS,
      4,
      'ret',
      INTACT,
    ],
  ])('is %s', (_, words, needed, at, text, rule) => {
    expect(choose(bytes(words), needed, arm64)).toEqual({
      at,
      text,
      rule,
      stackCheck: rule === CHECK,
    });
  });
});
