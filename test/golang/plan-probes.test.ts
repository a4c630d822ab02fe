import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  planProbes,
  type GoProgram,
  type ProbePlan,
  type ProbeSitePlan,
} from '../../src/golang/index.ts';
import { PROBE_ACTIONS, WIRED_ACTIONS } from '../../src/golang/probe-targets.ts';
import { goCommand } from '../go-command.ts';
import {
  GO_VERSIONS,
  OTHER_GO_VERSIONS,
  buildGo,
  cacheFile,
  fileBytes,
  go,
  npmProgram,
  openFile,
} from './build-go.ts';

const ALL_GROUPS = [
  'sched',
  'alloc',
  'gc',
  'chan',
  'sync',
  'net',
  'timer',
  'panic',
  'stack',
  'labels',
] as const;

/** What the kernel is told of every site: the bytes there, as the disassembler reads them. */
const ENCODINGS: Readonly<Record<string, RegExp>> = {
  'push rbp': /^55/,
  nop: /^90/,
  jbe: /^(76|0f86)/,
  call: /^e8/,
};

function expectSites(program: GoProgram, path: string, plan: ProbePlan): void {
  const bytes = fileBytes(path);
  for (const site of plan.sites) {
    expect(program.fileOffsetOf(site.address)).toBe(site.fileOffset);
    // Of what happens once the price does not matter: runtime.throw of Go 1.20 has no such place.
    if (site.event === 'fatal' && !site.emulated) continue;
    const code = Buffer.from(bytes.read(site.fileOffset, 8)).toString('hex');
    expect(code).toMatch(ENCODINGS[site.instruction.replace(/ (0x|runtime).*/, '')]!);
    expect(site.emulated).toBe(true);
    expect(program.functionAt(site.address)?.name).toBe(site.function);
    expect(site.stackCheck).toBe(site.instruction.startsWith('jbe'));
  }
}

const short = (site: ProbeSitePlan) => `${site.event} ${site.function.replace('runtime.', '')}`;

