/** Copies of recordings: a stretch of the time, and what is left of a damaged one. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { EVENT_COLUMN_NAMES } from '../../src/format/event-columns.ts';
import {
  FormatError,
  openRecording,
  RecordingCopy,
  RecordingWriter,
  salvageRecording,
  type Recording,
} from '../../src/format/index.ts';
import { readHead } from '../../src/format/message-head.ts';
import { RangeReader } from '../../src/format/range-reader.ts';
import { openQuery, tinyRecording } from '../query/query-recording.ts';
import { FACTS, NO_GOROUTINES } from './empty-chunk.ts';
import { openBytes, sourceOf } from './opened.ts';
import { eventArrays, seeded, type Row } from './sample-program.ts';
import { SAMPLE_META, sampleRecording } from './sample-recording.ts';

const NO_ROW = Object.fromEntries(EVENT_COLUMN_NAMES.map((name) => [name, 0])) as Row;

const fixture = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../fixtures/${name}`, import.meta.url)));
const FILES: [name: string, bytes: Uint8Array][] = [
  ['a sample with stacks and losses', sampleRecording().bytes],
  ['a sample of many small chunks', sampleRecording({ events: 3000, chunkRows: 37 }).bytes],
  ['a recording of a compiler', fixture('tsc-small.arrow')],
  ['a recording of the first version', fixture('format-1.arrow')],
];

async function copyOf(recording: Recording, range: { fromNs?: number; toNs?: number } = {}) {
  const copy = new RecordingCopy(recording, { history: 'copied', ...range });
  const pieces: Uint8Array[] = [];
  for await (const more of copy.pieces()) pieces.push(...more.map((piece) => piece.slice()));
  return { copy, bytes: new Uint8Array(Buffer.concat(pieces)) };
}

/** A line for each event, everything in words, the time moved back. */
async function eventLines(recording: Recording, movedNs = 0): Promise<string[]> {
  const { dictionaries, sites, stacks, frames } = recording;
  const siteOf = new Map(sites.map((row) => [row.site, `${row.file}:${row.line}`]));
  const rowOf = new Map(Array.from(stacks.stack, (number, row) => [number, row]));
  const frameOf = new Map(frames.map((row) => [row.frame, `${row.func} ${row.line}`]));
  const path = (stack: number) => {
    const names: string[] = [];
    for (let row = rowOf.get(stack); row !== undefined; row = rowOf.get(stacks.parent[row]!)) {
      names.push(frameOf.get(stacks.frame[row]!) ?? '?');
    }
    return names.join(';');
  };
  const lines: string[] = [];
  for (const { chunkIndex, rowCount } of recording.chunks) {
    const columns = await recording.readEvents(chunkIndex, EVENT_COLUMN_NAMES);
    for (let row = 0; row < rowCount; row++) {
      const words = EVENT_COLUMN_NAMES.map((name) => {
        const value = columns[name][row]!;
        if (name === 'time_ns') return `${Number(value) - movedNs}`;
        if (name === 'site') return siteOf.get(Number(value)) ?? '';
        if (name === 'stack') return path(Number(value));
        return name in dictionaries
          ? dictionaries[name as keyof typeof dictionaries][Number(value)]!
          : String(value);
      });
      lines.push(words.join(' | '));
    }
  }
  return lines;
}

/** Who is in which state at a time, as the views have it. */
async function statesAt(bytes: Uint8Array, atNs: number): Promise<string[]> {
  const { texts } = await openQuery(bytes);
  return texts(`SELECT pid, goid, state, wait_reason FROM goroutines_at(${atNs}) ORDER BY ALL`);
}

