/**
 * The probe programs of nearly all hits stay on the thread's kernel stack.
 *
 * With 64 bytes of stack (BPF_PRIV_STACK_MIN_SIZE of Linux 6.13, bpf_verifier.h) a program gets one
 * of vmalloc's, and each read of user memory into it costs 40 ns more: bpf/short.bpf.h.
 */
import { describe, expect, it } from 'vitest';
import { functionsOf, INSTRUCTION_BYTES } from './object-functions.ts';
import { OBJECT_PATH } from './record-program.ts';

const PRIVATE_STACK_BYTES = 64;
const FRAME_REGISTER = 10;

/** Classes and codes of Documentation/bpf/standardization/instruction-set.rst. */
const CLASS_MASK = 0x07;
const [LDX, ST, STX] = [0x01, 0x02, 0x03];
const [MOV64_REG, ADD64_IMM, LOAD_WIDE] = [0xbf, 0x07, 0x18];

/** How far below its frame pointer a function's instructions reach, bytes. */
function frameBytes(code: Buffer): number {
  let deepest = 0;
  /** Registers that hold the frame pointer as it was. */
  const copies = new Set<number>();
  for (let at = 0; at < code.length; at += INSTRUCTION_BYTES) {
    const operation = code[at]!;
    const [to, from] = [code[at + 1]! & 0xf, code[at + 1]! >> 4];
    const displacement = code.readInt16LE(at + 2);
    const kind = operation & CLASS_MASK;
    const base = kind === LDX ? from : kind === ST || kind === STX ? to : undefined;
    if (base === FRAME_REGISTER) deepest = Math.max(deepest, -displacement);
    if (operation === ADD64_IMM && copies.has(to)) {
      deepest = Math.max(deepest, -code.readInt32LE(at + 4));
    }
    if (kind !== ST && kind !== STX) copies.delete(to);
    if (operation === MOV64_REG && from === FRAME_REGISTER) copies.add(to);
    if (operation === LOAD_WIDE) at += INSTRUCTION_BYTES;
  }
  return deepest;
}

describe('the stack', () => {
  const functions = functionsOf(OBJECT_PATH);

  it.each(['on_casgstatus', 'on_mallocgc'])('of %s is a short one', (name) => {
    const bytes = frameBytes(functions.get(name)!);
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(PRIVATE_STACK_BYTES);
  });

  it('of what they leave to the rest is not', () => {
    expect(frameBytes(functions.get('on_casgstatus_rest')!)).toBeGreaterThan(PRIVATE_STACK_BYTES);
  });
});
