/**
 * Programs whose runtime was changed by a profile of themselves, recorded beside Go's tracer.
 *
 * The profile is taken here, so what is inlined may differ a little from run to run; whatever
 * it is, either everything is recorded or the recording says what is not.
 */
import { mkdtempSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { planProbes } from '../../src/golang/index.ts';
import { goCommand } from '../go-command.ts';
import { openFile } from '../golang/build-go.ts';
import { kernelTest } from '../kernel-support.ts';
import { buildGoProgram } from './go-program.ts';
import { readGoTrace } from './go-trace.ts';
import { readRecording } from './recorded-events.ts';
import { xgotop } from './xgotop.ts';

const SOURCE = 'test/kernel/testdata/pgo';
/** Two builds of all of the runtime, and on a new machine a toolchain that is fetched. */
const BUILDS_MS = 300_000;

describe.for(['go1.22.12', 'go1.24.13', 'go1.26.11', 'go1.27.4'])('built by %s', (toolchain) => {
  const what = 'a program with its own profile is recorded wholly, or with a warning';
  kernelTest(what, { timeout: BUILDS_MS }, async () => {
    const dir = mkdtempSync(join(tmpdir(), 'xgotop-pgo-'));
    const profile = join(dir, 'cpu.pprof');
    execFileSync(buildGoProgram(SOURCE, { toolchain }), ['profile', profile], { stdio: 'ignore' });
    const program = buildGoProgram(SOURCE, { toolchain, flags: [`-pgo=${profile}`] });
    const copies = openFile(program).functionsThatInline(['runtime.casgstatus']);
    expect(copies.get('runtime.casgstatus')).not.toEqual([]);
    const { inlinedSites, warnings } = planProbes(openFile(program), ['sched', 'alloc', 'gc']);

    const [tracePath, path] = [join(dir, 'go.trace'), join(dir, 'run.arrow')];
    const ran = await xgotop([
      'record',
      '-e',
      'all',
      '-o',
      path,
      '--',
      program,
      'trace',
      tracePath,
    ]);
    expect([ran.code, ran.stderr]).toEqual([0, expect.any(String)]);
    for (const warning of warnings) expect(ran.stderr).toContain(warning);
    if (inlinedSites.length > 0) {
      expect(ran.stderr).toContain('inlined');
      return;
    }

    const { transitions: trace } = await readGoTrace(goCommand(), tracePath);
    const { events } = await readRecording(path);
    const lives = (steps: readonly { goid: number; from: string; to: string }[]) => {
      const byGoid = new Map<number, string[]>();
      for (const { goid, from, to } of steps) {
        if (from === 'syscall' || to === 'syscall') continue;
        const said = byGoid.get(goid) ?? byGoid.set(goid, []).get(goid)!;
        said.push(`${from}->${to}`);
      }
      return byGoid;
    };
    const state = (name: string) => (name === 'NotExist' ? name : name.toLowerCase());
    const theirs = lives(
      trace.map((t) => ({ goid: t.goid, from: state(t.from), to: state(t.to) })),
    );
    const named = (name: string) => (name === '' || name === 'dead' ? 'NotExist' : name);
    const mine = lives(
      events
        .filter((event) => event.event.startsWith('go_'))
        .map((event) => ({ goid: event.goid, from: named(event.from), to: named(event.to) })),
    );
    let compared = 0;
    const differences: string[] = [];
    for (const [goid, steps] of theirs) {
      if (steps[0] !== 'NotExist->runnable' || steps.at(-1) !== 'running->NotExist') continue;
      compared++;
      const own = mine.get(goid)?.join();
      if (own !== steps.join()) differences.push(`g${goid}: ${steps.join()} | ${own ?? ''}`);
    }
    expect(compared).toBeGreaterThan(400);
    expect(differences.slice(0, 5)).toEqual([]);
    const mallocs = Number(/mallocs (\d+)/.exec(ran.stdout)![1]);
    const allocs = events.filter((event) => event.event === 'alloc').length;
    expect(allocs).toBeGreaterThanOrEqual(mallocs);
    expect(allocs - mallocs).toBeLessThan(mallocs * 0.05);
  });
});
