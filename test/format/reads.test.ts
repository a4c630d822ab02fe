/** How much is read, and what becomes of it: chunks, columns, sources that misbehave. */
import { describe, expect, test } from 'vitest';

import { EVENT_COLUMN_NAMES, openRecording } from '../../src/format/index.ts';
import type { ByteSource, EventColumn } from '../../src/format/index.ts';
import { allEvents, openBytes } from './opened.ts';
import { sampleRecording } from './sample-recording.ts';

/** A source that counts what is asked of it. */
class CountingSource implements ByteSource {
  readonly reads: { byteOffset: number; byteLength: number }[] = [];
  readonly #inner: ByteSource;
  constructor(inner: ByteSource) {
    this.#inner = inner;
  }
  size(): Promise<number> {
    return this.#inner.size();
  }
  read(byteOffset: number, byteLength: number): Promise<Uint8Array> {
    this.reads.push({ byteOffset, byteLength });
    return this.#inner.read(byteOffset, byteLength);
  }
}

const complete = sampleRecording();

describe('reading', () => {
  test('a small recording opens with one read', async () => {
    const source = new CountingSource(sampleRecording({ events: 500 }).source);
    await openRecording(source);
    expect(source.reads.length).toBe(1);
  });

  test('a larger one opens with its tail and one range at its start', async () => {
    const source = new CountingSource(complete.source);
    await openRecording(source);
    expect(source.reads.map(({ byteOffset }) => byteOffset > 2 ** 18)).toEqual([true, false]);
    expect(source.reads[1]!.byteLength).toBeLessThan(16 * 1024);
  });

  test('a walk leaves the bodies of chunks alone', async () => {
    const big = sampleRecording({ events: 40_000, chunkRows: 16_384, cutOff: true });
    const source = new CountingSource(big.source);
    const recording = await openRecording(source);
    const readBytes = source.reads.reduce((sum, read) => sum + read.byteLength, 0);
    expect(recording.chunks.length).toBe(3);
    // The tail, where a footer would be, and a window around the heads before each chunk.
    expect(readBytes).toBeLessThanOrEqual(2 ** 18 + 4 * 2 ** 15);
  });

  test.each<{ columns: EventColumn[]; reads: number; bytes: number }>([
    { columns: ['event'], reads: 1, bytes: 4096 },
    { columns: ['event', 'from_state', 'to_state'], reads: 1, bytes: 3 * 4096 },
    { columns: ['time_ns', 'kind'], reads: 2, bytes: 9 * 4096 },
    { columns: [], reads: 0, bytes: 0 },
  ])('$columns of a chunk take $reads reads', async ({ columns, reads, bytes }) => {
    const source = new CountingSource(complete.source);
    const recording = await openRecording(source);
    source.reads.length = 0;
    const events = await recording.readEvents(0, columns);
    expect(Object.keys(events)).toEqual(columns);
    expect(source.reads.length).toBe(reads);
    const readBytes = source.reads.reduce((sum, read) => sum + read.byteLength, 0);
    expect(readBytes).toBeGreaterThanOrEqual(bytes);
    expect(readBytes).toBeLessThan(bytes + 1024);
  });

  test('columns come out right from a source whose bytes are not aligned', async () => {
    const source: ByteSource = {
      size: () => complete.source.size(),
      read: async (byteOffset, byteLength) => {
        const bytes = await complete.source.read(byteOffset, byteLength);
        const odd = new Uint8Array(bytes.byteLength + 3);
        odd.set(bytes, 3);
        return odd.subarray(3);
      },
    };
    expect(await allEvents(await openRecording(source))).toEqual(
      complete.chunks.map(({ events }) => events),
    );
  });

  test('a source that gives less than was asked for is an error with the place', async () => {
    const recording = await openRecording({
      size: () => complete.source.size(),
      read: async (byteOffset, byteLength) => {
        const bytes = await complete.source.read(byteOffset, byteLength);
        return byteLength === 4096 ? bytes.subarray(0, 10) : bytes;
      },
    });
    await expect(recording.readEvents(0, ['event'])).rejects.toMatchObject({
      name: 'FormatError',
      code: 'truncated',
    });
  });

  test('a chunk that does not exist is refused', async () => {
    const recording = await openBytes(complete.bytes);
    await expect(recording.readEvents(5, ['goid'])).rejects.toBeInstanceOf(RangeError);
    await expect(recording.readCheckpoint(-1)).rejects.toBeInstanceOf(RangeError);
  });

  test('the recording keeps every column of events apart', async () => {
    const recording = await openBytes(complete.bytes);
    for (const column of EVENT_COLUMN_NAMES) {
      const { [column]: values } = await recording.readEvents(3, [column]);
      expect(values).toEqual(complete.chunks[3]!.events[column]);
    }
  });
});
