/** Filters: the rows that SQL over the original gives, and a sound recording of what is left of its goroutines. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  checkRecording,
  eventFilter,
  goroutineFilter,
  RecordingCopy,
  RowSelection,
  TimeWindow,
  type Recording,
  type RowFilter,
} from '../../src/format/index.ts';
import { whereFilter, type QueryEngine } from '../../src/query/index.ts';
import { openQuery, tinyRecording, type TinyEvent } from '../query/query-recording.ts';
import { sourceOf } from './opened.ts';
import { sampleRecording } from './sample-recording.ts';

const fixture = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../fixtures/${name}`, import.meta.url)));
const FILES: [name: string, bytes: Uint8Array][] = [
  ['a sample of many small chunks', sampleRecording({ events: 3000, chunkRows: 37 }).bytes],
  ['a recording of a compiler', fixture('tsc-small.arrow')],
  ['a recording of the first version', fixture('format-1.arrow')],
];

interface Range {
  fromNs?: number;
  toNs?: number;
}

type Filters = (
  recording: Recording,
  engine: QueryEngine,
  window: TimeWindow,
) => readonly RowFilter[] | Promise<readonly RowFilter[]>;

async function filtered(bytes: Uint8Array, filters: Filters, range: Range = {}) {
  const original = await openQuery(bytes);
  const { recording, engine } = original;
  const window = new TimeWindow(range.fromNs, range.toNs);
  const chosen = await filters(recording, engine, window);
  const selection = await RowSelection.of(recording, chosen, window);
  const copy = new RecordingCopy(recording, { history: 'filtered', selection, ...range });
  const pieces: Uint8Array[] = [];
  for await (const more of copy.pieces()) pieces.push(...more.map((piece) => piece.slice()));
  const written = new Uint8Array(Buffer.concat(pieces));
  // A recording of an older version has faults of its own.
  const known = new Set((await checkRecording(sourceOf(bytes))).findings.map(fault));
  const findings = (await checkRecording(sourceOf(written))).findings
    .map(fault)
    .filter((text) => !known.has(text));
  return { original, selection, copy, found: await openQuery(written), findings };
}

const fault = ({ text }: { text: string }) => text.replace(/^row \d+/, 'a row');

const EVENTS = 'SELECT * FROM events';
const LIVES = ['SELECT * FROM spans', 'SELECT * FROM goroutines'];

/** Those of the wanted, with everybody whose ancestor one of them is, as SQL has it. */
const family = (wanted: string) => `WITH RECURSIVE family AS (
  SELECT pid, goid FROM goroutines WHERE goid IN (${wanted})
  UNION
  SELECT g.pid, g.goid FROM goroutines g JOIN family f ON g.pid = f.pid AND g.parent_goid = f.goid
)`;

/** A goroutine that has descendants: the one that created most. */
async function parentIn(bytes: Uint8Array): Promise<number> {
  const { rows } = await openQuery(bytes);
  const [row] = await rows(
    `SELECT by_goid FROM events WHERE event = 'go_create' GROUP BY by_goid ORDER BY count(*) DESC, by_goid LIMIT 1`,
  );
  return Number(row![0]);
}

