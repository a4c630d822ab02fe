import { describe, expect, it } from 'vitest';
import { amd64 } from '../../src/golang/decode-amd64.ts';
import { instructions } from '../../src/golang/instruction.ts';
import { swapAmd64 } from '../../src/golang/swap-amd64.ts';

const ENTRY = 0x1000;
const SWAP = 'f0 44 0f b1 87 90 00 00 00'; // lock cmpxchg [rdi+144], r8d
const CONSTANTS = 'b8 01 00 00 00 41 b8 02 00 00 00'; // mov eax, 1; mov r8d, 2
const SETE = '41 0f 94 c1'; // sete r9b
const TEST = '45 84 c9'; // test r9b, r9b

const one = { constant: 1 };
const two = { constant: 2 };
const rax = { register: 0 };
const r8 = { register: 8 };

describe('a compare-and-swap', () => {
  it.each([
    [
      'and sete, test, jne',
      `${CONSTANTS} ${SWAP} ${SETE} ${TEST} 75 01 90 c3`,
      27,
      one,
      two,
      'not-zero',
    ],
    [
      'and je, of other flags',
      `${CONSTANTS} ${SWAP} ${SETE} ${TEST} 74 01 90 c3`,
      27,
      one,
      two,
      'not-zero',
    ],
    ['and a branch on its own flags', `${CONSTANTS} ${SWAP} 75 01 90 c3`, 20, one, two, 'zero'],
    [
      'and a nop before the test',
      `${CONSTANTS} ${SWAP} ${SETE} 66 90 ${TEST} 75 01 90 c3`,
      24,
      one,
      two,
      'zero',
    ],
    [
      'and a long nop, which is not emulated',
      `${SWAP} ${SETE} 0f 1f 40 00 ${TEST} 75 00 c3`,
      20,
      rax,
      r8,
      'not-zero',
    ],
    // mov r11d, 4; mov eax, r11d
    [
      'of a copied constant',
      `41 bb 04 00 00 00 44 89 d8 ${SWAP} 75 00 c3`,
      18,
      { constant: 4 },
      r8,
      'zero',
    ],
    // xor eax, eax
    ['of nought', `31 c0 ${SWAP} 75 00 c3`, 11, { constant: 0 }, r8, 'zero'],
    // mov ecx, eax before it; the value came from elsewhere
    ['of registers', `89 c1 ${SWAP} 75 00 c3`, 11, rax, r8, 'zero'],
    // mov eax, 1; L: swap; jne L: eax is another one in the second round
    ['in a loop', `b8 01 00 00 00 ${SWAP} 75 f5 c3`, 14, rax, r8, 'zero'],
    // sete r8b overwrites what was stored, which is known
    [
      'whose new value is lost',
      `${CONSTANTS} ${SWAP} 41 0f 94 c0 45 84 c0 75 00 c3`,
      27,
      one,
      two,
      'not-zero',
    ],
  ] as const)('%s is told by an instruction behind it', (_, hex, at, from, to, counts) => {
    const swap = find(hex);
    expect({ ...swap, instruction: swap && swap.instruction.address - ENTRY }).toEqual({
      instruction: at,
      gp: 7,
      from,
      to,
      counts,
    });
  });

  it.each([
    ['the new value is lost and unknown', `${SWAP} 41 0f 94 c0 45 84 c0 75 00 c3`],
    ['the address is lost', `${SWAP} 48 8b 3f 75 00 c3`],
    ['something else sets the flags', `${SWAP} 48 83 fa 00 75 00 c3`],
    ['something else is tested', `${SWAP} ${SETE} 84 d2 75 00 c3`],
    ['code jumps between the two', `${SWAP} ${SETE} ${TEST} 75 fb c3`],
    ['a call comes first', `${SWAP} e8 00 00 00 00 75 00 c3`],
  ])('is told by itself when %s', (_, hex) => {
    const swap = find(hex);
    expect(swap).toMatchObject({ gp: 7, from: rax, to: r8, counts: 'status-is-from' });
    expect(swap?.instruction.memory?.isCompareAndSwap).toBe(true);
  });
});

function find(hex: string) {
  const code = Uint8Array.from(hex.split(' '), (byte) => Number.parseInt(byte, 16));
  const all = [...instructions(amd64, code, ENTRY)];
  return swapAmd64(
    code,
    all,
    all.findIndex((i) => i.memory?.isCompareAndSwap),
  );
}