describe.each(FILES)('%s', (_, bytes) => {
  test('is the same when it is copied whole', async () => {
    const original = await openBytes(bytes);
    const { bytes: copied, copy } = await copyOf(original);
    const found = await openBytes(copied);
    expect(found.isComplete).toBe(true);
    expect(found.damage).toBeUndefined();
    expect(copy.leftOut).toEqual([]);
    expect(await eventLines(found)).toEqual(await eventLines(original));
    const { history, ...meta } = found.meta;
    expect([history, meta]).toEqual([['copied'], expect.objectContaining({ pid: meta.pid })]);
    expect({ ...meta, history: [] }).toEqual(original.meta);
    for (const part of [
      'functions',
      'sites',
      'types',
      'probes',
      'processes',
      'marks',
      'goroutines',
    ] as const)
      // prettier-ignore
      expect(found[part]).toEqual(original[part]);
    expect(found.endNs).toBe(original.endNs);
    expect(found.chunks.map(({ lost }) => lost)).toEqual(original.chunks.map(({ lost }) => lost));
    expect(found.chunks.map(({ goroutineCount }) => goroutineCount)).toEqual(
      original.chunks.map(({ goroutineCount }) => goroutineCount),
    );
  });

  test.each([
    ['from its middle on', 0.5, 2],
    ['a tenth of it', 0.4, 0.5],
    ['up to a third', 0, 0.33],
    ['the end', 0.97, 2],
  ])('cut, %s, has the events of that time and who lived then', async (_, first, last) => {
    const original = await openBytes(bytes);
    const fromNs = Math.floor(original.endNs * first);
    const toNs = last > 1 ? Infinity : Math.floor(original.endNs * last);
    const { bytes: piece } = await copyOf(original, { fromNs, toNs });
    const found = await openBytes(piece);
    const wanted = (await eventLines(original)).filter((line) => {
      const timeNs = Number(line.split(' ')[0]);
      return timeNs >= fromNs && timeNs < toNs;
    });
    const moved = wanted.map((line) => `${Number(line.split(' ')[0]) - fromNs}${line.slice(line.indexOf(' '))}`); // prettier-ignore
    expect(await eventLines(found)).toEqual(moved);
    expect(found.meta.startUnixNs - original.meta.startUnixNs).toBe(BigInt(fromNs));
    expect(found.endNs).toBe(Math.min(original.endNs, toNs) - fromNs);
    // Between two events nothing changes: a time in the middle of each of some gaps.
    const times = found.chunks.flatMap(({ minNs, maxNs }) => [minNs, maxNs]).slice(0, 8);
    for (const timeNs of new Set([0, ...times])) {
      expect(await statesAt(piece, timeNs)).toEqual(await statesAt(bytes, timeNs + fromNs));
    }
  });
});

test('the time of a timer is moved as that of its event is', async () => {
  const timer = (time: number, value: number) =>
    ({ time, event: 'timer_set', goid: 1, value }) as const;
  const whole = tinyRecording([[timer(10, 500), timer(20, 0), timer(30, 400)]]);
  const { bytes: piece } = await copyOf(await openBytes(whole), { fromNs: 20 });
  const { texts } = await openQuery(piece);
  expect(await texts('SELECT time_ns, value FROM events')).toEqual(['0 0', '10 380']);
});

