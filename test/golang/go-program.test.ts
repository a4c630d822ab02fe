import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { findAllgs, openGoProgram, type GoProgram } from '../../src/golang/index.ts';
import { goCommand } from '../go-command.ts';
import {
  GO_VERSIONS,
  OTHER_GO_VERSIONS,
  buildGo,
  go,
  memoryBytes,
  npmProgram,
  openFile,
} from './build-go.ts';

const STRIP = ['-ldflags=-s -w'];
const PIE = ['-buildmode=pie'];
const ALL_VERSIONS = [...GO_VERSIONS, ...OTHER_GO_VERSIONS];

/** Symbols of code as the toolchain's own nm prints them: name to addresses. */
function codeSymbols(path: string): Map<string, number> {
  const symbols = new Map<string, number>();
  for (const line of go(['tool', 'nm', path]).split('\n')) {
    const match = /^ *([0-9a-f]+) [Tt] (.+)$/.exec(line);
    if (match !== null) symbols.set(match[2]!, Number.parseInt(match[1]!, 16));
  }
  return symbols;
}

/** Types as the program itself sees them. */
function typesByRunning(path: string) {
  const [anchor, ...lines] = execFileSync(path, ['types'], { encoding: 'utf8' }).trim().split('\n');
  const rows = lines.map((line) => {
    const [address, kind, size, ...name] = line.split(' ');
    return {
      address: Number(address),
      goKind: kind!,
      sizeBytes: Number(size),
      name: name.join(' '),
    };
  });
  return { anchor: Number(anchor!.split(' ')[1]), rows };
}

function expectTypes(program: GoProgram, path: string): void {
  const { anchor, rows } = typesByRunning(path);
  const bias = anchor - program.functionNamed('main.anchor')!.entry;
  expect(rows.length).toBeGreaterThan(30);
  for (const { address, ...facts } of rows) {
    expect(program.typeFacts(address - bias)).toEqual(facts);
    expect(program.typeFacts(BigInt(address - bias))).toEqual(facts);
  }
}