describe.each(FILES)('%s', (_, bytes) => {
  test('a goroutine with its descendants: their events, spans and lives, nobody else', async () => {
    const goid = await parentIn(bytes);
    const { original, found, findings } = await filtered(bytes, (recording) => [
      goroutineFilter(recording, [{ goid }], { withDescendants: true }),
    ]);
    expect(findings).toEqual([]);
    for (const select of [EVENTS, ...LIVES]) {
      const sql = `${family(`${goid}`)} ${select} SEMI JOIN family USING (pid, goid) ORDER BY ALL`;
      const wanted = await original.texts(sql);
      expect(wanted.length).toBeGreaterThan(1);
      expect(await found.texts(`${select} ORDER BY ALL`)).toEqual(wanted);
    }
    for (const part of [0.1, 0.5, 0.9]) {
      const atNs = Math.floor(original.recording.endNs * part);
      const at = `SELECT * FROM goroutines_at(${atNs})`;
      const sql = `${family(`${goid}`)} ${at} SEMI JOIN family USING (pid, goid) ORDER BY ALL`;
      expect(await found.texts(`${at} ORDER BY ALL`)).toEqual(await original.texts(sql));
    }
  });

  test('without its descendants: its own alone', async () => {
    const goid = await parentIn(bytes);
    const { original, found, findings } = await filtered(bytes, (recording) => [
      goroutineFilter(recording, [{ goid, pid: recording.meta.pid }], { withDescendants: false }),
    ]);
    expect(findings).toEqual([]);
    for (const select of [EVENTS, ...LIVES]) {
      expect(await found.texts(`${select} ORDER BY ALL`)).toEqual(
        await original.texts(`${select} WHERE goid = ${goid} ORDER BY ALL`),
      );
    }
  });

  test.each([
    ['from its middle on', 0.5, 2],
    ['a fifth of it', 0.4, 0.6],
  ])('a family in a stretch, %s', async (_, first, last) => {
    const goid = await parentIn(bytes);
    const { endNs } = (await openQuery(bytes)).recording;
    const fromNs = Math.floor(endNs * first);
    const toNs = last > 1 ? Infinity : Math.floor(endNs * last);
    const { original, found, findings } = await filtered(
      bytes,
      (recording) => [goroutineFilter(recording, [{ goid }], { withDescendants: true })],
      { fromNs, toNs },
    );
    expect(findings).toEqual([]);
    const between = `SELECT * REPLACE (time_ns - ${fromNs} AS time_ns) FROM events_between(${fromNs}, ${Math.min(toNs, endNs + 1)})`;
    const events = `${family(`${goid}`)} ${between} SEMI JOIN family USING (pid, goid) ORDER BY ALL`;
    expect(await found.texts(`${EVENTS} ORDER BY ALL`)).toEqual(await original.texts(events));
    for (const { minNs } of found.recording.chunks) {
      const states = (atNs: number) => `SELECT pid, goid, state, wait_reason FROM goroutines_at(${atNs})`; // prettier-ignore
      const sql = `${family(`${goid}`)} ${states(minNs + fromNs)} SEMI JOIN family USING (pid, goid) ORDER BY ALL`;
      expect(await found.texts(`${states(minNs)} ORDER BY ALL`)).toEqual(await original.texts(sql));
    }
  });

  test.each([
    ['what is not an allocation or is large', `event <> 'alloc' OR size_bytes > 64`],
    ['one goroutine', 'goid = 1'],
    ['goroutines by a query', `goid IN (SELECT goid FROM goroutines WHERE goid % 3 = 1)`],
    ['a process, NULL being no', `pid > 0 AND (goid IS NULL OR by_goid > -1 OR true)`],
  ])('where %s: no state is torn, spans and lives are those of the original', async (_, where) => {
    const { original, selection, found, findings } = await filtered(
      bytes,
      async (recording, engine, window) => [await whereFilter(recording, engine, where, window)],
    );
    expect([findings, selection.hasStateGaps]).toEqual([[], false]);
    const wanted = await original.texts(`${EVENTS} WHERE ${where} ORDER BY ALL`);
    expect(wanted.length).toBeGreaterThan(0);
    expect(await found.texts(`${EVENTS} ORDER BY ALL`)).toEqual(wanted);
    for (const view of LIVES) {
      const lives = `${view} WHERE (pid, goid) IN (SELECT (pid, goid) FROM events WHERE ${where})`;
      expect(await found.texts(`${view} ORDER BY ALL`)).toEqual(
        await original.texts(`${lives} ORDER BY ALL`),
      );
    }
  });

  test('where changes of state are left out it says so, and is sound all the same', async () => {
    const where = `event <> 'go_state' OR to_state <> 'runnable'`;
    const { original, selection, found, findings } = await filtered(
      bytes,
      async (recording, engine, window) => [await whereFilter(recording, engine, where, window)],
    );
    expect([findings, selection.hasStateGaps]).toEqual([[], true]);
    expect(found.recording.meta.hasStateGaps).toBe(true);
    expect(await found.texts(`${EVENTS} ORDER BY ALL`)).toEqual(
      await original.texts(`${EVENTS} WHERE ${where} ORDER BY ALL`),
    );
  });

  test('events without those of states: nobody has a state', async () => {
    const { original, selection, found, findings } = await filtered(bytes, (recording) => [
      eventFilter(recording, ['alloc', 'gc_begin', 'gc_end']),
    ]);
    expect([findings, selection.hasStateGaps]).toEqual([[], false]);
    expect(await found.texts(`${EVENTS} ORDER BY ALL`)).toEqual(
      await original.texts(`${EVENTS} WHERE event IN ('alloc', 'gc_begin', 'gc_end') ORDER BY ALL`),
    );
    expect(await found.texts(LIVES[0]!)).toEqual([]);
  });

  test('events with those of states, and of one goroutine: all must want a row', async () => {
    const { original, found, findings } = await filtered(
      bytes,
      async (recording, engine, window) => [
        eventFilter(recording, ['go_create', 'go_state', 'go_exit', 'alloc']),
        goroutineFilter(recording, [{ goid: 1 }], { withDescendants: false }),
        await whereFilter(recording, engine, `event <> 'alloc' OR size_bytes >= 16`, window),
      ],
    );
    expect(findings).toEqual([]);
    const where = `goid = 1 AND (event IN ('go_create', 'go_state', 'go_exit') OR event = 'alloc' AND size_bytes >= 16)`;
    expect(await found.texts(`${EVENTS} ORDER BY ALL`)).toEqual(
      await original.texts(`${EVENTS} WHERE ${where} ORDER BY ALL`),
    );
  });
});