describe('what is left of a damaged recording', () => {
  const { bytes, chunks } = sampleRecording({ events: 360, chunkRows: 60 });

  async function recovered(damaged: Uint8Array) {
    const { recording, gaps } = await salvageRecording(sourceOf(damaged));
    const { bytes: copied, copy } = await copyOf(recording);
    return { found: await openBytes(copied), gaps, copy };
  }

  test('cut off at any byte of its last chunk: every chunk before it', async () => {
    const whole = await openRecording(sourceOf(bytes));
    const all = await eventLines(whole);
    const last = whole.chunks.at(-1)!;
    const before = all.slice(0, all.length - last.rowCount);
    const end = last.byteOffset + last.metadataBytes + last.bodyBytes;
    for (let length = last.byteOffset; length < end; length += 7) {
      const { found, gaps } = await recovered(bytes.subarray(0, length));
      expect(await eventLines(found)).toEqual(before);
      expect(gaps.reduce((sum, gap) => sum + gap.byteLength, 0)).toBeLessThanOrEqual(
        length - whole.chunks.at(-2)!.byteOffset,
      );
    }
    const { found } = await recovered(bytes.subarray(0, end));
    expect(await eventLines(found)).toEqual(all);
  });

  test.each(chunks.map((_, index) => [index]))(
    'without the head of chunk %i: all the others, names in their places',
    async (index) => {
      const whole = await openRecording(sourceOf(bytes));
      const damaged = bytes.slice(0, bytes.byteLength - 4000);
      const { byteOffset } = whole.chunks[index]!;
      damaged.fill(0, byteOffset, byteOffset + 200);
      const { found, gaps } = await recovered(damaged);
      const lines = new Set(await eventLines(whole));
      const left = await eventLines(found);
      expect(left.length).toBe(lines.size - whole.chunks[index]!.rowCount);
      expect(left.filter((line) => !lines.has(line))).toEqual([]);
      expect(gaps[0]!.byteOffset).toBe(byteOffset);
    },
  );

  test.each([
    ['with what tells their numbers', true, ['', 'a', '(lost: func 2)', 'c']],
    ['without it: rather none than wrong ones', false, ['', 'a']],
  ])('without the names that a gap has swallowed, %s', async (_, hasRows, names) => {
    const writer = new RecordingWriter(SAMPLE_META, { wait_reason: [''] });
    const pieces = [...writer.begin(), ...writer.checkpoint(NO_GOROUTINES)];
    const offsets: number[] = [];
    for (const [index, name] of ['a', 'b', 'c'].entries()) {
      offsets.push(writer.byteLength);
      const func = writer.nameIndex('func', name);
      const row = { func, name, file: '', startLine: 1, entry: 0n };
      pieces.push(...(hasRows ? writer.part('functions', [row]) : writer.flushNames()));
      const arrays = eventArrays([{ ...NO_ROW, time_ns: index, event: 1, func }]);
      pieces.push(...writer.chunk(arrays, 1, { ...FACTS, minNs: index, maxNs: index }));
    }
    const damaged = new Uint8Array(Buffer.concat(pieces));
    // The second name, its row, and the head of its chunk.
    damaged.fill(0, offsets[1], offsets[2]! - 1000);
    const { found, gaps, copy } = await recovered(damaged);
    expect(gaps).toMatchObject([{ byteOffset: offsets[1] }]);
    expect(found.dictionaries.func).toEqual(names);
    const named = (await eventLines(found)).map((line) => line.split(' | ')[6]);
    expect([named, copy.leftOut.length]).toEqual(hasRows ? [['a', 'c'], 0] : [['a'], 1]);
  });

  test('with nonsense in the body of a chunk leaves that one out and says so', async () => {
    const whole = await openRecording(sourceOf(bytes));
    const { byteOffset, metadataBytes, bodyBytes, rowCount } = whole.chunks[2]!;
    const damaged = bytes.slice();
    damaged.fill(0xee, byteOffset + metadataBytes, byteOffset + metadataBytes + bodyBytes);
    const { copy } = await copyOf(await openRecording(sourceOf(damaged)));
    expect(copy.leftOut).toMatchObject([{ chunkIndex: 2, rowCount }]);
    expect(copy.leftOut[0]!.error.message).toMatch(/chunk 2: /);
    expect(copy.rowCount).toBe(whole.chunks.reduce((sum, c) => sum + c.rowCount, 0) - rowCount);
  });

  test('zeros, noise or holes anywhere: a recording of true events, or a FormatError', async () => {
    const whole = await openRecording(sourceOf(bytes));
    const lines = new Set(await eventLines(whole));
    const random = seeded(7);
    let recoveredRows = 0;
    for (let round = 0; round < 150; round++) {
      const damaged = bytes.slice(0, Math.floor(bytes.byteLength * (0.3 + random() * 0.7)));
      const start = 2000 + Math.floor(random() * (damaged.byteLength - 2000));
      const length = 1 + Math.floor(random() * 400);
      const fill = random() < 0.5 ? () => 0 : () => Math.floor(random() * 256);
      for (let at = start; at < Math.min(start + length, damaged.byteLength); at++) {
        damaged[at] = fill();
      }
      try {
        const { found } = await recovered(damaged);
        expect(found.isComplete).toBe(true);
        const left = await eventLines(found);
        recoveredRows += left.filter((line) => lines.has(line)).length;
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    }
    expect(recoveredRows).toBeGreaterThan(lines.size * 50);
  });
});

describe('a recording with a part damaged in its middle', () => {
  const { bytes } = sampleRecording({ events: 4000, chunkRows: 400, goroutines: 20 });

  /** Where the parts are that lie between the first chunk and the last. */
  async function parts(): Promise<{ name: string; byteOffset: number; byteLength: number }[]> {
    const { chunks } = await openRecording(sourceOf(bytes));
    const reader = new RangeReader(sourceOf(bytes), bytes.byteLength);
    const found = [];
    let at = chunks[0]!.byteOffset;
    while (at < chunks.at(-1)!.byteOffset) {
      const message = await readHead(reader, at);
      if (typeof message === 'string') throw new Error(`no message at ${at}`);
      const name = message.metadata.get('xgotop.part');
      const byteLength = message.metadataBytes + message.bodyBytes;
      if (name !== undefined) found.push({ name, byteOffset: at, byteLength });
      at += byteLength;
    }
    return found;
  }

  test('loses no event: what is in a side table is not taken for messages of the recording', async () => {
    const all = await parts();
    expect(new Set(all.map(({ name }) => name)).size).toBeGreaterThan(3);
    const whole = await openRecording(sourceOf(bytes));
    const rows = whole.chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0);
    const wrong = [];
    for (const { name, byteOffset } of all) {
      const damaged = bytes.slice(0, -1);
      damaged.fill(0, byteOffset, byteOffset + 64);
      const { recording, gaps } = await salvageRecording(sourceOf(damaged));
      const found = recording.chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0);
      if (found !== rows || gaps[0]?.byteOffset !== byteOffset || gaps.length > 2) {
        wrong.push(`${name} at ${byteOffset}: ${found} of ${rows} rows, ${gaps.length} gaps`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('cut off within a part: just cut off, nothing is damaged', async () => {
    for (const { byteOffset, byteLength } of (await parts()).slice(0, 8)) {
      for (let length = 16; length < byteLength; length += 16) {
        const { gaps } = await salvageRecording(sourceOf(bytes.subarray(0, byteOffset + length)));
        expect(gaps.map(({ error }) => error.code)).toEqual(['truncated']);
      }
    }
  });
});
