import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  GoProgramError,
  findAllgs,
  openGoProgram,
  planProbes,
  type ExecutableBytes,
} from '../../src/golang/index.ts';
import { buildGo, memoryBytes, npmProgram } from './build-go.ts';

const path = buildGo({ version: '1.26.11', flags: ['-ldflags=-s -w'] });
const good = new Uint8Array(readFileSync(path));
const view = new DataView(good.buffer);

/** Ask everything; the code of the GoProgramError, or that it is a program. */
function outcome(bytes: ExecutableBytes, everything = true): string {
  try {
    const program = openGoProgram(bytes);
    if (everything) {
      planProbes(program, ['sched', 'alloc', 'gc']);
      findAllgs(program);
      for (let pc = program.textStart; pc < program.textStart + 50_000; pc += 997)
        program.frames(pc);
    }
    program.typeFacts(program.textStart + 0x100000);
    return 'program';
  } catch (error) {
    if (error instanceof GoProgramError) return error.code;
    throw error;
  }
}

/** File ranges that the reader depends on most. */
function vitalRanges(): [name: string, start: number, byteLength: number][] {
  const program = openGoProgram(memoryBytes(good));
  const sections = Number(view.getBigUint64(40, true));
  const ranges: [string, number, number][] = [
    ['the ELF header', 0, 64],
    ['the program headers', 64, view.getUint16(56, true) * 56],
    ['the section headers', sections, view.getUint16(60, true) * 64],
  ];
  for (let i = 0; i < view.getUint16(60, true); i++) {
    const at = sections + i * 64;
    const address = Number(view.getBigUint64(at + 16, true));
    const offset = Number(view.getBigUint64(at + 24, true));
    const magic = offset + 4 <= good.length ? view.getUint32(offset, true) : 0;
    if (magic === 0xfffffff1) {
      ranges.push(['the header of the function table', offset, 72]);
      const functions = offset + Number(view.getBigUint64(offset + 64, true));
      ranges.push(['the function table', functions, 400]);
      const casgstatus = program.functionNamed('runtime.casgstatus')!;
      const code = program.fileOffsetOf(casgstatus.entry)!;
      ranges.push(['the code of casgstatus', code, casgstatus.end - casgstatus.entry]);
    }
    if (magic === 0x6f4720ff) ranges.push(['the build information', offset, 64]);
    // moduledata begins with the address of the function table.
    if (address !== 0 && offset + 8 <= good.length) {
      const target = Number(view.getBigUint64(offset, true) & 0xffffffffffffn);
      const at = program.fileOffsetOf(target);
      if (at !== undefined && at + 4 <= good.length && view.getUint32(at, true) === 0xfffffff1) {
        ranges.push(['moduledata', offset, 352]);
      }
    }
  }
  return ranges;
}

// Some of these build programs first.
describe('damaged executables', { timeout: 180_000 }, () => {
  const ranges = vitalRanges();

  it('are tried in all the places that matter', () => {
    expect(new Set(ranges.map(([name]) => name)).size).toBe(8);
  });

  it.each(ranges)(
    'answer with a program or a GoProgramError: bytes of %s changed',
    (_, start, byteLength) => {
      const bytes = good.slice();
      const outcomes = new Set<string>();
      for (let at = start; at < start + byteLength; at++) {
        // Every bit in headers; elsewhere all at once.
        for (const change of byteLength <= 72 ? [0x01, 0x08, 0x80, 0xff] : [0xff]) {
          bytes[at] = good[at]! ^ change;
          outcomes.add(outcome(memoryBytes(bytes), at % 16 === 0));
        }
        bytes[at] = good[at]!;
      }
      expect(outcomes.size).toBeGreaterThan(0);
      expect(Buffer.compare(bytes, good)).toBe(0);
    },
  );

  it('answer with a GoProgramError when cut off before their tables end', () => {
    const codes = new Set<string>();
    for (let length = 0; length < good.length; length += Math.max(1, Math.floor(length / 40))) {
      codes.add(outcome(memoryBytes(good.subarray(0, length)), false));
    }
    expect(codes).toContain('not-elf');
    expect(codes).toContain('damaged');
  });

  it('answer with a GoProgramError when the file ends sooner than it said', () => {
    // Truncated after it was opened: reads come back short.
    const half = good.length / 2;
    const bytes: ExecutableBytes = {
      byteLength: good.length,
      read: (at, length) => good.subarray(at, Math.min(at + length, half)),
    };
    expect(outcome(bytes)).toBe('damaged');
  });

  it('answer with a program or a GoProgramError when random words are replaced', () => {
    const bytes = good.slice();
    let state = 7;
    const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0);
    const outcomes = new Set<string>();
    for (let round = 0; round < 150; round++) {
      const changed: number[] = [];
      for (let i = 0; i < 2000; i++) {
        const at = (next() % (good.length >>> 2)) * 4;
        changed.push(at);
        bytes.set(
          [next(), next(), next(), next()].map((word) => word >>> 24),
          at,
        );
      }
      outcomes.add(outcome(memoryBytes(bytes)));
      for (const at of changed) bytes.set(good.subarray(at, at + 4), at);
    }
    expect(outcomes.size).toBeGreaterThan(0);
  });

  it('say which offset the code contradicts', () => {
    // The displacement of `lock cmpxchg [reg+144], reg` in casgstatus.
    const bytes = good.slice();
    const program = openGoProgram(memoryBytes(good));
    const { entry, end } = program.functionNamed('runtime.casgstatus')!;
    const start = program.fileOffsetOf(entry)!;
    const swap = good
      .subarray(start, start + end - entry)
      .findIndex(
        (byte, at, code) => byte === 0xf0 && code[at + 1] === 0x0f && code[at + 2] === 0xb1,
      );
    expect(good[start + swap + 4]).toBe(144);
    bytes[start + swap + 4] = 152;
    expect(() => planProbes(openGoProgram(memoryBytes(bytes)), ['sched'])).toThrow(
      expect.objectContaining({
        code: 'damaged',
        message: expect.stringContaining('g.atomicstatus at 144') as string,
      }),
    );
  });

  it('are refused by their version when it is older than all that is known', () => {
    const bytes = good.slice();
    const version = new TextEncoder().encode('go1.26.11');
    const at = Buffer.from(good.buffer).indexOf('\xff Go buildinf:', 0, 'latin1');
    expect(good.subarray(at + 33, at + 42)).toEqual(version);
    bytes.set(new TextEncoder().encode('go1.18.11'), at + 33);
    expect(outcome(memoryBytes(bytes))).toBe('unsupported-version');
  });

  it('are planned as the newest known version when theirs is newer and the code agrees', () => {
    const bytes = new Uint8Array(readFileSync(buildGo({ version: '1.27.4' })));
    const at = Buffer.from(bytes.buffer).indexOf('\xff Go buildinf:', 0, 'latin1');
    bytes.set(new TextEncoder().encode('go1.31.4'), at + 33);
    const program = openGoProgram(memoryBytes(bytes));
    const plan = planProbes(program, ['sched', 'alloc', 'gc']);
    expect(program.goVersion).toBe('go1.31.4');
    expect(plan.offsetsSource).toBe('table for go1.27, agreed with casgstatus and newproc1');
    expect(plan.warnings).toEqual([expect.stringMatching(/^go1\.31\.4 is newer than/)]);
  });

  it('of others are no trouble either', () => {
    const bytes = new Uint8Array(readFileSync(npmProgram('esbuild'))).subarray(0, 4_000_000);
    expect(outcome(memoryBytes(bytes))).toBe('damaged');
  });
});
