/**
 * Recordings that end early, or whose end was never written: what a killed recorder, a lost power
 * and a broken disk leave. No chunk that is whole is ever lost, and what is lost is said.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openRecording, salvageRecording } from '../../src/format/index.ts';
import type { ChunkInfo, Recording } from '../../src/format/index.ts';
import { allEvents, openBytes, sourceOf } from './opened.ts';
import { seeded } from './sample-program.ts';
import { sampleRecording } from './sample-recording.ts';
import { smallRecording } from './smallest-recording.ts';

const PATIENCE = { timeout: 300_000 };
/** For other places: XGOTOP_SEED=n. */
const SEED = Number(process.env['XGOTOP_SEED'] ?? 1);
const PAGE = 4096;

/** What is known of the whole recording, to compare pieces of it with. */
interface Whole {
  bytes: Uint8Array;
  chunks: readonly ChunkInfo[];
  ends: number[];
  /** Where the chunks can first be read: behind the schema. */
  schemaEnd: number;
  /** Text of the first n chunks' facts. */
  facts: string[];
  /** Of each chunk's columns. */
  hashes: string[];
}

async function wholeOf(bytes: Uint8Array): Promise<Whole> {
  // Without its last byte the messages are walked, as they are in every piece of it.
  const walked = await openBytes(bytes.subarray(0, -1));
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const { chunks } = walked;
  return {
    bytes,
    chunks,
    schemaEnd: 16 + view.getInt32(12, true),
    ends: chunks.map((chunk) => chunk.byteOffset + chunk.metadataBytes + chunk.bodyBytes),
    facts: Array.from({ length: chunks.length + 1 }, (_, n) => JSON.stringify(chunks.slice(0, n))),
    hashes: await hashesOf(walked),
  };
}

async function hashesOf(recording: Recording): Promise<string[]> {
  return (await allEvents(recording)).map((arrays) => {
    const hash = createHash('sha1');
    for (const column of Object.values(arrays)) hash.update(column);
    return hash.digest('hex');
  });
}

/** @returns what is wrong with the recording cut at a byte; undefined when nothing is */
async function cutAt(whole: Whole, at: number, isRead: boolean): Promise<string | undefined> {
  let found: Recording;
  try {
    found = await openBytes(whole.bytes.subarray(0, at));
  } catch (error) {
    return at < whole.schemaEnd ? undefined : `cut at ${at}: ${String(error)}`;
  }
  const count = whole.ends.filter((end) => end <= at).length;
  const isSound =
    JSON.stringify(found.chunks) === whole.facts[count] &&
    !found.isComplete &&
    found.damage === undefined &&
    found.byteLength <= at &&
    found.byteLength >= (whole.ends[count - 1] ?? whole.schemaEnd);
  if (!isSound)
    return `cut at ${at}: ${found.chunks.length} of ${count} chunks, ${String(found.damage)}`;
  if (!isRead) return undefined;
  const hashes = await hashesOf(found);
  return hashes.join() === whole.hashes.slice(0, count).join()
    ? undefined
    : `cut at ${at}: other events`;
}

const RECORDINGS: [name: string, bytes: Uint8Array][] = [
  ["of TypeScript's compiler", new Uint8Array(readFileSync(new URL('../fixtures/tsc-small.arrow', import.meta.url)))],
  ['of 30 chunks', sampleRecording({ events: 60_000, chunkRows: 2000 }).bytes],
]; // prettier-ignore

