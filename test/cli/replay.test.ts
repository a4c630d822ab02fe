/** `xgotop replay` as a shell sees it: the address, the end, and what it refuses. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { replayCommand } from '../../src/cli/replay.ts';
import { UserError } from '../../src/format/errors.ts';
import { sampleRecording } from '../format/sample-recording.ts';
import { runCommand } from './run-command.ts';

let folder: string;
let path: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xgotop-replay-command-'));
  path = join(folder, 'run.arrow');
  await writeFile(path, sampleRecording({ events: 500 }).bytes);
});

afterAll(() => rm(folder, { recursive: true }));

it.each(['SIGINT', 'SIGTERM'] as const)(
  'prints the address and ends with 0 by %s',
  async (signal) => {
    const listeners = process.listenerCount(signal);
    const running = runCommand(replayCommand(), [path, '--no-open']);
    while (process.listenerCount(signal) === listeners) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    process.emit(signal);
    const { stdout, stderr, error, exitCode } = await running;
    expect(error).toBeUndefined();
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[0-9a-f]{32}\n$/);
    expect(stderr).toContain('Ctrl-C');
    await expect(fetch(stdout.trim())).rejects.toThrow();
  },
);

it.each<[string, RegExp | undefined]>([
  ['127.0.0.1', undefined],
  ['localhost', undefined],
  ['0.0.0.0', /any address of this machine.*can read all of the recording:[^]*plain HTTP/],
])('bound to %s it says who can read the recording', async (address, warning) => {
  const listeners = process.listenerCount('SIGINT');
  const running = runCommand(replayCommand(), [path, '--no-open', '--bind', address]);
  while (process.listenerCount('SIGINT') === listeners) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  process.emit('SIGINT');
  const { stdout, stderr } = await running;
  expect(stdout).toContain(`http://${address}:`);
  if (warning === undefined) expect(stderr).toBe('Ctrl-C ends it.\n');
  else expect(stderr).toMatch(warning);
});

it.each<[string, string[], number]>([
  ['no recording', [], 2],
  ['a port that is none', ['run.arrow', '--port', '99999'], 2],
  ['a port that is no number', ['run.arrow', '--port', 'x'], 2],
  ['--live without a process', ['--live'], 2],
])('refuses %s', async (_, words, exitCode) => {
  expect((await runCommand(replayCommand(), words)).exitCode).toBe(exitCode);
});

it('says that a recording is missing', async () => {
  const { error } = await runCommand(replayCommand(), [join(folder, 'none.arrow'), '--no-open']);
  expect(error).toBeInstanceOf(UserError);
});
