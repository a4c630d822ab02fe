/**
 * Recordings of more than 2 and 4 GiB, most of which is a hole: every offset in them is beyond
 * 32 bits, and everything reads as it does in a short one.
 */
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { aligned, DICTIONARY_COLUMNS, EVENT_FIELDS } from '../../src/format/arrow-schema.ts';
import { EVENT_COLUMN_NAMES, openRecording, RecordingWriter } from '../../src/format/index.ts';
import { indexTable } from '../../src/format/index-part.ts';
import type { MessageBlock } from '../../src/format/message-decoder.ts';
import { encodeBatchHead, encodeFooter } from '../../src/format/message-encoder.ts';
import { readHead } from '../../src/format/message-head.ts';
import { encodePart, tableFromRows, type PartTable } from '../../src/format/part-encoder.ts';
import { RangeReader } from '../../src/format/range-reader.ts';
import { openEngine, openFileSource } from '../../src/query/index.ts';
import { startReplayServer } from '../../src/replay/replay-server.ts';
import { FACTS, NO_GOROUTINES } from './empty-chunk.ts';
import { eventArrays, SAMPLE_META } from './sample-recording.ts';

const dir = mkdtempSync(join(tmpdir(), 'xgotop-large-'));
afterAll(() => {
  rmSync(dir, { recursive: true });
});

/** Between two chunks: a part of a later version, which nobody reads. */
const HOLE_BYTES = 1.5 * 2 ** 30;
const CHUNKS = 5;
const ROWS = 100;
const path = join(dir, 'large.arrow');

/** The head of a part. */
function partHead(name: string, byteLength: number, at: number, more: [string, string][] = []) {
  const none = { byteOffset: 0, byteLength: 0 };
  return encodeBatchHead(
    {
      rowCount: 0,
      columnCount: EVENT_FIELDS.length,
      buffers: EVENT_FIELDS.flatMap(() => [none, none]),
      bodyBytes: aligned(byteLength),
      metadata: new Map([
        ['xgotop.part', name],
        ['xgotop.delta', '0'],
        ['xgotop.bytes', `${byteLength}`],
        ...more,
      ]),
    },
    at,
  );
}

/** Chunks with holes between them, and an end with an index of all. */
async function writeLarge(): Promise<void> {
  const writer = new RecordingWriter(SAMPLE_META, { wait_reason: [''] });
  const file = openSync(path, 'w');
  let at = 0;
  const write = (pieces: readonly Uint8Array[]) => {
    for (const piece of pieces) at += writeSync(file, piece, 0, piece.byteLength, at);
  };
  const writePart = (name: string, table: PartTable, more: [string, string][] = []): MessageBlock => {
    const byteOffset = at;
    const { pieces, byteLength } = encodePart(table);
    const head = partHead(name, byteLength, at, more);
    write([head, ...pieces, new Uint8Array(aligned(byteLength) - byteLength)]);
    return { byteOffset, metadataBytes: head.byteLength, bodyBytes: aligned(byteLength) };
  };
  write(writer.begin());
  for (let index = 0; index < CHUNKS; index++) {
    if (index > 0) {
      write([partHead('later', HOLE_BYTES, at)]);
      at += HOLE_BYTES;
    }
    const times = Array.from({ length: ROWS }, (_, row) => index * ROWS + row);
    const rows = times.map((time) => ({
      time_ns: time, goid: 1 + time, by_goid: 1, size_bytes: 0, pid: 1, tid: 1, func: 0, site: 0,
      type: 0, p: 0, event: 1, from_state: 0, to_state: 1, wait_reason: 0, kind: 0, object: 0,
      stack: 0, value: 0,
    })); // prettier-ignore
    const [minNs, maxNs] = [times[0]!, times.at(-1)!];
    const eventCounts = { ...FACTS.eventCounts, go_create: ROWS };
    write(writer.checkpoint(NO_GOROUTINES));
    write(writer.chunk(eventArrays(rows), ROWS, { ...FACTS, minNs, maxNs, eventCounts }));
  }
  ftruncateSync(file, at);

  // The end, as a writer makes it: places are of this file.
  const source = await openFileSource(path);
  const { chunks } = await openRecording(source);
  const dictionaries: MessageBlock[] = [];
  const reader = new RangeReader(source, at);
  const schema = await readHead(reader, 8);
  if (typeof schema === 'string' || schema.kind !== 'schema') throw new Error('no schema');
  let next = 8 + schema.metadataBytes;
  while (dictionaries.length < DICTIONARY_COLUMNS.length) {
    const message = await readHead(reader, next);
    if (typeof message === 'string') throw new Error('no dictionary');
    dictionaries.push(message);
    next += message.metadataBytes + message.bodyBytes;
  }
  const end = writePart('end', tableFromRows('end', [{ key: 'reason', value: 'exit' }]));
  const place = [end.byteOffset, end.metadataBytes, end.bodyBytes];
  const index = writePart('index', indexTable(chunks), [['xgotop.parts', JSON.stringify({ end: place })]]);
  const footer = encodeFooter(schema.schema, dictionaries, [end, index]);
  const length = new Uint8Array(Int32Array.of(footer.byteLength).buffer);
  write([Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0), footer, length, Buffer.from('ARROW1')]);
  source.close();
  closeSync(file);
} // prettier-ignore