describe.each([...GO_VERSIONS, ...OTHER_GO_VERSIONS])(
  'the plan for a program of Go %s',
  (version) => {
    const minor = Number(version.split('.')[1]);
    let path: string;
    let program: GoProgram;
    let plan: ProbePlan;
    beforeAll(() => {
      path = buildGo({ version });
      program = openFile(path);
      plan = planProbes(program, ALL_GROUPS);
    });

    it('has only emulated sites, and nothing to warn of', () => {
      expectSites(program, path, plan);
      expect(plan.warnings).toEqual([]);
    });

    it('has its instructions where the disassembler has them', () => {
      const text = go(['tool', 'objdump', '-s', `^(${functionPattern(plan)})$`, path]);
      const starts = new Set(
        Array.from(text.matchAll(/0x([0-9a-f]+)\t/g), (m) => Number(`0x${m[1]}`)),
      );
      for (const site of plan.sites)
        expect([site.function, starts.has(site.address)]).toEqual([site.function, true]);
    });

    it('covers the events of the groups', () => {
      const syscalls = minor >= 26 ? ['go_state reentersyscall', 'go_state exitsyscall'] : [];
      expect(planProbes(program, ['sched']).sites.map(short)).toEqual([
        'go_state casgstatus',
        'go_state preemptPark',
        ...syscalls,
        'go_create newproc.func1',
      ]);
      expect(planProbes(program, ['gc']).sites.map(short)).toEqual([
        'gc_begin gcBgMarkStartWorkers',
        'gc_end gcSweep',
        'stw_begin stopTheWorldWithSema',
        'stw_end startTheWorldWithSema',
        'gc_trigger gcStart',
        'gc_heap_live (*gcControllerState).resetLive',
        'gc_assist_begin gcAssistAlloc1',
        'gc_assist_end gcAssistAlloc1',
        'gc_heap_goal gcControllerCommit',
        'gc_sweep_end sweepone',
      ]);
      const allocators = planProbes(program, ['alloc']).sites.map((site) => site.function);
      if (minor >= 27) {
        // mallocgc calls those, too: hits that return to it are dropped.
        expect(allocators[0]).toBe('runtime.mallocgc');
        expect(allocators.filter((name) => /SC\d+$/.test(name))).toHaveLength(14);
      } else {
        expect(allocators).toEqual(['runtime.mallocgc']);
      }
      expect(planProbes(program, []).sites).toEqual([]);
      expect(planProbes(program, ['alloc']).tracksRunning).toBe(false);
    });

    it('knows what its version does', () => {
      expect(plan).toMatchObject({
        casTellsSyscalls: minor <= 25,
        createFromCas: false,
        createParkedFromCas: minor >= 24,
        tracksRunning: true,
        stwBeginHasReason: minor >= 21,
        stwEndHasReason: minor >= 22,
        offsetsSource: `table for go1.${minor}, agreed with casgstatus and newproc1`,
      });
    });

    it('has the offsets of the debug information', () => {
      const fields = {
        gM: 'runtime.g.m',
        gStatus: 'runtime.g.atomicstatus',
        gGoid: 'runtime.g.goid',
        gWaitReason: 'runtime.g.waitreason',
        gParentGoid: 'runtime.g.parentGoid',
        gGopc: 'runtime.g.gopc',
        gStartpc: 'runtime.g.startpc',
        mCurg: 'runtime.m.curg',
        mP: 'runtime.m.p',
        pId: 'runtime.p.id',
        gSched: 'runtime.g.sched',
        gobufBp: 'runtime.gobuf.bp',
        gLabels: 'runtime.g.labels',
      };
      const oracle = buildGo({ version: '1.26.11', folder: 'dwarf-facts' });
      const text = execFileSync(oracle, ['fields', path, ...Object.values(fields)], {
        encoding: 'utf8',
      });
      const stated = new Map(
        text
          .trim()
          .split('\n')
          .map((line) => line.split(' ') as [string, string]),
      );
      const offsets = Object.entries(fields).map(([key, name]) => [
        key,
        Number(stated.get(name) ?? -1),
      ]);
      // Whether the code sets labels is another question.
      const { gLabels } = program.structOffsets().offsets;
      expect({ ...plan.offsets, gLabels }).toEqual(Object.fromEntries(offsets));
    });

    it('has the wait reasons of its runtime', () => {
      const source = readFileSync(join(goRoot(version), 'src/runtime/runtime2.go'), 'utf8');
      const names = /^\twaitReasonZero [\s\S]*?^\)/m.exec(source)![0].match(/^\twaitReason\w+/gm)!;
      const texts = new Map(
        Array.from(source.matchAll(/^\t(waitReason\w+): +"(.*)",/gm), (m) => [m[1]!, m[2]!]),
      );
      expect(plan.waitReasons).toEqual(names.map((name) => texts.get(name.trim())!));
      expect(plan.preemptedReason).toBe(plan.waitReasons.indexOf('preempted'));
      expect(plan.knownReasons).toBe(2n ** BigInt(names.length) - 1n);
      const pretended = plan.waitReasons.filter(
        (_, n) => ((plan.pretendedReasons >> BigInt(n)) & 1n) === 1n,
      );
      const listed = /^var isWaitingFor\w+ = [\s\S]*?^}/m.exec(source)?.[0].match(/waitReason\w+/g);
      // The runtime has the list from 1.23 on; the heap dump does the same without being in it.
      const reasons = listed?.flatMap((name) => texts.get(name) ?? []) ?? ['stopping the world'];
      if (minor >= 20) expect(pretended).toEqual(expect.arrayContaining(reasons));
      if (listed !== undefined) expect(pretended).toHaveLength(reasons.length + 1);
      for (const real of ['sleep', 'select', 'chan receive', 'IO wait', 'GC assist wait']) {
        expect(pretended).not.toContain(real);
      }
    });
  },
);

/** Folder of a toolchain that was fetched for a build. */
function goRoot(version: string): string {
  return execFileSync(goCommand(), ['env', 'GOROOT'], {
    encoding: 'utf8',
    env: { ...process.env, GOTOOLCHAIN: `go${version}` },
  }).trim();
}

function functionPattern(plan: ProbePlan): string {
  return plan.sites.map((site) => site.function.replaceAll(/[.*()]/g, '\\$&')).join('|');
}

