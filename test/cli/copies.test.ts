/** `xgotop cut` and `xgotop recover`: what they write, say, and leave alone. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { cutCommand } from '../../src/cli/cut.ts';
import { recoverCommand } from '../../src/cli/recover.ts';
import { openRecording } from '../../src/format/index.ts';
import { sourceOf } from '../format/opened.ts';
import { sampleRecording } from '../format/sample-recording.ts';
import { runCommand } from './run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'xgotop-copies-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const { bytes, chunks } = sampleRecording();
const total = chunks.reduce((sum, { rowCount }) => sum + rowCount, 0);
const whole = join(folder, 'run.arrow');
writeFileSync(whole, bytes);
const torn = join(folder, 'torn.arrow');
writeFileSync(torn, bytes.subarray(0, Math.floor(bytes.byteLength / 2)));

/** What main.ts would exit with; the commands set a code of their own for a lossy copy. */
async function run(command: 'cut' | 'recover', ...words: string[]) {
  const ran = await runCommand(command === 'cut' ? cutCommand() : recoverCommand(), words);
  const own = process.exitCode;
  process.exitCode = undefined;
  return { ...ran, exitCode: own ?? ran.exitCode };
}

const opened = (path: string) => openRecording(sourceOf(new Uint8Array(readFileSync(path))));
afterEach(() => {
  // Nothing half written is ever left.
  expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
});

it('recovers what was cut off, exits with 3 and says what is missing', async () => {
  const { stdout, exitCode } = await run('recover', torn);
  const output = join(folder, 'torn.recovered.arrow');
  const recording = await opened(output);
  const rows = recording.chunks.reduce((sum, { rowCount }) => sum + rowCount, 0);
  expect([recording.isComplete, exitCode]).toEqual([true, 3]);
  expect(rows).toBeGreaterThan(total / 4);
  expect(stdout).toMatch(
    new RegExp(
      `^${output}: ${rows.toLocaleString('en-US')} events in .*\\n {2}unreadable: [\\d,]+ bytes at byte [\\d,]+ \\(truncated`,
    ),
  );
  expect(readFileSync(torn).equals(bytes.subarray(0, Math.floor(bytes.byteLength / 2)))).toBe(true);
});

it('recovers a whole recording, exits with 0 and says that nothing is missing', async () => {
  const output = join(folder, 'same.arrow');
  const { stdout, exitCode } = await run('recover', whole, '-o', output);
  expect([exitCode, stdout.split('\n')[1]]).toEqual([0, '  nothing is missing']);
  expect((await opened(output)).meta.history).toEqual(['recovered by xgotop recover']);
});

it('says it as JSON', async () => {
  const output = join(folder, 'json.arrow');
  const { stdout } = await run('recover', torn, '-o', output, '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    output,
    unreadable: [{ why: expect.stringMatching(/truncated/) as string }],
  });
});

it('exits with 1 when there is nothing to recover', async () => {
  const empty = join(folder, 'empty.arrow');
  writeFileSync(empty, bytes.subarray(0, 6000));
  const { error, exitCode } = await run('recover', empty);
  expect([exitCode, (error as Error).message]).toEqual([
    1,
    `${empty} has no whole chunk of events`,
  ]);
});

it('cuts a stretch, which says that it is one', async () => {
  const output = join(folder, 'cut.arrow');
  const { stdout, exitCode } = await run(
    'cut',
    whole,
    '--from',
    '1ms',
    '--to',
    '2ms',
    '-o',
    output,
  );
  const recording = await opened(output);
  expect(exitCode).toBe(0);
  expect(recording.endNs).toBe(1e6);
  expect(recording.meta.history).toEqual(['cut from 0.001 s to 0.002 s by xgotop cut']);
  expect(stdout).toMatch(/cut\.arrow: [\d,]+ events in [\d.]+ kB\n$/);
});

it.each([
  ['an output that exists', ['--from', '1ms', '-o', whole], 1, /exists/],
  ['a folder that does not', ['--from', '1ms', '-o', join(folder, 'no/x.arrow')], 1, /no such directory/],
  ['an end before the beginning', ['--from', '2ms', '--to', '1ms', '-o', join(folder, 'never')], 1, /nothing lies between/],
  ['a beginning after the end', ['--from', '9h', '-o', join(folder, 'never')], 1, /after the end/],
  ['a time that is none', ['--from', 'soon', '-o', join(folder, 'never')], 2, /not a time/],
  ['no output', ['--from', '1ms'], 2, /required option/],
])('refuses %s', async (_, words, code, message) => {
  const { error, exitCode } = await run('cut', whole, ...words);
  expect([exitCode, (error as Error).message]).toEqual([code, expect.stringMatching(message)]);
  expect(existsSync(join(folder, 'never'))).toBe(false);
  expect(readFileSync(whole).equals(bytes)).toBe(true);
}); // prettier-ignore
