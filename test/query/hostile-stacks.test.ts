/** Stacks that are each other's parents, or occur many times: the views end, and soon. */
import { expect, test } from 'vitest';
import { RecordingWriter } from '../../src/format/index.ts';
import { FACTS, NO_GOROUTINES } from '../format/empty-chunk.ts';
import { SAMPLE_META } from '../format/sample-recording.ts';
import { eventArrays } from '../format/sample-program.ts';
import { openQuery } from './query-recording.ts';

const LONG = Array.from({ length: 3000 }, (_, i) => [i + 1, i] as const);

test.each<[what: string, rows: readonly (readonly [stack: number, parent: number])[], depths: number[]]>([
  ['its own parent', [[1, 1]], [1]],
  ["each other's parents", [[1, 2], [2, 1]], [1, 2]],
  ['a parent that is behind it', [[1, 2], [2, 0]], [1, 1]],
  ['thirty numbers, each twice', Array.from({ length: 60 }, (_, i) => [1 + (i >> 1), i >> 1] as const), Array.from({ length: 30 }, (_, i) => i + 1)],
  ['a chain of thousands', LONG, LONG.map((_, i) => 1 + (i % 1024))],
])('%s', async (_, rows, depths) => {
  const writer = new RecordingWriter(SAMPLE_META, { wait_reason: [''] });
  const pieces = [
    ...writer.begin(),
    ...writer.stacks({
      count: rows.length,
      stack: Int32Array.from(rows, ([stack]) => stack),
      parent: Int32Array.from(rows, ([, parent]) => parent),
      frame: new Int32Array(rows.length),
    }),
    ...writer.checkpoint(NO_GOROUTINES),
    ...writer.chunk(eventArrays([]), 0, FACTS),
    ...writer.end({}),
  ];
  const { rows: ask } = await openQuery(new Uint8Array(Buffer.concat(pieces)));
  expect((await ask('SELECT depth FROM stack_paths ORDER BY stack')).flat()).toEqual(depths);
  const sum = depths.reduce((total, depth) => total + depth, 0);
  expect(await ask('SELECT count(*) FROM stacks')).toEqual([[BigInt(sum)]]);
}); // prettier-ignore
