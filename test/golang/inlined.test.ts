/** What is planned for builds in which a profile, or an experiment, has changed the runtime's code. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planProbes, type ProbePlan } from '../../src/golang/index.ts';
import { PROBE_ACTIONS } from '../../src/golang/probe-targets.ts';
import { goOffsets } from '../../src/golang/runtime-layout.ts';
import { goCommand } from '../go-command.ts';
import { buildGo, cacheFile, go, openFile } from './build-go.ts';

const ALL_ACTIONS = new Set<number>(Object.values(PROBE_ACTIONS));
const GROUPS = ['sched', 'alloc', 'gc'] as const;

function functionsOf(plan: ProbePlan, action: keyof typeof PROBE_ACTIONS): string[] {
  return plan.sites
    .filter((site) => site.action === PROBE_ACTIONS[action])
    .map((site) => site.function.replace('runtime.', ''));
}

/** Go's compiler is built with a profile of itself. */
function compiler(version: string): string {
  const root = execFileSync(goCommand(), ['env', 'GOROOT'], {
    encoding: 'utf8',
    env: { ...process.env, GOTOOLCHAIN: `go${version}` },
  });
  return join(root.trim(), 'pkg/tool/linux_amd64/compile');
}

describe.each([
  ['1.20.14', [], [], ['mallocgc'], 0],
  ['1.21.13', [], ['newproc.func1'], ['mallocgc'], 0],
  // Into newstack casgstatus was inlined as well, but only where a stack is copied.
  ['1.22.12', [], [], ['mallocgc'], 0],
  ['1.23.12', [], [], ['mallocgc'], 0],
  ['1.24.13', ['casGToWaiting', 'execute', 'reentersyscall'], [], ['mallocgc'], 0],
  ['1.25.14', ['casGToWaiting', 'execute'], [], ['mallocgc'], 0],
  ['1.26.11', ['casGToWaiting', 'execute', 'gcBgMarkWorker.func2'], [], ['mallocgc'], 5],
  ['1.27.4', [], [], ['mallocgc'], 14],
] as const)('the compiler of Go %s', (version, swaps, creations, mallocgc, leafCount) => {
  it('is planned wholly but for assists in Go 1.22, with emulated sites', () => {
    const plan = planProbes(openFile(compiler(version)), GROUPS, ALL_ACTIONS);
    const isAssistInlined = version === '1.22.12';
    expect(plan.warnings).toEqual(
      isAssistInlined
        ? ['assists of the collector are inlined in this build: no gc_assist events']
        : [],
    );
    expect(plan.inlinedSites).toEqual([]);
    expect(plan.tracksRunning).toBe(true);
    expect(plan.sites.filter((site) => !site.emulated)).toEqual([]);
    expect(functionsOf(plan, 'statusSwap')).toEqual(swaps);
    expect(functionsOf(plan, 'createAt')).toEqual(creations);
    expect(functionsOf(plan, 'mallocgc')).toEqual(mallocgc);
    expect(functionsOf(plan, 'mallocgcLeaf')).toHaveLength(leafCount);
    expect(plan.mallocgc === undefined).toBe(leafCount === 0);
  });

  it('is planned without the actions that are not there, and says what is missing', () => {
    const program = openFile(compiler(version));
    const some = new Set(ALL_ACTIONS);
    for (const action of ['statusSwap', 'createAt', 'mallocgcLeaf'] as const) {
      some.delete(PROBE_ACTIONS[action]);
    }
    const plan = planProbes(program, GROUPS, some);
    expect(plan.inlinedSites).toHaveLength(swaps.length + creations.length);
    expect(plan.sites.every((site) => some.has(site.action))).toBe(true);
    expect(plan.warnings.some((said) => said.includes('casgstatus'))).toBe(swaps.length > 0);
    expect(plan.warnings.some((said) => said.includes('creation'))).toBe(creations.length > 0);
    expect(plan.mallocgc).toBeUndefined();
  });
});

it.each(['1.24.13', '1.26.11'])(
  'in the compiler of Go %s swaps are told behind the swap of the status',
  (version) => {
    const path = compiler(version);
    const program = openFile(path);
    const plan = planProbes(program, ['sched'], ALL_ACTIONS);
    const text = go(['tool', 'objdump', '-s', '^runtime\\.(casGToWaiting|execute)$', path]);
    const lines = text.split('\n');
    for (const name of ['runtime.casGToWaiting', 'runtime.execute']) {
      const site = plan.sites.find((planned) => planned.function === name)!;
      const at = lines.findIndex((line) => line.includes(`\t0x${site.address.toString(16)}\t`));
      const swap = `LOCK CMPXCHGL \\w+, 0x${plan.offsets.gStatus.toString(16)}\\(`;
      expect(lines.slice(at - 4, at).join('\n')).toMatch(new RegExp(swap));
      expect(lines[at]).toMatch(/\tJNE /);
    }
  },
);

