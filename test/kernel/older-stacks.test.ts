/** Goroutines that were parked before the recording stand where Go's own traceback has them. */
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect } from 'vitest';
import { kernelTest } from '../kernel-support.ts';
import { buildGoProgram } from './go-program.ts';
import { xgotop } from './xgotop.ts';

const TOOLCHAINS = ['local', 'go1.27.4', 'go1.24.13', 'go1.22.12', 'go1.20.14'];

/** Goroutine to its frames, `function line`, innermost first. */
type Stacks = Map<number, string[]>;

/** Not the goroutine's own, or the compiler's wrapper of a go statement: traces leave it out. */
const NO_FRAME = /^created by|^runtime\.goexit$|^(main\.main|runtime\.gcenable)\.(gowrap|func)\d+$/;

/** What the runtime prints of all goroutines on SIGQUIT with GOTRACEBACK=system. */
function printedStacks(text: string): Stacks {
  const stacks: Stacks = new Map();
  for (const block of text.split('\n\n')) {
    const goid = /^goroutine (\d+) /.exec(block)?.[1];
    if (goid === undefined) continue;
    const frames = [...block.matchAll(/^([^\t\n].*)\(.*\)\n\t.*:(\d+)( .*)?$/gm)]
      .filter(([, func]) => !NO_FRAME.test(func!))
      .map(([, func, line]) => `${func} ${line}`);
    stacks.set(Number(goid), frames);
  }
  return stacks;
}

async function rows(path: string, sql: string): Promise<string[][]> {
  const { stdout } = await xgotop(['query', path, sql, '--format', 'csv']);
  return stdout.trim().split('\n').slice(1).map((line) => line.split(',')); // prettier-ignore
}

async function recordedStacks(path: string): Promise<Stacks> {
  const stacks: Stacks = new Map();
  const sql = `SELECT goid, s.func, s.line FROM goroutines JOIN stacks AS s USING (stack)
    ORDER BY goid, position`;
  for (const [goid, func, line] of await rows(path, sql)) {
    const frames = stacks.get(Number(goid)) ?? [];
    stacks.set(Number(goid), [...frames, `${func} ${line}`]);
  }
  return stacks;
}

describe.for(TOOLCHAINS)('a program of %s that runs already', (toolchain) => {
  let ours: Stacks;
  let printed: Stacks;
  let sinceNs: number[];
  let ageNs: number;

  beforeAll(async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'xgotop-older-')), 'run.arrow');
    const started = performance.now();
    const steady = spawn(buildGoProgram('test/kernel/testdata/steady', { toolchain }), {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, GOTRACEBACK: 'system' },
    });
    await new Promise((resolve) => steady.stdout.once('data', resolve));
    const record = ['record', '-p', `${steady.pid}`, '-d', '300ms', '--stacks', 'sched=128'];
    const ran = await xgotop([...record, '-o', path]);
    expect(ran.code, ran.stderr).toBe(0);
    ageNs = (performance.now() - started) * 1e6;
    let said = '';
    steady.stderr.on('data', (text: Buffer) => (said += text.toString()));
    steady.kill('SIGQUIT');
    await new Promise((resolve) => steady.once('close', resolve));
    printed = printedStacks(said);
    ours = await recordedStacks(path);
    sinceNs = (
      await rows(
        path,
        "SELECT waited_since_ns FROM goroutines WHERE func::VARCHAR LIKE 'main.parked%'",
      )
    ).map(([since]) => Number(since));
  }, 120_000);

  kernelTest('they stand where the runtime says, frame by frame', () => {
    const parked = [...printed].filter(([, frames]) =>
      frames.some((frame) => frame.startsWith('main.parkedIn')),
    );
    expect(parked).toHaveLength(7);
    for (const [goid, frames] of parked) expect([goid, ours.get(goid)]).toEqual([goid, frames]);
    // The runtime's own, parked as well.
    const own = [...ours].filter(([, frames]) => /^runtime\.bgsweep /.test(frames.at(-1)!));
    expect(own).toHaveLength(1);
    expect(own[0]![1]).toEqual(printed.get(own[0]![0]));
  });

  kernelTest('they wait since about the collection that the runtime noted', () => {
    expect(sinceNs).toHaveLength(7);
    for (const since of sinceNs) {
      expect(since).toBeLessThan(0);
      expect(since).toBeGreaterThan(-ageNs);
    }
  });
});