await writeLarge();

describe('a recording of 6 GiB', () => {
  test('takes no room, and has chunks on both sides of 2 and of 4 GiB', () => {
    const { size, blocks } = statSync(path);
    expect(size).toBeGreaterThan(6 * 2 ** 30);
    expect(blocks * 512).toBeLessThan(2 ** 24);
  });

  test.each([
    ['by its index', true],
    ['by its messages', false],
  ])('is read %s, its events and its checkpoints', async (_, isWhole) => {
    const file = await openFileSource(path);
    const size = await file.size();
    const source = isWhole ? file : { ...file, size: () => Promise.resolve(size - 1), read: file.read.bind(file) };
    const recording = await openRecording(source);
    expect([recording.isComplete, recording.damage, recording.chunks.length]).toEqual([isWhole, undefined, CHUNKS]);
    expect(recording.end.get('reason')).toBe('exit');
    const offsets = recording.chunks.map(({ byteOffset }) => Math.floor(byteOffset / 2 ** 30));
    expect(offsets).toEqual([0, 1, 3, 4, 6]);
    for (const { chunkIndex } of recording.chunks) {
      const { time_ns: times } = await recording.readEvents(chunkIndex, EVENT_COLUMN_NAMES);
      expect([times.length, times[0], times[ROWS - 1]])
        .toEqual([ROWS, BigInt(chunkIndex * ROWS), BigInt(chunkIndex * ROWS + ROWS - 1)]);
      const checkpoint = await recording.readCheckpoint(chunkIndex);
      expect([checkpoint.chunkIndex, checkpoint.goroutines.count]).toEqual([chunkIndex, 0]);
    }
    file.close();
  }); // prettier-ignore

  test('is asked in SQL', async () => {
    const source = await openFileSource(path);
    const engine = await openEngine(await openRecording(source), source);
    const rows: unknown[] = [];
    for await (const result of engine.run(
      'SELECT count(*), min(time_ns), max(time_ns), sum(goid)::BIGINT, (SELECT max(file_offset) FROM chunks) FROM events',
    )) {
      rows.push(...(await result.getRows()));
    }
    const last = CHUNKS * ROWS;
    const { chunks } = await openRecording(source);
    expect(rows).toEqual([
      [BigInt(last), 0n, BigInt(last - 1), BigInt((last * (last + 1)) / 2), BigInt(chunks.at(-1)!.byteOffset)],
    ]);
    engine.close();
    source.close();
  }); // prettier-ignore

  test('is served in ranges', async () => {
    const source = await openFileSource(path);
    const { chunks } = await openRecording(source);
    const server = await startReplayServer({ recordingPath: path });
    const url = new URL(server.url);
    url.pathname = '/recording';
    for (const { byteOffset, metadataBytes } of chunks) {
      const range = `bytes=${byteOffset}-${byteOffset + metadataBytes - 1}`;
      const response = await fetch(url, { headers: { range } });
      const bytes = Buffer.from(await response.arrayBuffer());
      expect([response.status, bytes.equals(await source.read(byteOffset, metadataBytes))]).toEqual([206, true]);
    }
    await server.close();
    source.close();
  }); // prettier-ignore
});