describe('cut off', () => {
  const CUTS = 10_000;

  test.each(RECORDINGS)(`a recording %s, at ${CUTS / 2} bytes`, PATIENCE, async (_, bytes) => {
    const whole = await wholeOf(bytes);
    expect(whole.chunks.length).toBeGreaterThan(1);
    const random = seeded(SEED);
    const wrong: string[] = [];
    for (let i = 0; i < CUTS / 2; i++) {
      const found = await cutAt(whole, Math.floor(random() * bytes.length), i % 100 === 0);
      if (found !== undefined) wrong.push(found);
    }
    expect(wrong).toEqual([]);
  });

  // At each byte of the end, and of all else: damage.test.ts.
  test('at each byte of the last chunk and of its parts', PATIENCE, async () => {
    const whole = await wholeOf(smallRecording(1));
    const wrong: string[] = [];
    for (let at = whole.ends.at(-2)!; at <= whole.ends.at(-1)!; at++) {
      const found = await cutAt(whole, at, at % 50 === 0);
      if (found !== undefined) wrong.push(found);
    }
    expect(wrong).toEqual([]);
    expect(await cutAt(whole, whole.bytes.length, false)).toMatch(/cut at/); // it is whole
  });
});

describe('a tail that was never written', () => {
  const random = seeded(SEED + 1);
  const fills: [what: string, fill: () => number][] = [
    ['zeros', () => 0],
    ['noise', () => Math.floor(random() * 256)],
  ];

  test.each(fills)('of %s: every chunk before it, and it is told', PATIENCE, async (_, fill) => {
    const whole = await wholeOf(RECORDINGS[1]![1]);
    const { bytes } = whole;
    const noise = Uint8Array.from({ length: bytes.length }, fill);
    const wrong: string[] = [];
    for (let i = 0; i < 200; i++) {
      let at = whole.schemaEnd + Math.floor(random() * (bytes.length - whole.schemaEnd));
      // A lost power loses pages; anything else loses anything.
      if (i % 2 === 0) at = Math.max(whole.schemaEnd, Math.floor(at / PAGE) * PAGE);
      const damaged = noise.slice();
      damaged.set(bytes.subarray(0, at));
      const count = whole.ends.filter((end) => end <= at).length;
      for (const found of [
        await openBytes(damaged),
        (await salvageRecording(sourceOf(damaged))).recording,
      ]) {
        const facts = JSON.stringify(found.chunks.slice(0, count));
        if (facts !== whole.facts[count] || found.isComplete || found.chunks.length > count + 1) {
          wrong.push(`seed ${SEED}, from ${at}: ${found.chunks.length} of ${count} chunks`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});

test('pages of zeros in the middle: every chunk but those they are in', PATIENCE, async () => {
  const whole = await wholeOf(RECORDINGS[1]![1]);
  const { bytes, chunks } = whole;
  const random = seeded(SEED + 2);
  const wrong: string[] = [];
  const firstPage = Math.ceil(whole.ends[0]! / PAGE);
  for (let i = 0; i < 150; i++) {
    const start = PAGE * (firstPage + Math.floor(random() * (bytes.length / PAGE - firstPage)));
    const end = Math.min(bytes.length - 1, start + PAGE * (1 + Math.floor(random() * 40)));
    const damaged = bytes.slice(0, -1).fill(0, start, end);
    const { recording, gaps } = await salvageRecording(sourceOf(damaged));
    const found = new Set(recording.chunks.map(({ byteOffset }) => byteOffset));
    const missing = chunks.filter(
      ({ byteOffset }, index) =>
        (whole.ends[index]! <= start || byteOffset >= end) && !found.has(byteOffset),
    );
    if (missing.length > 0) wrong.push(`seed ${SEED}, zeros ${start} to ${end}: ${missing.length}`);
    // Within one body no message is missing; elsewhere it is said where.
    const isInBody = chunks.some(
      (chunk, index) =>
        start >= chunk.byteOffset + chunk.metadataBytes && end <= whole.ends[index]!,
    );
    if (!isInBody && gaps.length === 0) wrong.push(`zeros ${start} to ${end}: nothing is said`);
  }
  expect(wrong).toEqual([]);
});

test('an empty file says that it is empty', async () => {
  await expect(openRecording(sourceOf(new Uint8Array()))).rejects.toThrow('nothing was recorded');
});
