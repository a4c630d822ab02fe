/** Programs started stopped, and how they end. */
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { loadNative, type SpawnOptions } from '../../src/record/native.ts';

const native = loadNative();
const dir = mkdtempSync(join(tmpdir(), 'xgotop-child-'));
const base: SpawnOptions = { file: '/bin/sh', args: ['sh'], env: ['PATH=/bin:/usr/bin'], cwd: dir };
const shell = (script: string, more: Partial<SpawnOptions> = {}): SpawnOptions => ({
  ...base,
  args: ['sh', '-c', script],
  ...more,
});

async function ended(pid: number) {
  for (;;) {
    const exit = native.reap(pid);
    if (exit !== undefined) return exit;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

it('does not run before it is released', async () => {
  const child = native.spawnStopped(shell('touch started'));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(existsSync(join(dir, 'started'))).toBe(false);
  expect(native.reap(child.pid)).toBeUndefined();
  child.release();
  expect(await ended(child.pid)).toEqual({ exitCode: 0 });
  expect(existsSync(join(dir, 'started'))).toBe(true);
});

it.for<[script: string, exit: object]>([
  ['exit 0', { exitCode: 0 }],
  ['exit 7', { exitCode: 7 }],
  ['kill -9 $$', { signal: 9 }],
])('`%s` ends as it says', async ([script, exit]) => {
  const child = native.spawnStopped(shell(script));
  child.release();
  expect(await ended(child.pid)).toEqual(exit);
});

it.for<[file: string, cwd: string, code: string]>([
  ['/no/such/file', dir, 'ENOENT'],
  ['/etc/passwd', dir, 'EACCES'],
  ['/bin/true', '/no/such/folder', 'ENOENT'],
])('%s in %s cannot be started: %s', ([file, cwd, code]) => {
  const child = native.spawnStopped({ ...base, file, args: [file], cwd });
  expect(() => child.release()).toThrow(expect.objectContaining({ code }) as Error);
  // Nothing is left to wait for.
  expect(() => native.reap(child.pid)).toThrow(
    expect.objectContaining({ code: 'ECHILD' }) as Error,
  );
});

it('gets the arguments, environment, folder and signals of a fresh program', async () => {
  const script =
    'printf "%s|%s|%s|" "$1" "$NAME" "$PWD" > out; exec grep -E "SigBlk|SigIgn" /proc/self/status >> out';
  const child = native.spawnStopped({
    ...base,
    args: ['sh', '-c', script, 'sh', 'an argument'],
    env: ['NAME=a value', 'PATH=/bin:/usr/bin'],
  });
  child.release();
  await ended(child.pid);
  const said = readFileSync(join(dir, 'out'), 'utf8');
  expect(said.split('|').slice(0, 3)).toEqual(['an argument', 'a value', dir]);
  expect(said).toMatch(/SigBlk:\s+0+\nSigIgn:\s+0+\n/);
});

it.skipIf(process.getuid?.() !== 0)(
  'runs as the user asked for, with its groups only',
  async () => {
    const child = native.spawnStopped(
      shell('[ "$(id -u) $(id -g) $(id -G)" = "65534 65533 65533 65532" ]', {
        uid: 65534,
        gid: 65533,
        groups: [65532],
        cwd: '/',
      }),
    );
    child.release();
    expect(await ended(child.pid)).toEqual({ exitCode: 0 });
  },
);

it('is killed while it waits', async () => {
  const child = native.spawnStopped(shell('exit 0'));
  native.kill(child.pid, 9);
  expect(await ended(child.pid)).toEqual({ signal: 9 });
  expect(() => child.release()).toThrow(expect.objectContaining({ code: 'EPIPE' }) as Error);
});

it('ends when whoever started it dies before the release', () => {
  const addon = new URL('../../build/Release/recorder.node', import.meta.url).pathname;
  const parent = `
    const native = require(${JSON.stringify(addon)});
    const child = native.spawnStopped(${JSON.stringify(shell('touch orphan'))});
    process.stdout.write(String(child.pid));
    process.kill(process.pid, 'SIGKILL');`;
  const pid = spawnSync(process.execPath, ['-e', parent], { encoding: 'utf8' }).stdout;
  expect(Number(pid)).toBeGreaterThan(1);
  for (let tries = 0; tries < 200 && isRunning(Number(pid)); tries++) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
  }
  expect(isRunning(Number(pid))).toBe(false);
  expect(existsSync(join(dir, 'orphan'))).toBe(false);
});

/** It exists, and is not merely unburied. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
