/** Several processes in one recording, each way of choosing them; goroutines are counted by process. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { afterEach, describe, expect } from 'vitest';
import { openRecording } from '../../src/format/index.ts';
import { openFileSource } from '../../src/query/file-source.ts';
import { kernelTest } from '../kernel-support.ts';
import { buildGoProgram } from './go-program.ts';
import { start, xgotop } from './xgotop.ts';

const dir = mkdtempSync(join(tmpdir(), 'xgotop-targets-'));
const FAMILY = 'test/kernel/testdata/family';
const STATIC = buildGoProgram(FAMILY);
/** Of a file that no other process executes. */
const ALONE = buildGoProgram(FAMILY, { flags: ['-ldflags=-s'] });
const MOVABLE = buildGoProgram(FAMILY, { flags: ['-buildmode=pie'] });

type Asked = ChildProcessByStdio<Writable, Readable, null>;
const asked: Asked[] = [];
afterEach(() => {
  for (const child of asked.splice(0)) child.kill('SIGKILL');
});

/** Start a program that works once for each line it is given; fulfilled when it is ready. */
async function startAsked(command: readonly string[]): Promise<Asked> {
  const child = spawn(command[0]!, command.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
  asked.push(child);
  const ended = new Promise<never>((_, reject) => {
    child.once('exit', (code) => reject(new Error(`${command.join(' ')} exited with ${code}`)));
  });
  await Promise.race([line(child), ended]);
  return child;
}

const line = (child: Asked) => new Promise<void>((resolve) => child.stdout.once('data', resolve));
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Let it work, and end. */
async function ask(child: Asked): Promise<void> {
  const done = line(child);
  child.stdin.end('go\n');
  await done;
}

/** Fulfilled when the recorder has written that it records. */
function recording({ child }: ReturnType<typeof start>): Promise<void> {
  return new Promise((resolve) => {
    child.stderr.on('data', (text: Buffer) => {
      if (text.toString().includes('Recording')) resolve();
    });
  });
}

/** Ctrl-C, after what has happened was told. Returns what the recorder said. */
async function stop(recorder: ReturnType<typeof start>): Promise<string> {
  await sleep(400);
  recorder.child.kill('SIGINT');
  const { code, stderr } = await recorder.done;
  expect(code, stderr).toBe(0);
  return stderr;
}

/** How many goroutines each process started in `main.worked`, and rows of part `processes`. */
async function read(path: string) {
  const source = await openFileSource(path);
  const opened = await openRecording(source);
  const { event, func } = opened.dictionaries;
  const worked = new Map<number, number>();
  for (const { chunkIndex, rowCount } of opened.chunks) {
    const rows = await opened.readEvents(chunkIndex, ['event', 'func', 'pid']);
    for (let row = 0; row < rowCount; row++) {
      if (event[rows.event[row]!] !== 'go_create') continue;
      if (func[rows.func[row]!] !== 'main.worked') continue;
      worked.set(rows.pid[row]!, (worked.get(rows.pid[row]!) ?? 0) + 1);
    }
  }
  source.close();
  return { worked, processes: opened.processes, end: opened.end };
}

/** What the programs said themselves: `worked PID COUNT` on lines of stdout. */
function said(stdout: string): Map<number, number> {
  const counts = new Map<number, number>();
  for (const [, pid, count] of stdout.matchAll(/worked (\d+) (\d+)/g)) {
    counts.set(Number(pid), (counts.get(Number(pid)) ?? 0) + Number(count));
  }
  return counts;
}

describe.each([
  ['a static executable', STATIC],
  ['a position-independent one', MOVABLE],
])('%s', (_, program) => {
  kernelTest('two processes that are named', async () => {
    const a = await startAsked([program, 'asked', '11']);
    const b = await startAsked([program, 'asked', '23']);
    const other = await startAsked([program, 'asked', '37']);
    const path = join(dir, `${program.split('/').at(-1)!}-named.arrow`);
    const recorder = start(['record', '-p', `${a.pid!},${b.pid!}`, '-o', path]);
    await recording(recorder);
    await Promise.all([ask(other), ask(a), ask(b)]);
    const { code, stderr } = await recorder.done;
    expect(stderr).toMatch(/ 0 lost; 2 processes of .*, all ended/);
    expect(code).toBe(0);
    const { worked, processes, end } = await read(path);
    expect(worked).toEqual(new Map([[a.pid!, 11], [b.pid!, 23]])); // prettier-ignore
    expect(processes.map((row) => [row.pid, row.startedNs, row.exitCode])).toEqual([
      [a.pid!, -1, 0],
      [b.pid!, -1, 0],
    ]);
    expect(end.get('reason')).toBe('exit');
    const biases = new Set(processes.map(({ bias }) => bias));
    expect(biases.size).toBe(program === STATIC ? 1 : 2);
  });

  kernelTest('every process of the executable, one from before and one from after', async () => {
    const before = await startAsked([program, 'asked', '11']);
    const path = join(dir, `${program.split('/').at(-1)!}-binary.arrow`);
    const recorder = start(['record', '-b', program, '-o', path]);
    await recording(recorder);
    const after = await startAsked([program, 'asked', '23']);
    await Promise.all([ask(before), ask(after)]);
    expect(await stop(recorder)).toMatch(/ 0 lost; 2 processes of .*, all ended/);
    const { worked, processes } = await read(path);
    expect(worked).toEqual(new Map([[before.pid!, 11], [after.pid!, 23]])); // prettier-ignore
    expect(processes.map(({ pid, parentPid }) => [pid, parentPid])).toEqual([
      [before.pid!, process.pid],
      [after.pid!, process.pid],
    ]);
    expect(processes[0]!.startedNs).toBe(-1);
    expect(processes[1]!.startedNs).toBeGreaterThan(0);
  });

  kernelTest('a command and the children it starts of itself', async () => {
    const path = join(dir, `${program.split('/').at(-1)!}-children.arrow`);
    const ran = await xgotop(['record', '-o', path, '--', program, 'children', '3', '7']);
    expect(ran.stderr).toMatch(/ 0 lost; 4 processes of .*, all ended/);
    const { worked, processes } = await read(path);
    expect([...worked.values()].sort((a, b) => a - b)).toEqual([7, 10, 20, 30]);
    expect(worked).toEqual(said(ran.stdout));
    const [parent, ...children] = processes;
    expect(children.map(({ parentPid }) => parentPid)).toEqual(Array(3).fill(parent!.pid));
    for (const child of children) {
      expect(child.endedNs).toBeGreaterThan(child.startedNs);
      expect(parent!.endedNs).toBeGreaterThan(child.endedNs);
    }
  });

  kernelTest('a command that executes itself anew', async () => {
    const path = join(dir, `${program.split('/').at(-1)!}-again.arrow`);
    const ran = await xgotop(['record', '-o', path, '--', program, 'again', '5', '9']);
    const { worked, processes } = await read(path);
    expect([...worked.values()]).toEqual([14]);
    expect(worked).toEqual(said(ran.stdout));
    expect(processes.map(({ exitCode }) => exitCode)).toEqual([-1, 0]);
    expect(processes[1]!.pid).toBe(processes[0]!.pid);
    expect(processes[1]!.startedNs).toBeGreaterThan(processes[0]!.endedNs);
    const query = `SELECT count(*) FROM spans, (SELECT min(ended_ns) AS exec_ns FROM processes)
      WHERE start_ns < exec_ns AND end_ns > exec_ns`;
    expect((await xgotop(['query', path, query, '--format', 'csv'])).stdout).toMatch(/\n0\n$/);
  });
});

describe('a process that is named', () => {
  kernelTest('leaves when it executes another program', async () => {
    const path = join(dir, 'leave.arrow');
    const ran = await xgotop(['record', '-o', path, '--', STATIC, 'leave', '5', '0.5']);
    const { worked, processes, end } = await read(path);
    expect(worked).toEqual(said(ran.stdout));
    expect(processes).toHaveLength(1);
    expect(Number(end.get('ended_ns'))).toBeGreaterThan(processes[0]!.endedNs);
  });

  kernelTest('is followed when a thread that does not lead it executes it anew', async () => {
    const path = join(dir, 'elsewhere.arrow');
    const child = await startAsked([ALONE, 'elsewhere', '7']);
    const recorder = start(['record', '-p', `${child.pid!}`, '-o', path]);
    await recording(recorder);
    await ask(child);
    expect((await recorder.done).stderr).toMatch(/2 processes of .*, all ended\n/);
    const { worked, processes } = await read(path);
    expect([...worked]).toEqual([[child.pid, 7]]);
    expect(processes).toHaveLength(2);
  });

  kernelTest('tells its exit code, though it is no child', async () => {
    const path = join(dir, 'fail.arrow');
    const recorder = start(['record', '-b', STATIC, '-o', path]);
    await recording(recorder);
    const failing = spawn(STATIC, ['fail', '4'], { stdio: 'ignore' });
    await new Promise((resolve) => failing.once('exit', resolve));
    await stop(recorder);
    const { processes } = await read(path);
    expect(processes.map(({ pid, exitCode }) => [pid, exitCode])).toEqual([[failing.pid, 3]]);
  });

  kernelTest('by others than its executable is refused', async () => {
    const a = await startAsked([STATIC, 'asked', '1']);
    const b = await startAsked([MOVABLE, 'asked', '1']);
    const ran = await xgotop(['record', '-p', `${a.pid!},${b.pid!}`, '-o', join(dir, 'no.arrow')]);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(/run different executables\n {2}a recording is of one executable/);
  });
});

describe('processes chosen by what they are', () => {
  kernelTest('by name, waited for until there is one', async () => {
    const path = join(dir, 'comm.arrow');
    const name = STATIC.split('/').at(-1)!;
    const recorder = start(['record', '--comm', name, '-o', path]);
    const starting = recording(recorder);
    await new Promise<void>((resolve) => {
      recorder.child.stderr.on('data', (text: Buffer) => {
        if (text.toString().includes('waiting for one')) resolve();
      });
    });
    const child = await startAsked([STATIC, 'asked', '17']);
    await starting;
    await ask(child);
    await stop(recorder);
    expect((await read(path)).worked).toEqual(new Map([[child.pid!, 17]]));
  });

  kernelTest('by name, and no others of the executable', async () => {
    const path = join(dir, 'renamed.arrow');
    const recorder = start(['record', '-b', STATIC, '--comm', 'other', '-o', path]);
    await recording(recorder);
    const ran = spawn(STATIC, ['now', '5'], { stdio: 'ignore' });
    await new Promise((resolve) => ran.once('exit', resolve));
    expect(await stop(recorder)).toMatch(/: 0 events .* no process of/);
    expect((await read(path)).worked.size).toBe(0);
  });

  kernelTest('by cgroup, with those below it', async ({ skip }) => {
    const mounted = /^\S+ (\S+) cgroup2 \S*\brw\b/m.exec(readFileSync('/proc/mounts', 'utf8'))?.[1];
    if (mounted === undefined) return skip('no cgroup v2 is mounted here that may be written to');
    const group = join(mounted, `xgotop-test-${process.pid}`);
    const below = join(group, 'below');
    mkdirSync(below, { recursive: true });
    try {
      const a = await startAsked([STATIC, 'asked', '11']);
      const b = await startAsked([STATIC, 'asked', '23']);
      const outside = await startAsked([STATIC, 'asked', '37']);
      writeFileSync(join(group, 'cgroup.procs'), `${a.pid!}`);
      writeFileSync(join(below, 'cgroup.procs'), `${b.pid!}`);
      const path = join(dir, 'cgroup.arrow');
      const recorder = start(['record', '--cgroup', group, '-o', path]);
      await recording(recorder);
      await Promise.all([ask(outside), ask(a), ask(b)]);
      await stop(recorder);
      const { worked } = await read(path);
      expect(worked).toEqual(new Map([[a.pid!, 11], [b.pid!, 23]])); // prettier-ignore
    } finally {
      rmdirSync(below);
      rmdirSync(group);
    }
  });

  kernelTest('in a cgroup that is none, refused at once', async () => {
    const ran = await xgotop(['record', '--cgroup', '/tmp', '-o', join(dir, 'none.arrow')]);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('/tmp is not a cgroup of version 2');
  });
});

describe('PID namespaces', () => {
  kernelTest('of the program, below that of the recorder', async () => {
    const child = await startAsked(['unshare', '-pf', '--mount-proc', STATIC, 'asked', '19']);
    const children = readFileSync(`/proc/${child.pid!}/task/${child.pid!}/children`, 'utf8');
    const pid = Number(children.trim());
    const path = join(dir, 'nested.arrow');
    const recorder = start(['record', '-p', `${pid}`, '-o', path]);
    await recording(recorder);
    await ask(child);
    await recorder.done;
    const { worked, processes } = await read(path);
    expect(worked).toEqual(new Map([[pid, 19]]));
    expect(processes[0]!.parentPid).toBe(child.pid);
  });

  kernelTest('of the recorder, with the program below it', async () => {
    const path = join(dir, 'within.arrow');
    const log = join(dir, 'within.log');
    const script = `node bin/xgotop record -b "$0" -o "$1" 2> "$2" & recorder=$!
      until grep -q Recording "$2"; do sleep 0.1; done
      unshare -pf --mount-proc "$0" now 6; "$0" now 8
      sleep 0.4; kill -INT $recorder; wait`;
    const shell = spawn(
      'unshare',
      ['-pf', '--mount-proc', 'sh', '-c', script, STATIC, path, log],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    ); // prettier-ignore
    let stdout = '';
    shell.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
    await new Promise((resolve) => shell.once('close', resolve));
    expect(readFileSync(log, 'utf8')).toMatch(/ 0 lost; 2 processes of/);
    const { worked, processes } = await read(path);
    expect([...worked.values()]).toEqual([6, 8]);
    // Its own number of itself is 1.
    expect(said(stdout).get(1)).toBe(6);
    for (const { pid, parentPid } of processes) {
      expect(pid).toBeLessThan(1000);
      expect(parentPid).toBeGreaterThan(0);
    }
  });
});

describe('usage', () => {
  kernelTest.for([
    [['-p', '1', '-b', STATIC]],
    [['-p', '1', '--', STATIC]],
    [['-b', STATIC, '--', STATIC]],
    [['-p', '1,x']],
    [[]],
  ] as const)('%j is refused', async ([args]) => {
    const ran = await xgotop(['record', ...args]);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/^error: /);
  });
});
