import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  findAllgs,
  planProbes,
  type GoProgram,
  type ProbePlan,
  type ProbeSitePlan,
} from '../../src/golang/index.ts';
import {
  GO_VERSIONS,
  OTHER_GO_VERSIONS,
  ROOT,
  buildGo,
  fileBytes,
  go,
  openFile,
} from './build-go.ts';

const ALL_GROUPS = ['sched', 'alloc', 'gc'] as const;
const ARM64 = { GOARCH: 'arm64' };

/** What each site is for, without where it is. */
const purposes = (plan: ProbePlan) =>
  plan.sites.map(({ group, event, function: name, action }) => ({ group, event, name, action }));

/** Address to text of the instructions in the named functions, as the toolchain prints them. */
function disassembled(path: string, names: readonly string[]): Map<number, string> {
  const pattern = `^(${names.map((name) => name.replace(/[.()*]/g, '\\$&')).join('|')})$`;
  const found = new Map<number, string>();
  for (const line of go(['tool', 'objdump', '-gnu', '-s', pattern, path]).split('\n')) {
    const match = /0x([0-9a-f]+)\t+[0-9a-f]{8}\t+.*\/\/ (.*?)\t*$/.exec(line.trimEnd());
    if (match !== null) found.set(Number.parseInt(match[1]!, 16), match[2]!);
  }
  return found;
}

/** Whether a site is the place for its function that reading its code by eye gives. */
function expectSite(program: GoProgram, path: string, site: ProbeSitePlan): void {
  // Before Linux 6.13 a nop is stepped over: once a cycle of the collector.
  const isStepped = site.event === 'gc_sweep_end';
  expect([site.function, site.emulated]).toEqual([site.function, !isStepped]);
  expect(program.functionAt(site.address)?.name).toBe(site.function);
  expect(program.fileOffsetOf(site.address)).toBe(site.fileOffset);
  const code = fileBytes(path).read(site.fileOffset, 4);
  const word = new DataView(code.buffer, code.byteOffset).getUint32(0, true);
  expect(site.stackCheck).toBe((word & 0xff00001f) >>> 0 === 0x54000009);
  expect(site.stackCheck).toBe(site.instruction.startsWith('b.ls'));
}

// Cross-building takes the toolchain a while the first time.
describe.each([...GO_VERSIONS, ...OTHER_GO_VERSIONS, '1.19.13'])(
  'a program of Go %s for arm64',
  { timeout: 180_000 },
  (version) => {
    const minor = Number(version.split('.')[1]);
    let path: string;
    let program: GoProgram;
    let plan: ProbePlan;
    beforeAll(() => {
      path = buildGo({ version, env: ARM64 });
      program = openFile(path);
      plan = planProbes(program, ALL_GROUPS);
    }, 180_000);

    it('is planned like the same program for x86-64, and what is frequent has emulated sites', () => {
      const other = planProbes(openFile(buildGo({ version })), ALL_GROUPS);
      expect(program.arch).toBe('arm64');
      expect(purposes(plan)).toEqual(purposes(other));
      const asPlanned = (each: ProbePlan) => ({
        ...each,
        sites: [],
        mallocgc: each.mallocgc !== undefined,
      });
      expect(asPlanned(plan)).toEqual(asPlanned(other));
      expect(plan.warnings).toEqual([]);
      for (const site of plan.sites) expectSite(program, path, site);
    });

    it('has its instructions where the disassembler has them', () => {
      const lines = disassembled(
        path,
        plan.sites.map((site) => site.function),
      );
      for (const { address, instruction } of plan.sites) {
        const said = lines.get(address);
        const mnemonic = instruction.split(' ')[0]!;
        expect(said === mnemonic || said?.startsWith(`${mnemonic} `)).toBe(true);
      }
    });

    it('is probed where a call is one call, or where a restarted one can be told', () => {
      const kinds = Object.fromEntries(
        plan.sites.map((site) => [
          site.function.replace('runtime.', ''),
          site.instruction.replace(/ .*/, ''),
        ]),
      );
      expect(kinds).toMatchObject({
        casgstatus: 'tbnz',
        preemptPark: 'b.ls',
        'newproc.func1': 'bl',
        gcSweep: 'b.ls',
        stopTheWorldWithSema: 'b.ls',
        mallocgc: 'b.ls',
        ...(minor >= 27 ? { mallocgcTinySC2: 'b.ls' } : {}),
      });
    });

    it('reads return addresses before they are gone', () => {
      const allocators = plan.sites.filter((site) => site.event === 'alloc');
      const lines = disassembled(
        path,
        allocators.map((site) => site.function),
      );
      for (const site of allocators) {
        const entry = program.functionNamed(site.function)!.entry;
        const before = [...lines].filter(([address]) => address >= entry && address < site.address);
        // The stack's limit is fetched and compared, nothing else.
        expect(before.length).toBeGreaterThan(0);
        for (const [, text] of before)
          expect(text).toMatch(/^(ldr x16|sub x17|subs x1[67]|cmp|b\.)/);
      }
    });

    it('keeps the list of all goroutines where the symbol table says', () => {
      const symbol = /^ *([0-9a-f]+) \w runtime\.allgs$/m.exec(go(['tool', 'nm', path]));
      expect(findAllgs(program)).toBe(Number.parseInt(symbol![1]!, 16));
    });

    it('starts its goroutines with the same functions as on x86-64', () => {
      const starts = (opened: GoProgram) =>
        Array.from(opened.functions())
          .filter((fn) => fn.name.startsWith('main.'))
          .map((fn) => `${fn.name} ${opened.startFunction(fn.entry)?.name}`)
          .sort();
      expect(starts(program)).toEqual(starts(openFile(buildGo({ version }))));
    });
  },
);

