/** Stacks that are compressed while a program is recorded; docs/format.md, "Compression". */
import { crc32 } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { zstdCompress } from '../../src/cli/zstd-compress.ts';
import {
  checkRecording,
  MemorySource,
  RecordingCopy,
  RecordingWriter,
  type Recording,
} from '../../src/format/index.ts';
import type { StackColumns } from '../../src/format/recording.ts';
import type { Compress } from '../../src/format/zstd.ts';
import { bytesOfCopy, compacted } from './compacted.ts';
import { FACTS, NO_GOROUTINES } from './empty-chunk.ts';
import { allEvents, openBytes, sourceOf } from './opened.ts';
import { seeded } from './sample-program.ts';
import { SAMPLE_META, sampleRecording } from './sample-recording.ts';

let compress: Compress;
beforeAll(async () => {
  compress = await zstdCompress(1);
});

const OPTIONS = { events: 3000, chunkRows: 700 };

test.each([false, true])('are the same stacks; cut off: %s', async (cutOff) => {
  const plain = await openBytes(sampleRecording({ ...OPTIONS, cutOff }).bytes);
  const { bytes } = sampleRecording({ ...OPTIONS, cutOff, compressStacks: compress });
  const found = await openBytes(bytes);
  expect(plain.meta.compression).toBeUndefined();
  expect(found.meta.compression).toBe('zstd-parts');
  expect(plain.stacks.count).toBeGreaterThan(0);
  expect(found.stacks).toEqual(plain.stacks);
  expect(await allEvents(found)).toEqual(await allEvents(plain));
  const { findings } = await checkRecording(sourceOf(bytes), { crc32 });
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
});

test('are the same in copies, whether those compress or not', async () => {
  const { bytes } = sampleRecording({ ...OPTIONS, compressStacks: compress });
  const plain = sampleRecording(OPTIONS).bytes;
  const frames = ({ stacks }: Recording) => [...stacks.frame.subarray(0, stacks.count)];
  const copied = async (of: Uint8Array) =>
    openBytes(await bytesOfCopy(new RecordingCopy(await openBytes(of), { history: 'copied' })));
  const copy = await copied(bytes);
  expect(copy.meta.compression).toBeUndefined();
  expect(frames(copy)).toEqual(frames(await copied(plain)));
  const small = await openBytes(await compacted(bytes));
  expect(small.meta.compression).toBe('zstd');
  expect(frames(small)).toEqual(frames(await openBytes(await compacted(plain))));
});

test('take a fraction of the room, both as they come and as a whole', () => {
  const sizeOf = (compressStacks: Compress | undefined): number => {
    const writer = new RecordingWriter(SAMPLE_META, { wait_reason: [''] }, { compressStacks });
    const source = new MemorySource();
    source.append(...writer.begin(), ...writer.checkpoint(NO_GOROUTINES));
    source.append(...writer.stacks(deepStacks(50_000)));
    const { events } = sampleRecording({ events: 1, parts: false }).chunks[0]!;
    source.append(...writer.chunk(events, 0, FACTS), ...writer.end({ ended_ns: '9' }));
    return source.byteLength;
  };
  const plain = sizeOf(undefined);
  expect(plain).toBeGreaterThan(2 * 12 * 50_000);
  expect(sizeOf(compress)).toBeLessThan(plain / 2);
});

/** As a program makes them: each of some lines calls some others. */
function deepStacks(count: number): StackColumns {
  const random = seeded(7);
  const stack = Int32Array.from({ length: count }, (_, row) => row + 1);
  const parent = stack.map((number) => (number < 10 ? 0 : number - 1 - Math.floor(random() * 8)));
  const frame = stack.map(() => Math.floor(random() * random() * 400));
  return { count, stack, parent, frame };
}
