/** A compacted recording says what the original says, in order, in less room; or it is refused. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';

import {
  checkRecording,
  EVENT_COLUMN_NAMES,
  FormatError,
  isDictionaryColumn,
  MemorySource,
  NARROW_TYPES,
  RecordingCopy,
  RecordingWriter,
  WIDE_TYPES,
  type Recording,
} from '../../src/format/index.ts';
import { openQuery } from '../query/query-recording.ts';
import { bytesOfCopy, compacted } from './compacted.ts';
import { FACTS, NO_GOROUTINES } from './empty-chunk.ts';
import { allEvents, openBytes, sourceOf } from './opened.ts';
import { eventArrays, type Row } from './sample-program.ts';
import { SAMPLE_META, sampleRecording } from './sample-recording.ts';

const sample = sampleRecording({ events: 9000, chunkRows: 700 }).bytes;
const narrow = sampleRecording({
  events: 3000,
  chunkRows: 700,
  columns: { ...WIDE_TYPES, ...NARROW_TYPES },
}).bytes;
const compiler = new Uint8Array(
  readFileSync(join(import.meta.dirname, '..', 'fixtures', 'tsc-small.arrow')),
);
/** Stacks that nothing refers to any more are missing in it. */
const cut = await bytesOfCopy(
  new RecordingCopy(await openBytes(sample), { history: 'cut', fromNs: 2_000_000 }),
);

/** Every event in words; a stack as its frames. */
async function eventLines(recording: Recording): Promise<string[]> {
  const { stack, parent, frame } = recording.stacks;
  const rows = new Map(Array.from(stack, (number, row) => [number, row]));
  const path = (number: number): string => {
    const row = rows.get(number);
    return row === undefined ? '' : `${frame[row]} ${path(parent[row]!)}`;
  };
  const lines: string[] = [];
  for (const arrays of await allEvents(recording)) {
    for (let row = 0; row < arrays.event.length; row++) {
      const words = EVENT_COLUMN_NAMES.map((name) => {
        const value = arrays[name][row]!;
        if (name === 'stack') return path(Number(value));
        return isDictionaryColumn(name)
          ? recording.dictionaries[name][Number(value)]!
          : String(value);
      });
      lines.push(words.join(' | '));
    }
  }
  return lines;
}

describe.each([
  ['a sample', sample],
  ['of narrow columns', narrow],
  ['a cut', cut],
  ['a real program', compiler],
])('%s', (_, bytes) => {
  test('has the same events, names, parts and end', async () => {
    const original = await openBytes(bytes);
    const small = await compacted(bytes);
    const found = await openBytes(small);
    expect(found.meta.compression).toBe('zstd');
    expect(found.columns).toEqual(original.columns);
    expect(await eventLines(found)).toEqual(await eventLines(original));
    for (const part of [
      'functions',
      'sites',
      'frames',
      'types',
      'probes',
      'processes',
      'metrics',
      'marks',
      'labels',
      'end',
    ] as const) {
      expect(found[part]).toEqual(original[part]);
    }
    expect({ ...found.goroutines, stack: undefined }).toEqual({
      ...original.goroutines,
      stack: undefined,
    });
    expect(found.endNs).toBe(original.endNs);
    expect(small.byteLength).toBeLessThan(bytes.byteLength / 3);
  });

  test('is as sound as it was', async () => {
    const errors = async (of: Uint8Array) => {
      const { findings } = await checkRecording(sourceOf(of), { crc32 });
      return findings.map(({ severity, code, text }) => `${severity} ${code} ${text.replace(/^row \d+:? /, '')}`); // prettier-ignore
    };
    expect(await errors(await compacted(bytes))).toEqual(await errors(bytes));
  });

  test('tells the same of goroutines at any time, and of losses', async () => {
    const queries = [0.3, 0.5, 0.9].map(
      (share) => async (of: Awaited<ReturnType<typeof openQuery>>) =>
        of.texts(
          `SELECT pid, goid, state, wait_reason, start_ns FROM goroutines_at(
             (SELECT (${share} * max(time_ns))::BIGINT FROM events)) ORDER BY ALL`,
        ),
    );
    const [before, after] = [await openQuery(bytes), await openQuery(await compacted(bytes))];
    for (const query of queries) {
      const rows = await query(before);
      expect(rows.length).toBeGreaterThan(0);
      expect(await query(after)).toEqual(rows);
    }
    const losses = 'SELECT cause, sum(events) FROM loss GROUP BY ALL ORDER BY ALL';
    expect(await after.texts(losses)).toEqual(await before.texts(losses));
  });
});

