import { describe, expect, it } from 'vitest';
import { amd64 } from '../../src/golang/decode-amd64.ts';
import { goCommand } from '../go-command.ts';
import { buildGo, go, openFile } from './build-go.ts';

const bytesOf = (hex: string) =>
  Uint8Array.from(hex.split(' '), (byte) => Number.parseInt(byte, 16));

const decode = (hex: string, address = 0x1000) => amd64.decode(bytesOf(hex), 0, address);

describe('instructions of x86-64', () => {
  it.each([
    ['the go command', goCommand()],
    ['a program of Go 1.21', buildGo({ version: '1.21.13' })],
  ])("have the length that the toolchain's disassembler says, in the runtime of %s", (_, path) => {
    const program = openFile(path);
    let compared = 0;
    const wrong: string[] = [];
    const text = go(['tool', 'objdump', '-s', '^runtime\\.', path]);
    for (const line of text.split('\n')) {
      const match = /0x([0-9a-f]+)\t+([0-9a-f]+)\t+(.*?)\t*$/.exec(line.trimEnd());
      // It knows no VEX or EVEX, and shows what else its tables lack as ? with one byte.
      if (match === null || /^(c4|c5|62)/.test(match[2]!) || match[3]!.startsWith('?')) continue;
      const address = Number.parseInt(match[1]!, 16);
      const code = Uint8Array.from(match[2]!.match(/../g)!, (byte) => Number.parseInt(byte, 16));
      const found = amd64.decode(code, 0, address);
      const jump = /^(?:J\w+|CALL|JMP) (0x[0-9a-f]+|\S+\(SB\))$/.exec(match[3]!)?.[1];
      if (found?.byteLength !== code.length) wrong.push(line);
      else if (jump?.startsWith('0x') === true && found.target !== Number(jump)) wrong.push(line);
      else if (jump?.endsWith('(SB)') === true && found.target !== undefined) {
        const name = program.functionAt(found.target)?.name;
        if (`${name}(SB)` !== jump.replace('.abi0(', '(')) wrong.push(line);
      }
      compared++;
    }
    expect(wrong.slice(0, 9)).toEqual([]);
    expect(compared).toBeGreaterThan(50_000);
  });

  // Emulation: what was measured on Linux 6.18 and read in the sources of 5.10 to 6.18.
  it.each([
    ['55', 'push rbp', true],
    ['41 57', 'push r15', true],
    ['90', 'nop', true],
    ['66 90', 'nop', true],
    ['e8 fb 0f 00 00', 'call 0x2000', true],
    ['eb fe', 'jmp 0x1000', true],
    ['e9 fb ff ff ff', 'jmp 0x1000', true],
    ['76 10', 'jbe 0x1012', true],
    ['0f 86 fa 00 00 00', 'jbe 0x1100', true],
    ['0f 1f 44 00 00', 'bytes 0f 1f 44 00 00', false],
    ['49 3b 66 10', 'bytes 49 3b 66 10', false],
    ['48 83 ec 20', 'bytes 48 83 ec 20', false],
    ['c3', 'bytes c3', false],
    ['ff 75 08', 'bytes ff 75 08', false],
    ['ff d0', 'bytes ff d0', false],
    ['e3 02', 'bytes e3 02', false],
    ['f0 0f b1 0a', 'bytes f0 0f b1 0a', false],
    ['41 90', 'bytes 41 90', false],
  ])('%s is "%s", emulated: %s', (hex, text, isEmulated) => {
    expect(decode(hex)).toMatchObject({ text, isEmulated, byteLength: bytesOf(hex).length });
  });

  // Lengths by objdump.
  it.each([
    'c5 f8 77',
    'c5 f9 ef c0',
    'c4 e1 f8 91 48 10',
    'c4 e2 7d 58 c0',
    'c4 e3 7d 39 c1 01',
    'c5 fd 7f 07',
    '62 f1 7c 48 10 47 01',
    '62 f1 fe 48 6f 44 24 02',
    '62 f3 7d 48 25 c0 ff',
    '66 2e 0f 1f 84 00 00 00 00 00',
    '48 b8 88 77 66 55 44 33 22 11',
    '66 c7 04 24 34 12',
    'f3 0f b8 c1',
    '66 0f 3a 0f c1 08',
    '66 0f 38 00 c1',
    'f2 48 0f 38 f1 c1',
    '64 48 8b 04 25 f8 ff ff ff',
    'f6 05 10 00 00 00 01',
    'f7 c1 00 01 00 00',
    'f7 d9',
    'c8 10 00 00',
    '48 a1 88 77 66 55 44 33 22 11',
  ])('%s is one instruction', (hex) => {
    const code = bytesOf(hex);
    const followed = Uint8Array.from([...code, ...Array<number>(16).fill(0x90)]);
    expect(amd64.decode(followed, 0, 0)?.byteLength).toBe(code.length);
    expect(amd64.decode(code.subarray(0, -1), 0, 0)).toBeUndefined();
  });

  // By register number: rax 0, rcx 1, rdx 2, rbx 3, rsp 4, rbp 5.
  it.each<[hex: string, what: string, writes: number]>([
    ['48 89 44 24 48', 'mov [rsp+72], rax', 0],
    ['48 8b 44 24 48', 'mov rax, [rsp+72]', 1],
    ['48 89 c3', 'mov rbx, rax', 1 << 3],
    ['4c 8d 64 24 f0', 'lea r12, [rsp-16]', 1 << 12],
    ['4d 3b 66 10', 'cmp r12, [r14+16]', 0],
    ['48 83 ec 20', 'sub rsp, 32', 1 << 4],
    ['48 83 f8 20', 'cmp rax, 32', 0],
    ['31 c9', 'xor ecx, ecx', 1 << 1],
    ['84 00', 'test [rax], al', 0],
    ['0f b6 d1', 'movzx edx, cl', 1 << 2],
    ['0f ba e3 0c', 'bt ebx, 12', 0],
    ['0f ba eb 0c', 'bts ebx, 12', 1 << 3],
    ['44 0f 11 7c 24 28', 'movups [rsp+40], xmm15', 0],
    ['f7 e1', 'mul ecx', (1 << 0) | (1 << 2)],
    ['f0 0f b1 8a 90 00 00 00', 'lock cmpxchg [rdx+144], ecx', 1],
    ['5d', 'pop rbp', (1 << 4) | (1 << 5)],
    ['0f a2', 'cpuid: not known, so everything', 0xffff],
  ])('%s (%s) writes registers %i', (hex, _, writes) => {
    expect(decode(hex)?.writes).toBe(writes);
  });

  it.each([
    ['48 89 88 20 01 00 00', { base: 0, displacement: 0x120, isStore: true }],
    ['f0 0f b1 8a 90 00 00 00', { base: 2, displacement: 0x90, isCompareAndSwap: true }],
    ['48 8b 05 10 00 00 00', { base: -1, address: 0x1017, isStore: false }],
    ['83 3d 10 00 00 00 00', { base: -1, address: 0x1017 }],
    ['49 8b 46 30', { base: 14, displacement: 0x30 }],
    ['48 c7 44 24 f8 00 00 00 00', { base: 4, displacement: -8, isStore: true }],
  ])('%s has its operand in memory', (hex, memory) => {
    expect(decode(hex)?.memory).toMatchObject(memory);
  });

  it.each(['06', '0f 04', 'e8 00 00', '48', '66 66 66', '0f', '62 f1', '', '48 8b 05 10'])(
    'refuses "%s", which is no instruction or cut off',
    (hex) => {
      expect(amd64.decode(hex === '' ? new Uint8Array(0) : bytesOf(hex), 0, 0)).toBeUndefined();
    },
  );

  it('answers any bytes with an instruction that lies within them, or none', () => {
    const code = new Uint8Array(15);
    let state = 1;
    let decoded = 0;
    for (let round = 0; round < 200_000; round++) {
      for (let i = 0; i < code.length; i++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        code[i] = state >>> 24;
      }
      const found = amd64.decode(code, 0, 0);
      if (found === undefined) continue;
      decoded++;
      if (found.byteLength < 1 || found.byteLength > 15)
        throw new Error(`${found.byteLength} bytes`);
    }
    expect(decoded).toBeGreaterThan(100_000);
  });
});
