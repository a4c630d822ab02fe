import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { queryCommand } from '../../src/cli/query.ts';
import { REPORTS } from '../../src/query/index.ts';
import { sampleRecording } from '../format/sample-recording.ts';
import { tinyRecording } from '../query/query-recording.ts';
import { runCommand } from './run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'xgotop-query-test-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
function file(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}
const whole = file('run.arrow', tinyRecording([[{ time: 1, event: 'gc_begin' }]]));
const lossy = file('lossy.arrow', sampleRecording().bytes);
const cut = file('cut.arrow', sampleRecording({ cutOff: true, events: 4000 }).bytes);

const query = (...words: string[]) => runCommand(queryCommand(), words);

it('prints csv when it does not write to a terminal', async () => {
  expect(await query(whole, 'SELECT event, time_ns FROM events')).toMatchObject({
    stdout: 'event,time_ns\ngc_begin,1\n',
    stderr: '',
    exitCode: 0,
  });
});

it('prints the result of each statement', async () => {
  const { stdout } = await query(whole, 'SELECT 1 a; CREATE TABLE t AS SELECT 2 b; FROM t');
  expect(stdout).toBe('a\n1\n\nb\n2\n');
});

it('takes the SQL from a file', async () => {
  const { stdout } = await query(whole, '-f', file('question.sql', '-- how many\nSELECT 7 n;\n'));
  expect(stdout).toBe('n\n7\n');
});

it.for(['table', 'csv', 'json', 'ndjson', 'markdown'])('writes %s', async (format) => {
  const { stdout, exitCode } = await query(whole, '--format', format, 'SELECT 7 AS seven');
  expect(exitCode).toBe(0);
  expect(stdout).toContain('seven');
  expect(stdout).toContain('7');
});

it('--max-rows limits a table', async () => {
  const { stdout } = await query(whole, 'FROM range(9)', '--format', 'table', '--max-rows', '2');
  expect(stdout.split('\n').slice(2)).toEqual([
    '    0',
    '    1',
    '… 7 more rows (--max-rows 0 for all)',
    '',
  ]);
});

it('-o writes a file, and does not overwrite one unless asked', async () => {
  const output = join(folder, 'out.csv');
  expect(await query(whole, 'SELECT 1 a', '-o', output)).toMatchObject({ stdout: '', exitCode: 0 });
  expect(await query(whole, 'SELECT 2 a', '-o', output)).toMatchObject({
    exitCode: 1,
    error: { name: 'UserError', message: `${output} exists` },
  });
  expect(readFileSync(output, 'utf8')).toBe('a\n1\n');
  expect(await query(whole, 'SELECT 3 a', '-o', output, '--overwrite')).toMatchObject({
    exitCode: 0,
  });
  expect(readFileSync(output, 'utf8')).toBe('a\n3\n');
});

it('-o leaves no file, and an old one as it was, when the query fails', async () => {
  const output = join(folder, 'failed.csv');
  expect(await query(whole, 'SELECT nope', '-o', output)).toMatchObject({ exitCode: 1 });
  expect(existsSync(output)).toBe(false);
  writeFileSync(output, 'old');
  await query(whole, 'SELECT 1; SELECT nope', '-o', output, '--overwrite');
  expect(readFileSync(output, 'utf8')).toBe('old');
  expect(readdirSync(folder).filter((name) => name.startsWith('failed'))).toEqual(['failed.csv']);
});

it('says on stderr how many events were lost', async () => {
  const { stdout, stderr } = await query(lossy, 'SELECT 1 a');
  expect(stdout).toBe('a\n1\n');
  expect(stderr).toBe(
    'xgotop: 18 events lost in 1 chunk: durations across them may be wrong (view loss says when)\n',
  );
});

it('says on stderr that the recording was cut off, and answers from what there is', async () => {
  const { stdout, stderr } = await query(cut, 'SELECT count(*) n FROM events');
  expect(stdout).toBe('n\n4000\n');
  expect(stderr).toMatch(/^xgotop: the recording was cut off, .*: read up to byte [\d,]+\n$/);
});

it.for(REPORTS.map(({ name }) => name))(
  '--report %s answers, and --sql prints it',
  async (name) => {
    const answered = await query(lossy, '--report', name, '--format', 'json');
    expect(answered.exitCode).toBe(0);
    expect((JSON.parse(answered.stdout) as unknown[]).length).toBeGreaterThan(0);
    const { stdout: sql } = await query('--report', name, '--sql');
    expect(await query(lossy, '--format', 'json', sql)).toMatchObject({ stdout: answered.stdout });
  },
);

it('--report list and --views name what there is', async () => {
  const { stdout: reports } = await query('--report', 'list');
  expect(reports).toMatch(/^goroutines +goroutines by the function/);
  expect(reports.trimEnd().split('\n').length).toBe(REPORTS.length);
  const { stdout: views } = await query('--views');
  expect(views).toMatch(/^spans: /m);
  expect(views).toMatch(/^ {2}duration_ns +BIGINT +ns +end_ns - start_ns$/m);
});

it.for([
  [[], "missing required argument 'recording'"],
  [[whole, 'SELECT 1', '--report', 'gc'], 'give the SQL once'],
  [[whole, 'SELECT 1', '-f', 'x.sql'], 'give the SQL once'],
  [[whole, '--report', 'nope'], "there is no report 'nope'; there are: goroutines,"],
  [[whole, 'SELECT 1', '--sql'], '--sql belongs to --report'],
  [[whole, 'SELECT 1', '--format', 'xml'], 'Allowed choices are table, csv'],
  [[whole, 'SELECT 1', '--max-rows', 'x'], 'It is not a number of rows.'],
] as const)('wrong usage is 2: %j', async ([words, message]) => {
  const { exitCode, stderr, stdout } = await query(...words);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(message);
  expect(stdout).toBe('');
});

it.for([
  [[join(folder, 'missing.arrow'), 'SELECT 1'], 'UserError', 'does not exist'],
  [[folder, 'SELECT 1'], 'UserError', 'is a directory'],
  [[whole, 'SELECT nope'], 'UserError', 'LINE 1: SELECT nope'],
  [[whole, '-f', join(folder, 'missing.sql')], 'UserError', 'cannot be read'],
  [[file('text.arrow', 'no recording at all'), 'SELECT 1'], 'FormatError', 'not-a-recording'],
  [[whole, 'SELECT 1', '-o', join(folder, 'no', 'such')], 'UserError', 'no such directory'],
] as const)('what cannot be done is 1: %j', async ([words, name, message]) => {
  const { exitCode, error, stdout } = await query(...words);
  expect(exitCode).toBe(1);
  expect(error).toMatchObject({ name, message: expect.stringContaining(message) as string });
  expect(stdout).toBe('');
});
