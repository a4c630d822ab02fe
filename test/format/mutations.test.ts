/**
 * Recordings with all parts, damaged in a hundred thousand ways: each reader answers or refuses,
 * with few reads and without an array that only a wrong length asks for.
 */
import { describe, expect, test } from 'vitest';
import {
  checkRecording,
  FormatError,
  openRecording,
  RecordingCopy,
  salvageRecording,
} from '../../src/format/index.ts';
import { compacted } from './compacted.ts';
import { mutated } from './mutate.ts';
import { seeded } from './sample-program.ts';
import { smallRecording } from './smallest-recording.ts';
import { WatchedSource, withArrayLimit } from './watched-source.ts';

const COUNT = 100_000;
const PIECES = 10;
/** Two of so many: one of each. */
const COPY_EVERY = 40;
/** For others: XGOTOP_SEED=n. */
const SEED = Number(process.env['XGOTOP_SEED'] ?? 1);

/** Opens, walks and salvages it, reads its chunks and checkpoints; now and then copies it. */
async function readAll(bytes: Uint8Array, isCopied: boolean): Promise<void> {
  await checkRecording(new WatchedSource(bytes));
  if (!isCopied) return;
  for (const open of [openRecording, salvageRecording]) {
    const opened = await open(new WatchedSource(bytes));
    const recording = 'recording' in opened ? opened.recording : opened;
    const copy = new RecordingCopy(recording, { history: 'test' });
    for await (const pieces of copy.pieces()) expect(pieces).toBeInstanceOf(Array);
  }
}

/** Together they have every kind of part; each takes half of the damage. */
const originals = [smallRecording(0), smallRecording(1)] as const;

test.each(originals.map((bytes) => [bytes]))('a recording is not damaged before', async (bytes) => {
  const { findings } = await checkRecording(new WatchedSource(bytes));
  const needsNothingElse = findings.filter(({ code }) => code !== 'reference');
  expect(needsNothingElse).toEqual([]);
});

/** A chunk of a compressed recording has so many rows at the most (docs/format.md). */
const MOST_ROWS = 2 ** 20;

test(
  'a compacted recording is answered or refused as well, 10,000 times',
  { timeout: 600_000 },
  async () => {
    const original = await compacted(smallRecording(0));
    const counts = { answered: 0, refused: 0 };
    await withArrayLimit(MOST_ROWS * 8, async () => {
      for (let i = 0; i < 10_000; i++) {
        const { bytes, what } = mutated(original, seeded(SEED * COUNT + i));
        try {
          await readAll(bytes, i % COPY_EVERY === 0);
          counts.answered++;
        } catch (error) {
          if (!(error instanceof FormatError)) {
            throw new Error(`seed ${SEED * COUNT + i}, ${what}: ${String(error)}`, {
              cause: error,
            });
          }
          counts.refused++;
        }
      }
    });
    expect(counts.answered).toBeGreaterThan(counts.refused);
    expect(counts.refused).toBeGreaterThan(0);
  },
);

describe(`${COUNT} damaged recordings, seed ${SEED}`, () => {
  test.each(Array.from({ length: PIECES }, (_, i) => [i]))(
    'are answered or refused, piece %i',
    { timeout: 600_000 },
    async (piece) => {
      const counts = { answered: 0, refused: 0 };
      await withArrayLimit(16 * originals[0].length, async () => {
        for (let i = 0; i < COUNT / PIECES; i++) {
          const seed = SEED * COUNT + piece * (COUNT / PIECES) + i;
          const { bytes, what } = mutated(originals[i % 2]!, seeded(seed));
          try {
            await readAll(bytes, i % COPY_EVERY < 2);
            counts.answered++;
          } catch (error) {
            if (!(error instanceof FormatError)) {
              throw new Error(`seed ${seed}, ${what}: ${String(error)}`, { cause: error });
            }
            counts.refused++;
          }
        }
      });
      expect(counts.answered).toBeGreaterThan(counts.refused);
      expect(counts.refused).toBeGreaterThan(0);
    },
  );
});