// Some of these build programs first.
describe('plans', { timeout: 180_000 }, () => {
  it.each([
    ['the TypeScript compiler', npmProgram('tsc')],
    ['esbuild', npmProgram('esbuild')],
    ['the go command', goCommand()],
    ['a position-independent program', buildGo({ version: '1.25.14', flags: ['-buildmode=pie'] })],
    ['a stripped one', buildGo({ version: '1.22.12', flags: ['-ldflags=-s -w'] })],
    [
      'one with C in it',
      buildGo({ version: '1.26.11', folder: 'cgo-program', env: { CGO_ENABLED: '1' } }),
    ],
  ])('of %s have only emulated sites', (_, path) => {
    const program = openFile(path);
    const plan = planProbes(program, ALL_GROUPS);
    expectSites(program, path, plan);
    expect(plan.warnings).toEqual([]);
  });

  it('know the actions of bpf/event.h', () => {
    const header = readFileSync(new URL('../../bpf/event.h', import.meta.url), 'utf8');
    const names = {
      casgstatus: 'CASGSTATUS',
      runqputCall: 'RUNQPUT_CALL',
      mallocgc: 'MALLOCGC',
      syscallEnter: 'SYSCALL_ENTER',
      syscallExit: 'SYSCALL_EXIT',
      gcBegin: 'GC_BEGIN',
      gcEnd: 'GC_END',
      stwBegin: 'STW_BEGIN',
      stwEnd: 'STW_END',
      preemptPark: 'PREEMPT_PARK',
      statusSwap: 'STATUS_SWAP',
      createAt: 'CREATE_AT',
      mallocgcLeaf: 'MALLOCGC_LEAF',
      call: 'CALL',
    };
    expect(Object.keys(names).sort()).toEqual(Object.keys(PROBE_ACTIONS).sort());
    for (const [action, name] of Object.entries(names)) {
      const found = new RegExp(`PROBE_${name} = (\\d+)|X\\((\\d+), ${name},`).exec(header);
      const number = PROBE_ACTIONS[action as keyof typeof names];
      expect([name, found === null ? undefined : Number(found[1] ?? found[2])]).toEqual([
        name,
        WIRED_ACTIONS.has(number) ? number : undefined,
      ]);
    }
  });

  it('tell which functions were inlined by a profile-guided build', () => {
    const version = '1.26.11';
    const source = readFileSync(join(goRoot(version), 'src/runtime/proc.go'), 'utf8').split('\n');
    // Calls are named by their distance in lines from the function's first.
    const offset = (outer: string, call: string, start = outer) => {
      const first = source.findIndex((line, i) => line.includes(start) && i >= lineOf(outer));
      return source.findIndex((line, i) => i > first && line.includes(call)) - first;
    };
    const lineOf = (text: string) => source.findIndex((line) => line.startsWith(text));
    const closure = ['func newproc(fn', 'systemstack(func() {'] as const;
    const profile = [
      ['runtime.execute', 'runtime.casgstatus', offset('func execute(', 'casgstatus(')],
      ['runtime.newproc.func1', 'runtime.newproc1', offset(closure[0], 'newproc1(', closure[1])],
      ['runtime.newproc.func1', 'runtime.runqput', offset(closure[0], 'runqput(', closure[1])],
    ]
      .map(([caller, callee, line]) => `${caller}\n${callee}\n${line} 1000\n`)
      .join('');
    const file = cacheFile('inline-runtime.pgo', `GO PREPROFILE V1\n${profile}`);
    const program = openFile(buildGo({ version, flags: [`-gcflags=runtime=-pgoprofile=${file}`] }));
    const inlinedUnseen = new Set(
      [...WIRED_ACTIONS].filter((action) => action < PROBE_ACTIONS.statusSwap),
    );
    const plan = planProbes(program, ['sched'], inlinedUnseen);
    expect(plan.warnings).toEqual([
      '1 place runs runtime.casgstatus inlined, unseen: runtime.execute',
    ]);
    expect(plan.createFromCas).toBe(true);
    expect(plan.tracksRunning).toBe(false);
    expect(plan.sites.map(short)).not.toContain('go_create newproc.func1');
  });
});
