/**
 * A small recording, cut at every byte, and damaged where it matters: each time a recording
 * comes out, or a FormatError; never another error, never rows that were not written.
 * With each byte changed: every-byte.test.ts.
 */
import { describe, expect, test } from 'vitest';

import { FormatError } from '../../src/format/index.ts';
import type { EventArrays, Recording } from '../../src/format/index.ts';
import { openBytes } from './opened.ts';
import { sampleRecording } from './sample-recording.ts';
import type { Sample } from './sample-recording.ts';

const small = sampleRecording({ events: 24, chunkRows: 12, goroutines: 4 });
/** Two chunks and little else, to be damaged everywhere in reasonable time. */
const tiny = sampleRecording({ events: 16, chunkRows: 8, goroutines: 4, parts: false });
/** Tens of thousands of recordings are opened: seconds alone, a minute beside other work. */
const PATIENCE = { timeout: 300_000 };

/** Opens the bytes and reads something of all that is there; the FormatError when there is one. */
async function outcome(bytes: Uint8Array): Promise<Recording | FormatError> {
  try {
    const recording = await openBytes(bytes);
    for (const { chunkIndex } of recording.chunks) {
      await recording.readEvents(chunkIndex, ['time_ns', 'p', 'kind']);
      await recording.readCheckpoint(chunkIndex);
    }
    return recording;
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
}

/** Where each chunk ends. */
async function chunkEnds(sample: Sample): Promise<number[]> {
  const { chunks } = await openBytes(sample.bytes);
  return chunks.map((chunk) => chunk.byteOffset + chunk.metadataBytes + chunk.bodyBytes);
}

describe('cut at every byte', () => {
  test(
    'a recording opens up to the last whole chunk, without a schema it is truncated',
    PATIENCE,
    async () => {
      const ends = await chunkEnds(tiny);
      const wrong: string[] = [];
      for (let byteLength = 0; byteLength < tiny.bytes.length; byteLength++) {
        const found = await outcome(tiny.bytes.subarray(0, byteLength));
        if (found instanceof FormatError) {
          const isExpected = found.code === 'truncated' && found.byteOffset === byteLength;
          if (!isExpected || byteLength > 4096) wrong.push(`${byteLength}: ${found.message}`);
          continue;
        }
        const wholeChunks = ends.filter((end) => end <= byteLength).length;
        if (
          found.chunks.length !== wholeChunks ||
          found.isComplete ||
          found.damage !== undefined ||
          found.byteLength > byteLength
        ) {
          wrong.push(`${byteLength}: ${found.chunks.length} of ${wholeChunks} chunks`);
        }
      }
      expect(wrong).toEqual([]);
    },
  );

  test('the rows of the chunks that are left are the ones that were written', async () => {
    const [firstEnd] = await chunkEnds(small);
    const found = await openBytes(small.bytes.subarray(0, firstEnd! + 100));
    const events = await found.readEvents(0, ['time_ns', 'goid', 'event']);
    expect(events).toEqual({
      time_ns: small.chunks[0]!.events.time_ns,
      goid: small.chunks[0]!.events.goid,
      event: small.chunks[0]!.events.event,
    } satisfies Partial<EventArrays>);
    expect((await found.readCheckpoint(0)).goroutines.count).toBe(3);
  });
});

describe('with a byte changed', () => {
  test('in the footer or the index: the walk finds the chunks and the damage is told', async () => {
    for (const offset of [1, 12, 400, 2600]) {
      const bytes = small.bytes.slice();
      bytes.fill(0xee, bytes.length - 10 - offset - 8, bytes.length - 10 - offset);
      const found = await openBytes(bytes);
      if (found.isComplete) continue;
      expect(found.damage).toBeInstanceOf(FormatError);
      expect(found.chunks.length).toBe(2);
    }
    const bytes = small.bytes.slice();
    bytes.fill(0xee, bytes.length - 200, bytes.length - 10);
    expect(await openBytes(bytes)).toMatchObject({
      isComplete: false,
      damage: { code: 'bad-value' },
    });
  });

  test("in a chunk's head without a footer: the chunks before it are left", async () => {
    const { chunks } = await openBytes(small.bytes);
    const bytes = small.bytes.slice(0, small.bytes.length - 1);
    bytes.fill(0xee, chunks[1]!.byteOffset + 8, chunks[1]!.byteOffset + 40);
    const found = await openBytes(bytes);
    expect(found.chunks.length).toBe(1);
    expect(found.byteLength).toBeLessThanOrEqual(chunks[1]!.byteOffset);
    expect(found.damage?.code).toBe('bad-value');
  });
});