describe('the plan for arm64', { timeout: 180_000 }, () => {
  it.each([
    ['stripped', ['-ldflags=-s -w'], {}],
    ['position-independent', ['-buildmode=pie'], {}],
    ['compiled for processors with atomic instructions', [], { GOARM64: 'v8.1' }],
  ])('of a program that is %s has emulated sites', (_, flags, env) => {
    const path = buildGo({ version: '1.26.11', flags, env: { ...ARM64, ...env } });
    const program = openFile(path);
    const plan = planProbes(program, ALL_GROUPS);
    expect(plan.warnings).toEqual([]);
    expect(plan.offsetsSource).toBe('table for go1.26, agreed with casgstatus and newproc1');
    expect(plan.sites).toHaveLength(16);
    for (const site of plan.sites) expectSite(program, path, site);
  });

  it('does not depend on symbols', () => {
    const sites = (flags: string[]) =>
      planProbes(
        openFile(buildGo({ version: '1.22.12', flags, env: ARM64 })),
        ALL_GROUPS,
      ).sites.map((site) => `${site.function} ${site.address}`);
    expect(sites(['-ldflags=-s -w'])).toEqual(sites([]));
  });

  it('of esbuild, which others built, has emulated sites', (context) => {
    const path = esbuildForArm64('0.25.0');
    if (path === undefined) return context.skip('the package cannot be fetched here');
    const program = openFile(path);
    expect([program.arch, program.goVersion]).toEqual(['arm64', 'go1.23.5']);
    const plan = planProbes(program, ALL_GROUPS);
    expect(plan.warnings).toEqual([]);
    expect(plan.sites).toHaveLength(14);
    for (const site of plan.sites) expectSite(program, path, site);
    expect(findAllgs(program)).toBeDefined();
  });
});

/** Path of esbuild's executable for arm64, fetched from npm once. */
function esbuildForArm64(version: string): string | undefined {
  const folder = join(ROOT, '.cache', `esbuild-linux-arm64-${version}`);
  const path = join(folder, 'package', 'bin', 'esbuild');
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const options = { cwd: folder, stdio: 'ignore', timeout: 60_000 } as const;
  try {
    execFileSync('npm', ['pack', `@esbuild/linux-arm64@${version}`], options);
    execFileSync('tar', ['-xzf', `esbuild-linux-arm64-${version}.tgz`], options);
  } catch {
    return undefined;
  }
  return path;
}