test('rows of chunks that overlap come in order', async () => {
  const writer = new RecordingWriter(SAMPLE_META, { wait_reason: [''] });
  const source = new MemorySource();
  source.append(...writer.begin(), ...writer.checkpoint(NO_GOROUTINES));
  const none = Object.fromEntries(EVENT_COLUMN_NAMES.map((name) => [name, 0])) as Row;
  const chunks = [[5, 10, 20, 20], [18, 20, 30], [], [19, 40]];
  const bytes: Uint8Array[] = [];
  for (const [chunk, times] of chunks.entries()) {
    const rows = times.map((time, row) => ({ ...none, event: 2, time_ns: time, tid: chunk * 10 + row })); // prettier-ignore
    const facts = { ...FACTS, minNs: times[0] ?? 20, maxNs: times.at(-1) ?? 20 };
    const go_state = rows.length;
    source.append(
      ...writer.chunk(eventArrays(rows), rows.length, { ...facts, eventCounts: { ...FACTS.eventCounts, go_state } }), // prettier-ignore
    );
  }
  source.append(...writer.end({ ended_ns: '50', reason: 'exit' }));
  for (const piece of source.pieces) bytes.push(piece);
  const found = await openBytes(await compacted(new Uint8Array(Buffer.concat(bytes))));
  const [all] = await allEvents(found);
  expect(Array.from(all!.time_ns, Number)).toEqual([5, 10, 18, 19, 20, 20, 20, 30, 40]);
  expect(Array.from(all!.tid)).toEqual([0, 1, 10, 30, 2, 3, 11, 12, 31]);
  expect(found.chunks.map(({ rowCount }) => rowCount)).toEqual([9]);
});

describe('damage', () => {
  test('of any byte of a chunk is found by its checksum', async () => {
    const small = await compacted(narrow);
    const { chunks } = await openBytes(small);
    const { byteOffset, metadataBytes, bodyBytes } = chunks[0]!;
    for (let at = 0; at < bodyBytes; at += 97) {
      const damaged = small.slice();
      damaged[byteOffset + metadataBytes + at]! ^= 0x10;
      const { findings } = await checkRecording(sourceOf(damaged), { crc32 });
      expect(findings.map(({ text }) => text).join()).toMatch(/its checksum is [0-9a-f]{8}/);
    }
  });

  test.each<[string, bigint, RegExp]>([
    ['more than there is', 2n ** 20n, /a compressed buffer of 1048576 bytes/],
    ['more than memory', 2n ** 50n, /a compressed buffer of 1125899906842624 bytes/],
    ['less than nothing', -7n, /a compressed buffer of -7 bytes/],
    ['not compressed, and is', -1n, /a compressed buffer of \d+ bytes/],
  ])('a length that says %s is refused before it is believed', async (_, length, message) => {
    const small = await compacted(narrow);
    const { chunks } = await openBytes(small);
    const { byteOffset, metadataBytes } = chunks[0]!;
    const damaged = small.slice();
    // The first buffer with bytes is that of time_ns.
    new DataView(damaged.buffer).setBigInt64(byteOffset + metadataBytes, length, true);
    const recording = await openBytes(damaged);
    const read = recording.readEvents(0, ['time_ns']);
    await expect(read).rejects.toBeInstanceOf(FormatError);
    await expect(recording.readEvents(0, ['time_ns'])).rejects.toThrow(message);
    await expect(recording.readEvents(0, ['goid'])).resolves.toBeDefined();
  });

  test('is not compacted', async () => {
    const damaged = sample.slice();
    const { chunks } = await openBytes(sample);
    const { byteOffset, metadataBytes, rowCount } = chunks[2]!;
    // Stacks beyond all that there are.
    const stackAt = byteOffset + metadataBytes + chunks[2]!.bodyBytes - 64 * Math.ceil((rowCount * 8) / 64) - 64 * Math.ceil((rowCount * 4) / 64); // prettier-ignore
    damaged.fill(0x7f, stackAt, stackAt + 4);
    await expect(compacted(damaged)).rejects.toThrow(/stack 2139062143/);
  });
});
