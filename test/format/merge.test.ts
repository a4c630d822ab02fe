/** Merged recordings: what the views say of each of them, and one axis of time. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkRecording, RecordingMerge } from '../../src/format/index.ts';
import { openQuery, tinyRecording, type OpenedQuery } from '../query/query-recording.ts';
import { sourceOf } from './opened.ts';
import { sampleRecording } from './sample-recording.ts';

const BEGIN_UNIX_NS = 1_790_000_000_000_000_000n;
const tscSmall = new Uint8Array(
  readFileSync(new URL('../fixtures/tsc-small.arrow', import.meta.url)),
);

/** The same recording, begun so long after BEGIN_UNIX_NS. The text keeps its length. */
function begunAfter(bytes: Uint8Array, shiftNs: number): Uint8Array {
  const key = Buffer.from('xgotop.start_unix_ns');
  const moved = Buffer.from(bytes);
  const text = `${BEGIN_UNIX_NS + BigInt(shiftNs)}`;
  const old = /\d{19}/.exec(moved.toString('latin1').split('xgotop.start_unix_ns')[1]!)![0];
  expect(moved.includes(key)).toBe(true);
  for (let at = moved.indexOf(old); at >= 0; at = moved.indexOf(old, at + 1)) {
    moved.write(text, at, 'latin1');
  }
  return new Uint8Array(moved);
}

async function merged(
  files: readonly (readonly [name: string, bytes: Uint8Array, shiftNs?: number])[],
) {
  const originals: OpenedQuery[] = [];
  for (const [, bytes] of files) originals.push(await openQuery(bytes));
  const merge = new RecordingMerge(
    files.map(([name], index) => ({ name, recording: originals[index]!.recording })),
    () => 'merged',
  );
  const pieces: Uint8Array[] = [];
  for await (const more of merge.pieces()) pieces.push(...more.map((piece) => piece.slice()));
  const written = new Uint8Array(Buffer.concat(pieces));
  const known = new Set<string>();
  for (const [, bytes] of files) {
    for (const finding of (await checkRecording(sourceOf(bytes))).findings) known.add(fault(finding)); // prettier-ignore
  }
  const { findings } = await checkRecording(sourceOf(written));
  return {
    originals,
    found: await openQuery(written),
    // A recording of an older version has faults of its own.
    findings: findings.map(fault).filter((text) => !known.has(text)),
  };
}

/** Without what a merge changes: rows and processes have other numbers. */
const fault = ({ text }: { text: string }) =>
  text.replace(/row \d+/, 'row').replace(/process \d+/, 'process');

/** The views, without numbers of the file itself: a process is all that there is, or one of many. */
function views(pid: number | undefined, shiftNs: number): string[] {
  const of = pid === undefined ? '' : `WHERE pid = ${pid}`;
  return [
    `SELECT * EXCLUDE (pid, site, stack) REPLACE (time_ns - ${shiftNs} AS time_ns), path
     FROM events LEFT JOIN stack_paths USING (stack) ${of} ORDER BY ALL`,
    `SELECT * EXCLUDE pid REPLACE (start_ns - ${shiftNs} AS start_ns, end_ns - ${shiftNs} AS end_ns)
     FROM spans ${of} ORDER BY ALL`,
    `SELECT * EXCLUDE (pid, waited_since_ns, stack)
     REPLACE (created_ns - ${shiftNs} AS created_ns, exited_ns - ${shiftNs} AS exited_ns)
     FROM goroutines ${of} ORDER BY ALL`,
    `SELECT start_ns - ${shiftNs}, end_ns - ${shiftNs}, reason FROM stw ${of} ORDER BY ALL`,
    `SELECT goid, key, value, inherited FROM labels ${of} ORDER BY ALL`,
  ];
}

const FILES = [
  ['a.arrow', begunAfter(sampleRecording({ events: 3000, chunkRows: 37 }).bytes, 0), 0],
  // The same process number, while the first goes on.
  ['b.arrow', begunAfter(sampleRecording({ events: 2000, seed: 2 }).bytes, 3_000_001), 3_000_001],
  // Of another program and version, after the others have ended.
  ['c.arrow', begunAfter(tscSmall, 2_000_000_000), 2_000_000_000],
] as const;