describe.each(ALL_VERSIONS)('a program of Go %s', (version) => {
  let path: string;
  let program: GoProgram;
  beforeAll(() => {
    path = buildGo({ version });
    program = openFile(path);
  });

  it('says its version, its architecture and how it was linked', () => {
    const { goVersion, goMinor, versionSource, arch, isPie, hasSymbols, hasDwarf } = program;
    expect({ goVersion, goMinor, versionSource, arch, isPie, hasSymbols, hasDwarf }).toEqual({
      goVersion: `go${version}`,
      goMinor: Number(version.split('.')[1]),
      versionSource: 'build information',
      arch: 'amd64',
      isPie: false,
      hasSymbols: true,
      hasDwarf: true,
    });
    expect(go(['version', path])).toContain(program.goVersion);
  });

  it('says its version without build information as well', () => {
    const bytes = withoutBuildInfo(path);
    const bare = openGoProgram(memoryBytes(bytes));
    expect(bare.versionSource).toBe('runtime.buildVersion');
    expect(bare.goVersion).toBe(program.goVersion);
  });

  it('has its functions where the symbol table has them', () => {
    const symbols = codeSymbols(path);
    let compared = 0;
    const wrong: string[] = [];
    for (const fn of program.functions()) {
      const chosen = program.functionNamed(fn.name)!.entry;
      // Types that are local to a function are numbered, with a dot in nm.
      const raw = fn.name.replace('/dot.ted.', '/dot%2eted.').replace('·', '.');
      // Type arguments are abbreviated in the function table; markers have no symbol of that name.
      if (raw.includes('[...]') || raw === 'go:buildid') continue;
      // Assembly is called by another convention, and may have a wrapper with the plain name.
      const addresses = [symbols.get(raw), symbols.get(`${raw}.abi0`)];
      if (!addresses.includes(chosen) || !addresses.includes(fn.entry)) wrong.push(raw);
      compared++;
    }
    expect(wrong.slice(0, 9)).toEqual([]);
    expect(compared).toBeGreaterThan(1500);
    expect(program.textStart).toBe(symbols.get('runtime.text'));
  });

  it('takes the body where a name stands for it and for a wrapper', () => {
    const symbols = codeSymbols(path);
    const both = ['runtime.newproc', 'runtime.goexit1', 'runtime.newstack', 'runtime.schedinit'];
    for (const name of both) {
      expect(symbols.has(`${name}.abi0`)).toBe(true);
      expect(program.functionNamed(name)?.entry).toBe(symbols.get(name));
    }
    expect(program.functionNamed('runtime.asmcgocall')?.entry).toBe(
      symbols.get('runtime.asmcgocall.abi0'),
    );
  });

  it('has no function outside of its code', () => {
    expect(program.frames(program.textStart - 1)).toEqual([]);
    expect(program.frames(0)).toEqual([]);
    expect(program.frames(-1)).toEqual([]);
    expect(program.frames(2n ** 64n - 1n)).toEqual([]);
    expect(program.functionAt(program.textStart)).toBeDefined();
  });

  it('shows import paths without escapes', () => {
    expect(program.functionNamed('example.com/program/dot.ted.Hello')).toBeDefined();
  });

  it('names types as the program does', () => expectTypes(program, path));

  it('knows no type where there is none', () => {
    expect(program.typeFacts(0)).toBeUndefined();
    expect(program.typeFacts(program.textStart)).toBeUndefined();
    expect(program.typeFacts(2n ** 63n)).toBeUndefined();
  });

  it('resolves the wrapper of a go statement to the function it calls', () => {
    const wrapper = [...program.functions()].filter(
      (fn) => fn.name.startsWith('main.main.') && program.frames(fn.entry).at(-1)?.isWrapper,
    );
    expect(wrapper).toHaveLength(1);
    expect(program.startFunction(wrapper[0]!.entry)).toMatchObject({
      name: 'main.worker',
      isWrapper: false,
      entry: program.functionNamed('main.worker')!.entry,
    });
  });

  it('resolves the wrapper of a go statement to the closure it calls', () => {
    const wrappers = [...program.functions()].filter(
      (fn) =>
        fn.name.startsWith('main.startClosure.') && program.frames(fn.entry).at(-1)?.isWrapper,
    );
    expect(wrappers).toHaveLength(1);
    // Before Go 1.22 the compiler does not say what such a wrapper wraps.
    const isSaid = program.goMinor >= 22;
    expect(program.startFunction(wrappers[0]!.entry)).toMatchObject({
      name: isSaid ? 'main.startClosure.func1' : wrappers[0]!.name,
      isWrapper: !isSaid,
    });
  });

  it('keeps the list of goroutines where the symbol table has it', () => {
    const line = go(['tool', 'nm', path])
      .split('\n')
      .find((text) => text.endsWith(' runtime.allgs'));
    expect(findAllgs(program)).toBe(Number.parseInt(line!.trim().split(' ')[0]!, 16));
  });

  it('is the same program when stripped', () => {
    const stripped = openFile(buildGo({ version, flags: STRIP }));
    expect(stripped.hasSymbols).toBe(false);
    expect(stripped.hasDwarf).toBe(false);
    expect(stripped.goVersion).toBe(program.goVersion);
    expect([...stripped.functions()]).toEqual([...program.functions()]);
    expect(findAllgs(stripped)).toBeDefined();
  });
});

// Up to 1.25 the function table of such programs is in another section.
describe.each(['1.21.13', '1.25.14', '1.26.11'])(
  'a position-independent one of %s',
  { timeout: 180_000 },
  (version) => {
    it('is read as it is in the file', () => {
      const path = buildGo({ version, flags: PIE });
      const program = openFile(path);
      const symbols = codeSymbols(path);
      expect(program.isPie).toBe(true);
      expect(program.textStart).toBe(symbols.get('runtime.text'));
      for (const name of ['main.worker', 'runtime.casgstatus', 'runtime.newproc', 'time.Sleep']) {
        expect(program.functionNamed(name)?.entry).toBe(symbols.get(name));
      }
      expectTypes(program, path);
    });

    it('is read when only its relocations hold the pointers', () => {
      // As lld links: zero where GNU ld and Go's linker store the addend as well.
      const path = buildGo({ version, flags: PIE });
      const bytes = new Uint8Array(readFileSync(path));
      const before = openGoProgram(memoryBytes(bytes.slice()));
      const cleared = clearRelocated(bytes, before);
      expect(cleared).toBeGreaterThan(1000);
      const program = openGoProgram(memoryBytes(bytes));
      expect(program.goVersion).toBe(before.goVersion);
      expect(program.textStart).toBe(before.textStart);
      expectTypes(program, path);
    });
  },
);