describe('coroutines', () => {
  it.each([
    ['1.23.12', ['newcoro.func1']],
    ['1.24.13', []],
    ['1.26.11', []],
    ['1.27.4', []],
  ])('of Go %s are planned', (version, creations) => {
    const program = openFile(buildGo({ version, folder: 'coroutine-program' }));
    const plan = planProbes(program, ['sched'], ALL_ACTIONS);
    const swaps = plan.sites.filter((site) => site.action === PROBE_ACTIONS.statusSwap);
    expect(swaps.map((site) => site.function)).toEqual(
      Array.from({ length: 2 }, () => 'runtime.coroswitch_m'),
    );
    // One stops, the other one goes on.
    expect(swaps[0]!.operands).toMatchObject({ from: { constant: 2 }, to: { constant: 4 } });
    expect(swaps[1]!.operands).toMatchObject({ from: { register: 0 }, to: { constant: 2 } });
    expect(swaps.every((site) => site.emulated)).toBe(true);
    expect(functionsOf(plan, 'createAt')).toEqual(creations);
    expect(plan.tracksRunning).toBe(true);
    expect(plan.warnings).toEqual([]);
    const without = planProbes(program, ['sched'], new Set([PROBE_ACTIONS.casgstatus]));
    expect(without.tracksRunning).toBe(false);
    expect(without.warnings).toContain('switches between coroutines (iter.Pull) are not seen');
  });
});

describe('a profile that has newproc1 and runqput inlined', () => {
  const calls = (lines: readonly [string, string, number][]) =>
    lines.map(([caller, callee, line]) => `${caller}\n${callee}\n${line} 1000\n`).join('');
  // newproc1 is called two lines below the closure's first, runqput five.
  const profile = calls([
    ['runtime.newproc.func1', 'runtime.newproc1', 1],
    ['runtime.newproc.func1', 'runtime.runqput', 4],
  ]);

  it('in Go 1.23 is told behind the store of the number', { timeout: 180_000 }, () => {
    const file = cacheFile('inline-newproc.pgo', `GO PREPROFILE V1\n${profile}`);
    const flags = [`-gcflags=runtime=-pgoprofile=${file}`];
    const program = openFile(buildGo({ version: '1.23.12', flags }));
    expect(program.functionsThatInline(['runtime.newproc1']).get('runtime.newproc1')).toHaveLength(
      1,
    );
    const plan = planProbes(program, ['sched'], ALL_ACTIONS);
    expect(plan.sites.filter((site) => site.action === PROBE_ACTIONS.createAt)).toEqual([
      expect.objectContaining({
        function: 'runtime.newproc.func1',
        rule: 'behind the store of its number',
      }),
    ]);
    expect(plan.warnings).toEqual([]);
  });
});

describe('experiments', { timeout: 180_000 }, () => {
  const fields = {
    gM: 'g.m',
    gStatus: 'g.atomicstatus',
    gGoid: 'g.goid',
    gWaitReason: 'g.waitreason',
    gParentGoid: 'g.parentGoid',
    gGopc: 'g.gopc',
    gStartpc: 'g.startpc',
    mCurg: 'm.curg',
    mP: 'm.p',
    pId: 'p.id',
    gSched: 'g.sched',
    gobufBp: 'gobuf.bp',
    gLabels: 'g.labels',
  };
  it.each([
    ['1.22.12', 'noexectracer2', 'mallocgc'],
    ['1.24.13', 'staticlockranking', 'mallocgc'],
    ['1.26.11', 'goroutineleakprofile', 'mallocgc'],
    ['1.26.11', 'runtimefreegc', 'mallocgc'],
    ['1.26.11', 'sizespecializedmalloc', 'mallocgcTinySize8'],
    ['1.27.4', 'nosizespecializedmalloc', 'mallocgc'],
  ])('Go %s with %s is laid out as without, and planned', (version, experiment, allocator) => {
    const path = buildGo({ version, env: { GOEXPERIMENT: experiment } });
    const program = openFile(path);
    expect(program.experiments).toEqual([experiment]);
    const oracle = buildGo({ version: '1.26.11', folder: 'dwarf-facts' });
    const names = Object.values(fields).map((name) => `runtime.${name}`);
    const stated = new Map(
      execFileSync(oracle, ['fields', path, ...names], { encoding: 'utf8' })
        .trim()
        .split('\n')
        .map((line) => line.split(' ') as [string, string]),
    );
    for (const [field, offset] of Object.entries(goOffsets(program.goMinor))) {
      const name = `runtime.${fields[field as keyof typeof fields]}`;
      expect([name, offset]).toEqual([name, Number(stated.get(name) ?? -1)]);
    }
    const plan = planProbes(program, GROUPS, ALL_ACTIONS);
    expect(plan.warnings).toEqual([]);
    expect([...functionsOf(plan, 'mallocgc'), ...functionsOf(plan, 'mallocgcLeaf')]).toContain(
      allocator,
    );
  });
});