describe('of three recordings, two of one process number', () => {
  test('is sound, and knows which process came from where', async () => {
    const { originals, found, findings } = await merged(FILES);
    expect(findings).toEqual([]);
    const pid = originals[2]!.recording.meta.pid;
    const rows = `SELECT pid, recording, recorded_pid, recorded_from_ns FROM processes ORDER BY recording`;
    expect(await found.texts(rows)).toEqual([
      '4242 a.arrow 4242 0',
      '4194305 b.arrow 4242 3000001',
      `${pid} c.arrow ${pid} 2000000000`,
    ]);
    expect(await found.texts(`SELECT DISTINCT host FROM processes ORDER BY 1`)).toContain('example'); // prettier-ignore
  });

  test.each(FILES.map(([name, , shiftNs], index) => [name, shiftNs, index] as const))(
    'has of %s what that has itself',
    async (name, shiftNs, index) => {
      const { originals, found } = await merged(FILES);
      const [row] = await found.rows(`SELECT pid FROM processes WHERE recording = '${name}'`);
      const original = views(undefined, 0);
      for (const [number, sql] of views(Number(row![0]), shiftNs).entries()) {
        const wanted = await originals[index]!.texts(original[number]!);
        expect(await found.texts(sql)).toEqual(wanted);
      }
      const { endNs } = originals[index]!.recording;
      for (const part of [0, 0.3, 0.9]) {
        const at = Math.floor(endNs * part);
        const states = (atNs: number) =>
          `SELECT goid, state, wait_reason FROM goroutines_at(${atNs})`;
        expect(
          await found.texts(`${states(at + shiftNs)} WHERE pid = ${Number(row![0])} ORDER BY ALL`),
        ).toEqual(await originals[index]!.texts(`${states(at)} ORDER BY ALL`));
      }
    },
  );

  test('nobody is there before his recording begins, nor after it has ended', async () => {
    const { originals, found } = await merged(FILES);
    const late = 2_000_000_000 + Math.floor(originals[2]!.recording.endNs / 2);
    const before = `SELECT DISTINCT pid FROM goroutines_at(1000000) ORDER BY 1`;
    const last = `SELECT DISTINCT recording FROM goroutines_at(${late}) JOIN processes USING (pid)`;
    expect(await found.texts(before)).toEqual(['4242']);
    expect(await found.texts(last)).toEqual(['c.arrow']);
  });

  test('has all losses and marks, on its axis', async () => {
    const { originals, found } = await merged(FILES);
    const sum = async (sql: string) => {
      const all: string[] = [];
      for (const one of originals) all.push(...(await one.texts(sql)));
      return all.sort();
    };
    const marks = 'SELECT text FROM marks';
    expect((await found.texts(marks)).sort()).toEqual(await sum(marks));
    const lost = async ({ rows }: OpenedQuery) =>
      Number((await rows('SELECT coalesce(sum(events), 0) FROM loss'))[0]![0]);
    const counts: number[] = [];
    for (const one of originals) counts.push(await lost(one));
    expect(await lost(found)).toBe(counts.reduce((a, b) => a + b, 0));
    const order = 'SELECT bool_and(time_ns >= before) FROM (SELECT time_ns, lag(time_ns, 1, 0) OVER (ORDER BY seq) AS before FROM scan_events(NULL, NULL, NULL))'; // prettier-ignore
    expect(await found.texts(order)).toEqual(['true']);
  });
});

test('times of timers are moved with their events', async () => {
  const timer = (time: number, value: number) =>
    tinyRecording([[{ time, event: 'timer_set', goid: 1, object: 5, value }]]);
  const { found } = await merged([
    ['a.arrow', begunAfter(timer(10, 500), 0)],
    ['b.arrow', begunAfter(timer(20, 0), 1000)],
    ['c.arrow', begunAfter(timer(30, 400), 2000)],
  ]);
  expect(await found.texts('SELECT time_ns, value FROM events')).toEqual([
    '10 500',
    '1020 0',
    '2030 2400',
  ]);
});

test.each([
  ['that are 104 days apart', 105 * 86_400 * 1e9, /more than 104 days after the first/],
  ['that do not say when they were made', -1_790_000_000 * 1e9, /does not say when/],
])('refuses recordings %s', async (_, shiftNs, message) => {
  const { bytes } = sampleRecording({ events: 100 });
  const late = shiftNs > 0 ? begunAfter(bytes, shiftNs) : zeroed(bytes);
  await expect(
    merged([
      ['a.arrow', begunAfter(bytes, 0)],
      ['b.arrow', late],
    ]),
  ).rejects.toThrow(message);
});

/** Begun at 0 by its clock. */
function zeroed(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1');
  return new Uint8Array(
    Buffer.from(text.replaceAll('1790000000123456789', '0000000000000000000'), 'latin1'),
  );
}
