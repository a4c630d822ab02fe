/**
 * Each byte of a recording with each of its 256 values: a recording comes out, or a FormatError;
 * never another error, never more reads or longer arrays than the file is long.
 *
 * A whole recording of everything would take a day. The smallest one goes through all of
 * `openRecording`; the side tables, which are a recording's only other bytes but for the footer,
 * go through what reads them.
 */
import { describe, expect, test } from 'vitest';
import {
  checkRecording,
  EVENT_COLUMN_NAMES,
  FormatError,
  openRecording,
} from '../../src/format/index.ts';
import { chunksFromIndex } from '../../src/format/index-part.ts';
import { decodeFooter, decodeHead } from '../../src/format/message-decoder.ts';
import { decodePart, goroutinesFromBatches } from '../../src/format/part-decoder.ts';
import { RecordingContents } from '../../src/format/recording-contents.ts';
import { footer, schemaMessage, sideTables, smallestRecording } from './smallest-recording.ts';
import { WatchedSource, withArrayLimit } from './watched-source.ts';

/** Seconds alone, minutes beside other work. */
const PATIENCE = { timeout: 600_000 };

/** What is done with each of the values. @returns false when it was refused */
async function outcome(what: string, body: () => unknown): Promise<boolean> {
  try {
    await body();
    return true;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw new Error(`${what}: ${String(error)}`, { cause: error });
  }
}

/** Each byte from `start` to `end` takes each value. @returns how many were answered and refused */
async function everyByte(
  bytes: Uint8Array,
  start: number,
  end: number,
  body: (value: number) => unknown,
): Promise<{ answered: number; refused: number }> {
  const counts = { answered: 0, refused: 0 };
  await withArrayLimit(2 * bytes.length + 1024, async () => {
    for (let at = start; at < end; at++) {
      const own = bytes[at]!;
      for (let value = 0; value < 256; value++) {
        bytes[at] = value;
        const isAnswered = await outcome(`byte ${at} is ${value}`, () => body(value));
        counts[isAnswered ? 'answered' : 'refused']++;
      }
      bytes[at] = own;
    }
  });
  return counts;
}

describe('each byte with each value', () => {
  const smallest = smallestRecording();
  const PIECES = 8;

  test.each(Array.from({ length: PIECES }, (_, i) => [i + 1]))(
    `of the smallest recording, ${smallest.length} bytes, part %i of ${PIECES}`,
    PATIENCE,
    async (piece) => {
      const [start, end] = [piece - 1, piece].map((i) =>
        Math.floor((smallest.length * i) / PIECES),
      );
      const bytes = smallest.slice();
      const counts = await everyByte(bytes, start!, end!, async (value) => {
        // A check opens, salvages and reads; it takes thrice as long, and has the same decoders.
        if (value % 16 === 0) return checkRecording(new WatchedSource(bytes));
        const recording = await openRecording(new WatchedSource(bytes));
        for (const { chunkIndex } of recording.chunks) {
          await recording.readEvents(chunkIndex, EVENT_COLUMN_NAMES);
        }
        return undefined;
      });
      expect(counts.answered + counts.refused).toBe((end! - start!) * 256);
      expect(counts.answered).toBeGreaterThan(0);
    },
  );

  test.each(sideTables())('of the side table of part %s', PATIENCE, async (name, bytes) => {
    const message = decodeHead(schemaMessage(), 0);
    if (message.kind !== 'schema') throw new Error('no schema');
    const contents = new RecordingContents(message.schema, 0);
    const counts = await everyByte(bytes, 0, bytes.length, () => {
      if (name === 'checkpoint') return goroutinesFromBatches(name, decodePart(bytes, 0));
      if (name === 'index') return decodePart(bytes, 0).map((batch) => chunksFromIndex(batch, 0));
      contents.takePart(name, false, bytes, 0);
      // What is put together only when it is asked for.
      return [contents.goroutines, contents.stacks, contents.end];
    });
    expect(counts.refused).toBeGreaterThan(bytes.length);
    expect(counts.answered).toBeGreaterThan(bytes.length);
  });

  test('of a footer', PATIENCE, async () => {
    const bytes = footer();
    const counts = await everyByte(bytes, 0, bytes.length, () => {
      new RecordingContents(decodeFooter(bytes, 0).schema, 0);
    });
    expect(counts.refused).toBeGreaterThan(bytes.length);
    expect(counts.answered).toBeGreaterThan(bytes.length);
  });
});

test('an array that is too long, and a read that is, are found', async () => {
  await expect(withArrayLimit(10, () => Promise.resolve(new Int32Array(11)))).rejects.toThrow(
    '(11)',
  );
  await expect(
    withArrayLimit(10, () => Promise.resolve(Array.from({ length: 11 }))),
  ).rejects.toThrow();
  expect(() => new WatchedSource(new Uint8Array(10)).read(5, 6)).toThrow('6 bytes at 5 of 10');
});