/** The bytes of an executable, with the magic of its build information wiped out. */
function withoutBuildInfo(path: string): Uint8Array {
  const bytes = readFileSync(path);
  for (let at = 0; (at = bytes.indexOf('\xff Go buildinf:', at, 'latin1')) >= 0;)
    bytes.fill(0, at, at + 14);
  return new Uint8Array(bytes);
}

/** Zero all pointers that have a relative relocation; returns how many. */
function clearRelocated(bytes: Uint8Array, program: GoProgram): number {
  const view = new DataView(bytes.buffer);
  const sections = Number(view.getBigUint64(40, true));
  let cleared = 0;
  for (let i = 0; i < view.getUint16(60, true); i++) {
    const section = sections + i * 64;
    // SHT_RELA
    if (view.getUint32(section + 4, true) !== 4) continue;
    const start = Number(view.getBigUint64(section + 24, true));
    const end = start + Number(view.getBigUint64(section + 32, true));
    for (let at = start; at < end; at += 24) {
      if (view.getBigUint64(at + 8, true) !== 8n) continue;
      const target = program.fileOffsetOf(view.getBigUint64(at, true));
      if (target === undefined) continue;
      view.setBigUint64(target, 0n, true);
      cleared++;
    }
  }
  return cleared;
}

// Some of these build programs first.
describe('programs of others', { timeout: 180_000 }, () => {
  it.each([
    ['the TypeScript compiler', npmProgram('tsc'), 'build information', /^go1\.\d+\.\d+$/],
    [
      'esbuild, which has no build information',
      npmProgram('esbuild'),
      'runtime.buildVersion',
      /^go1\.2\d\.\d+$/,
    ],
    ['the go command', goCommand(), 'build information', /^go1\.\d+/],
  ])('%s is understood', (_, path, source, version) => {
    const program = openFile(path);
    expect(program.versionSource).toBe(source);
    expect(program.goVersion).toMatch(version);
    if (source === 'build information') expect(go(['version', path])).toContain(program.goVersion);
    expect(program.functionNamed('runtime.mallocgc')).toBeDefined();
    expect(findAllgs(program)).toBeDefined();
  });

  // It knows the names of other versions, which must not be mistaken for its own.
  it('the go command without its build information still says its version', () => {
    const stated = openFile(goCommand()).goVersion;
    const bare = openGoProgram(memoryBytes(withoutBuildInfo(goCommand())));
    expect([bare.versionSource, bare.goVersion]).toEqual(['runtime.buildVersion', stated]);
  });

  it.each([
    ['a script', new TextEncoder().encode('#!/bin/sh\n'.repeat(20)), 'not-elf'],
    ['an empty file', new Uint8Array(0), 'not-elf'],
    ['a program of C', new Uint8Array(readFileSync('/bin/ls')), 'not-go'],
    ['node', undefined, 'not-go'],
  ])('%s is refused', (_, bytes, code) => {
    const open = () =>
      bytes === undefined ? openFile(process.execPath) : openGoProgram(memoryBytes(bytes));
    expect(open).toThrow(expect.objectContaining({ name: 'GoProgramError', code }));
  });

  it("a program with C in it has Go's code where moduledata says, not at the start of .text", () => {
    const path = buildGo({ version: '1.26.11', folder: 'cgo-program', env: { CGO_ENABLED: '1' } });
    const program = openFile(path);
    const symbols = codeSymbols(path);
    expect(program.textStart).toBe(symbols.get('runtime.text'));
    expect(symbols.get('_start')).toBeLessThan(program.textStart);
    expect(program.frames(symbols.get('_start')!)).toEqual([]);
    expect(program.functionNamed('main.worker')?.entry).toBe(symbols.get('main.worker'));
  });

  it('a program for arm64 is named, though not probed', () => {
    const path = buildGo({ version: '1.26.11', env: { GOARCH: 'arm64' } });
    const program = openFile(path);
    const symbols = codeSymbols(path);
    expect(existsSync(path)).toBe(true);
    expect(program.arch).toBe('arm64');
    expect(program.functionNamed('main.worker')?.entry).toBe(symbols.get('main.worker'));
    expect(program.frames(symbols.get('main.worker')! + 4)[0]).toMatchObject({
      name: 'main.worker',
    });
  });
});
