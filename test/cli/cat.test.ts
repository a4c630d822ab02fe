/** `xgotop cat`: beside what SQL says of the same recording. */
import { spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { catCommand } from '../../src/cli/cat.ts';
import { FIELDS } from '../../src/cli/event-fields.ts';
import { EVENTS, RecordingWriter } from '../../src/format/index.ts';
import { FACTS, NO_GOROUTINES } from '../format/empty-chunk.ts';
import { eventArrays, type Row } from '../format/sample-program.ts';
import { SAMPLE_META, sampleRecording } from '../format/sample-recording.ts';
import { openQuery } from '../query/query-recording.ts';
import { runCommand } from './run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'xgotop-cat-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const { bytes } = sampleRecording({ events: 3000, chunkRows: 500 });
const path = join(folder, 'run.arrow');
writeFileSync(path, bytes);

const cat = (...words: string[]) => runCommand(catCommand(), [path, ...words]);
const linesOf = async (...words: string[]) => (await cat(...words)).stdout.trimEnd().split('\n');

/** The same rows by SQL, a field that says nothing as ''. */
async function bySql(where: string, fields: readonly string[] = FIELDS): Promise<string[]> {
  const { rows } = await openQuery(bytes);
  const found = await rows(
    `SELECT ${fields.join(', ')} FROM scan_events(NULL, NULL, NULL) WHERE ${where} ORDER BY seq`,
  );
  return found.map((row) =>
    row
      .map((value) => (value === null ? '' : String(value)))
      .map((text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text))
      .join(','),
  );
}

it.each<[what: string, words: string[], where: string]>([
  ['everything', [], 'true'],
  ['some events', ['-e', 'go_create,alloc'], "event IN ('go_create', 'alloc')"],
  ['some goroutines', ['-g', '1,g7', '--goid', '12'], 'goid IN (1, 7, 12)'],
  ['a stretch of time', ['--from', '20us', '--to', '100us'], 'time_ns >= 20000 AND time_ns < 100000'],
  ['the first ones', ['-n', '7'], 'seq < 7'],
])('prints %s as the view has it', async (_, words, where) => {
  const [header, ...lines] = await linesOf('--format', 'csv', ...words);
  expect(header).toBe(FIELDS.join(','));
  const wanted = await bySql(where);
  expect(wanted.length).toBeGreaterThan(5);
  expect(lines).toEqual(wanted);
}); // prettier-ignore

it('prints the same as NDJSON, what says nothing left out', async () => {
  const lines = await linesOf('--json', '--fields', 'time_ns,goid,p,size_bytes,type,line');
  const told = lines.map((line) => {
    const row = JSON.parse(line) as Record<string, string | number>;
    expect(Object.values(row)).not.toContain(null);
    return ['time_ns', 'goid', 'p', 'size_bytes', 'type', 'line'].map((name) => String(row[name] ?? '')); // prettier-ignore
  });
  const wanted = await bySql('true', ['time_ns', 'goid', 'p', 'size_bytes', 'line']);
  expect(told.map(([a, b, c, d, , f]) => [a, b, c, d, f].join(','))).toEqual(wanted);
});

it.each([
  ['seconds', /^0\.\d{9}$/],
  ['nanoseconds', /^\d+$/],
  ['rfc3339', /^2026-09-21T14:13:20\.1234\d{5}Z$/],
])('writes times as %s', async (how, pattern) => {
  const [, time] = await linesOf('--format', 'csv', '--fields', 'time_ns', '--time-format', how, '-n', '1'); // prettier-ignore
  expect(time).toMatch(pattern);
});

describe('a recording of our own making', () => {
  const hostile = 'evil\u001b[31m\u202eneve, "quoted"\nline';
  const big = 2 ** 53 * 4;
  const writer = new RecordingWriter(SAMPLE_META, { wait_reason: [''] });
  const row = Object.fromEntries(Object.keys(eventArrays([])).map((name) => [name, 0])) as unknown as Row; // prettier-ignore
  const chunk = (timeNs: number) => {
    const func = writer.nameIndex('func', hostile);
    const event = EVENTS.indexOf('chan_send');
    const arrays = eventArrays([{ ...row, time_ns: timeNs, event, goid: 3, func, object: big }]);
    const eventCounts = { ...FACTS.eventCounts, chan_send: 1 };
    return writer.chunk(arrays, 1, { ...FACTS, minNs: timeNs, maxNs: timeNs, eventCounts });
  };
  const begin = Buffer.concat([
    ...writer.begin(),
    ...writer.checkpoint(NO_GOROUTINES),
    ...chunk(5),
  ]);
  const more = Buffer.concat(chunk(9));
  const end = Buffer.concat(writer.end({ reason: 'exit' }));

  it('shows hostile names as text, and numbers beyond 2^53 whole', async () => {
    const own = join(folder, 'hostile.arrow');
    writeFileSync(own, Buffer.concat([begin, more, end]));
    const text = await runCommand(catCommand(), [own, '-n', '1', '--fields', 'time_ns,goid,func']);
    expect(text.stdout).toBe(
      '   0.000000005  g3      func="evil\\\\u001b[31m\\\\u202eneve, \\"quoted\\"\\\\nline"\n',
    );
    const json = await runCommand(catCommand(), [own, '-n', '1', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ func: hostile, object: String(BigInt(big)) });
    const csv = await runCommand(catCommand(), [own, '--format', 'csv', '--fields', 'func']);
    expect(csv.stdout).toBe(`func\n${`"${hostile.replaceAll('"', '""')}"\n`.repeat(2)}`);
  });

  it('goes on while it is being written', async () => {
    const growing = join(folder, 'growing.arrow');
    writeFileSync(growing, begin);
    const running = runCommand(catCommand(), [growing, '-f', '--json', '--fields', 'time_ns']);
    for (const piece of [more.subarray(0, 100), more.subarray(100), end]) {
      await new Promise((resolve) => setTimeout(resolve, 150));
      appendFileSync(growing, piece);
    }
    expect((await running).stdout).toBe('{"time_ns":5}\n{"time_ns":9}\n');
  });
});

it.each([
  [['--fields', 'nope'], /no field 'nope'; fields: time_ns/],
  [['-e', 'nope'], /no event 'nope'; groups: sched, .*; events: go_create/],
  [['-g', 'x'], /not a number of a goroutine/],
  [['--from', 'soon'], /not a time/],
  [['--format', 'xml'], /Allowed choices are text, ndjson, csv/],
])('refuses %j', async (words, message) => {
  const { error, exitCode } = await cat(...words);
  expect([exitCode, (error as Error).message]).toEqual([2, expect.stringMatching(message)]);
});

it('ends quietly when nobody reads on', async () => {
  const bin = fileURLToPath(new URL('../../bin/xgotop', import.meta.url));
  const child = spawn('sh', ['-c', `"${process.execPath}" "${bin}" cat "${path}" | head -n 2`]);
  let [out, err] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (out += text.toString()));
  child.stderr.on('data', (text: Buffer) => (err += text.toString()));
  await new Promise((resolve) => child.on('close', resolve));
  expect([out.trimEnd().split('\n').length, err]).toEqual([2, '']);
});

it('says of a recording that was cut off how far it went', async () => {
  const cut = join(folder, 'cut.arrow');
  writeFileSync(cut, bytes.subarray(0, bytes.byteLength / 2));
  const { stdout, stderr } = await runCommand(catCommand(), [cut]);
  expect(stdout.split('\n').length).toBeGreaterThan(500);
  expect(stderr).toMatch(/was cut off, or is still being written: read up to byte [\d,]+/);
});