test('losses stay between the rows between which they were', async () => {
  const { bytes } = sampleRecording({ events: 3000, chunkRows: 37 });
  const { original, copy, found } = await filtered(bytes, (recording) => [
    eventFilter(recording, ['go_create', 'go_state', 'go_exit']),
  ]);
  const losses = 'SELECT cause, events FROM loss ORDER BY ALL';
  expect(await found.texts(losses)).toEqual(await original.texts(losses));
  expect(found.recording.chunks.length).toBeLessThan(original.recording.chunks.length);
  expect(copy.leftOut).toEqual([]);
});

test('who descends from a goroutine that is gone is of its family, also in a later stretch', async () => {
  const change = { event: 'go_state', from: 'runnable', to: 'running' } as const;
  const end = { event: 'go_exit', from: 'running', to: 'dead' } as const;
  const born = { event: 'go_create', to: 'runnable', func: 'main.worker' } as const;
  const chunks: TinyEvent[][] = [
    [
      { time: 10, ...born, goid: 20, by: 1 },
      { time: 11, ...change, goid: 20 },
      { time: 12, ...born, goid: 30, by: 20 },
    ],
    // It begins before the one before ended: 40 runs there already.
    [{ time: 20, ...end, goid: 20 }, { time: 21, ...born, goid: 50, by: 2 }, { time: 32, ...change, goid: 40 }],
    [{ time: 31, ...born, goid: 40, by: 30 }, { time: 40, event: 'gc_begin' }],
    [{ time: 50, ...end, goid: 40 }],
  ]; // prettier-ignore
  const census = [
    { goid: 1, func: 'main.main', state: 'waiting' },
    { goid: 2, func: 'main.main', state: 'waiting' },
    { goid: 9, parent: 7, func: 'main.older', state: 'waiting' },
    { goid: 7, parent: 1, func: 'main.older', state: 'waiting' },
  ];
  const bytes = tinyRecording(chunks, census);
  const of = (goid: number, range?: Range) =>
    filtered(
      bytes,
      (recording) => [goroutineFilter(recording, [{ goid }], { withDescendants: true })],
      range,
    );
  const goids = 'SELECT DISTINCT goid FROM spans ORDER BY ALL';
  expect(await (await of(1)).found.texts(goids)).toEqual(['1', '7', '9', '20', '30', '40']);
  expect(await (await of(20)).found.texts(goids)).toEqual(['20', '30', '40']);
  expect(await (await of(20, { fromNs: 45 })).found.texts(goids)).toEqual(['30', '40']);
  const { found, findings } = await of(20);
  // Rows of one chunk are in order, whatever chunks they were in.
  expect(findings).toEqual([]);
  expect(await found.texts('SELECT time_ns FROM events')).toEqual([
    '10',
    '11',
    '12',
    '20',
    '31',
    '32',
    '50',
  ]);
  expect(await found.texts('SELECT event, goid FROM events WHERE goid = 40 ORDER BY ALL')).toEqual([
    'go_create 40',
    'go_state 40',
    'go_exit 40',
  ]);
});
