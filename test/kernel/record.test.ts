/** `xgotop record` on real programs, as a user runs it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { kernelTest } from '../kernel-support.ts';
import { buildGoProgram } from './go-program.ts';
import { readRecording } from './recorded-events.ts';
import { start, xgotop } from './xgotop.ts';

const dir = mkdtempSync(join(tmpdir(), 'xgotop-record-'));
const require = createRequire(import.meta.url);
const platform = `${process.platform}-${process.arch}`;
const ESBUILD = join(dirname(require.resolve(`@esbuild/${platform}/package.json`)), 'bin/esbuild');

/** TypeScript 7's compiler: npm's package is a script that starts it. */
function typescriptCompiler(): string {
  const own = createRequire(require.resolve('typescript-7/package.json'));
  return join(dirname(own.resolve(`@typescript/typescript-${platform}/package.json`)), 'lib/tsc');
}

/** A program that runs until it is killed; fulfilled when it says that it is ready. */
function startSteady(): Promise<ChildProcess> {
  const child = spawn(buildGoProgram('test/kernel/testdata/steady'), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve) => child.stdout.once('data', () => resolve(child)));
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("TypeScript's compiler", () => {
  kernelTest('allocates as often as it says itself, nothing lost', async () => {
    const path = join(dir, 'tsc.arrow');
    const ran = await xgotop([
      'record', '-e', 'sched,gc,alloc', '-o', path, '--',
      typescriptCompiler(), '-p', 'tsconfig.json', '--noEmit', '--extendedDiagnostics',
    ]); // prettier-ignore
    expect(ran.stderr).toMatch(/ 0 lost; tsc exited with 0/);
    const said = Number(/Memory allocs:\s+(\d+)/.exec(ran.stdout)![1]);
    const { recording } = await readRecording(path);
    const allocs = recording.chunks.reduce((sum, chunk) => sum + chunk.eventCounts.alloc, 0);
    expect(said).toBeGreaterThan(200_000);
    expect(Math.abs(allocs - said) / said).toBeLessThan(0.005);
    expect(recording.end.get('exit_code')).toBe('0');
    expect(recording.isComplete).toBe(true);
    expect(statSync(path).size).toBe(recording.byteLength);
  });
});

describe('esbuild, which has no build information', () => {
  kernelTest('is recorded from its first goroutine', async () => {
    const path = join(dir, 'esbuild.arrow');
    const source = join(dir, 'a.js');
    writeFileSync(source, 'export const answer = 42;\n');
    const ran = await xgotop([
      'record', '-e', 'all', '-o', path, '--', ESBUILD, source, '--bundle', '--outfile=/dev/null',
    ]); // prettier-ignore
    expect(ran.stderr).toMatch(/ 0 lost; esbuild exited with 0/);
    const { recording, events } = await readRecording(path);
    expect(recording.meta.goVersion).toMatch(/^go1\.\d+/);
    const first = events.find((event) => event.event === 'go_create');
    expect(first).toMatchObject({ goid: 1, byGoid: 0, func: 'runtime.main' });
    expect(events.filter((event) => event.func.startsWith('github.com/evanw/esbuild')).length)
      .toBeGreaterThan(10); // prettier-ignore
  });
});

/** Fulfilled when the recorder says that it records. */
function untilRecording(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    let said = '';
    child.stderr!.on('data', (text: Buffer) => {
      said += text.toString();
      if (said.includes('Recording ')) resolve();
    });
  });
}

