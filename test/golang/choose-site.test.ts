import { describe, expect, it } from 'vitest';
import { chooseSite } from '../../src/golang/choose-site.ts';
import { amd64 } from '../../src/golang/decode-amd64.ts';

const ENTRY = 0x1000;
/** Where the made-up functions call runtime.morestack_noctxt, and anything else. */
const MORESTACK = 0x2000;

const { registers } = amd64;
const FIRST_TWO = registers.arguments[0]! | registers.arguments[1]!;

/** The instruction chosen in a function of these bytes, as text at a distance from the entry. */
function choose(hex: string, needed: number) {
  const code = Uint8Array.from(hex.trim().split(/\s+/), (byte) => Number.parseInt(byte, 16));
  const fn = { name: 'f', entry: ENTRY, end: ENTRY + code.length };
  const name = (address: number) => (address === MORESTACK ? 'runtime.morestack_noctxt' : 'g');
  const program = {
    codeOf: () => code,
    functionAt: (address: number) => ({ name: name(address), entry: address, end: address + 1 }),
  };
  const chosen = chooseSite(program, amd64, fn, needed);
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