describe('a process that runs already', () => {
  let steady: ChildProcess;
  beforeAll(async () => {
    steady = await startSteady();
  });
  afterAll(() => steady.kill('SIGKILL'));

  kernelTest('is recorded with the goroutines it had before', async () => {
    const path = join(dir, 'steady.arrow');
    const ran = await xgotop(['record', '-p', `${steady.pid}`, '-d', '700ms', '-o', path]);
    expect(ran.stderr).toMatch(/ 0 lost; steady-\w+ goes on running/);
    const { recording, events } = await readRecording(path);
    const { goroutines, dictionaries } = recording;
    const parked = Array.from({ length: goroutines.count }, (_, i) => [
      dictionaries.func[goroutines.func[i]!],
      dictionaries.to_state[goroutines.state[i]!],
      dictionaries.wait_reason[goroutines.waitReason[i]!],
    ].join(' ')); // prettier-ignore
    expect(
      parked.filter((words) => words === 'main.parkedInReceive waiting chan receive'),
    ).toHaveLength(5);
    expect(
      parked.filter((words) => words === 'main.parkedInLock waiting sync.Mutex.Lock'),
    ).toHaveLength(2);
    const created = events.filter((event) => event.func === 'main.ticking.func1');
    // The list of goroutines takes a moment to read; whoever has events later began in sight.
    const known = new Set(Array.from(goroutines.goid, Number));
    const strangers = events.filter(({ event, goid, timeNs }) => {
      if (event === 'go_create') known.add(goid);
      return event.startsWith('go_') && timeNs > 50e6 && !known.has(goid);
    });
    expect(strangers).toEqual([]);
    // Every 2 ms; a busy machine may delay the ticks.
    expect(created.length).toBeGreaterThan(50);
    expect(new Set(created.map((event) => event.byGoid))).toEqual(new Set([1]));
    expect(recording.end.get('reason')).toBe('duration');
  });

  kernelTest('is let go at Ctrl-C, with a whole file', async () => {
    const path = join(dir, 'interrupted.arrow');
    const { child, done } = start(['record', '-p', `${steady.pid}`, '-o', path]);
    await untilRecording(child);
    await sleep(500);
    child.kill('SIGINT');
    expect((await done).code).toBe(0);
    const { recording } = await readRecording(path);
    expect(recording.isComplete).toBe(true);
    expect(recording.end.get('reason')).toBe('signal');
  });

  kernelTest('leaves a file that opens when the recorder is killed', async () => {
    const path = join(dir, 'killed.arrow');
    const { child, done } = start(['record', '-p', `${steady.pid}`, '-o', path]);
    await untilRecording(child);
    await sleep(3000);
    const killedAt = process.hrtime.bigint(); // CLOCK_MONOTONIC, as the recording's
    child.kill('SIGKILL');
    await done;
    const { recording, events } = await readRecording(path);
    expect(recording.isComplete).toBe(false);
    const last = recording.meta.startMonoNs + BigInt(events.at(-1)!.timeNs);
    expect(Number(killedAt - last) / 1e9).toBeLessThan(1);
    expect(events.filter((event) => event.event === 'go_create').length).toBeGreaterThan(100);
    const info = await xgotop(['info', path]);
    expect(info.stdout).toMatch(/cut off/);
  });

  kernelTest('is not overwritten without being asked', async () => {
    const path = join(dir, 'kept.arrow');
    writeFileSync(path, 'mine');
    const ran = await xgotop(['record', '-p', `${steady.pid}`, '-d', '1s', '-o', path]);
    expect([ran.code, readFileSync(path, 'utf8')]).toEqual([1, 'mine']);
    expect(ran.stderr).toContain('--overwrite');
  });
});

describe('a device in the place of the recording', () => {
  kernelTest('is left alone, also with --overwrite', async () => {
    const ran = await xgotop(['record', '-o', '/dev/null', '--overwrite', '--', ESBUILD]);
    expect([ran.code, statSync('/dev/null').isCharacterDevice()]).toEqual([1, true]);
    expect(ran.stderr).toContain('/dev/null exists and is not a file');
  });
});

describe('what cannot be recorded is said in one line', () => {
  kernelTest.for<[what: string, args: string[], message: RegExp, code: number]>([
    ['a program that is not Go', ['--', '/bin/true'], /\/bin\/true: .*not .*Go/, 1],
    ['a script', ['--', 'bin/xgotop'], /bin\/xgotop: .*not/, 1],
    [
      'a command that is not there',
      ['--', 'no-such-command'],
      /no-such-command: command not found/,
      1,
    ],
    ['a process that is not there', ['-p', '4194303'], /there is no process 4194303/, 1],
    ['a thread of the kernel', ['-p', '2'], /process 2 .*kernel/, 1],
    ['a group that is not there', ['-e', 'sched,nope', '-p', '1'], /no group 'nope'/, 2],
    ['nothing', [], /nothing to record/, 2],
  ])('%s', async ([, args, message, code]) => {
    const ran = await xgotop(['record', '-o', join(dir, 'never.arrow'), ...args]);
    expect(ran.stderr).toMatch(message);
    expect(ran.stderr).not.toMatch(/\n {4}at /);
    expect(ran.code).toBe(code);
  });
});
