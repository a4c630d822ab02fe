/** Profiler labels in a cut: each goroutine has those that it had in the original. */
import { expect, test } from 'vitest';
import { openRecording, RecordingCopy } from '../../src/format/index.ts';
import { openQuery, tinyRecording, type TinyEvent } from '../query/query-recording.ts';
import { sourceOf } from './opened.ts';

const born = { event: 'go_create', to: 'runnable', func: 'main.worker' } as const;
const gone = { event: 'go_exit', from: 'running', to: 'dead' } as const;
const given = { event: 'go_labels' } as const;
const chunks: TinyEvent[][] = [
  [
    { time: 10, ...given, goid: 1, object: 9 },
    { time: 20, ...born, goid: 2, by: 1 },
    { time: 21, ...born, goid: 3, by: 2 },
    { time: 30, ...given, goid: 1, object: 0 },
    { time: 31, ...born, goid: 4, by: 1 },
  ],
  [
    { time: 40, ...given, goid: 4, object: 5 },
    { time: 45, ...given, goid: 4, object: 7 },
    // The set at 5 is gone, and another one lies there.
    { time: 50, ...given, goid: 3, object: 5 },
    { time: 55, ...gone, goid: 2 },
  ],
  [
    { time: 60, ...born, goid: 6, by: 3 },
    { time: 70, ...given, goid: 3, object: 8 },
    { time: 80, ...born, goid: 7, by: 4 },
  ],
];
const census = [{ goid: 1, func: 'main.main', state: 'waiting' }];
const labels = [
  { time: 10, object: 9, key: 'tenant', value: 'blue' },
  { time: 10, object: 9, key: 'path', value: '/a' },
  { time: 40, object: 5, key: 'tenant', value: 'old' },
  { time: 45, object: 7, key: 'tenant', value: 'green' },
  { time: 50, object: 5, key: 'tenant', value: 'red' },
  { time: 70, object: 8, key: 'tenant', value: 'white' },
];
const bytes = tinyRecording(chunks, census, labels);

/** Labels of those alive at a time, and later ones. */
const labelsFrom = (fromNs: number) => `WITH last AS (
  SELECT pid, goid, max(time_ns) AS time_ns FROM labels WHERE time_ns < ${fromNs} GROUP BY ALL
)
SELECT greatest(time_ns - ${fromNs}, 0) AS time_ns, goid, key, value FROM labels
WHERE (time_ns >= ${fromNs} OR (pid, goid, time_ns) IN (FROM last))
  AND goid IN (SELECT goid FROM spans WHERE end_ns >= ${fromNs} AND state <> 'dead')
  AND key IS NOT NULL ORDER BY ALL`;

test.each([5, 15, 25, 35, 42, 52, 58, 65, 75, 90])('from %i ns on', async (fromNs) => {
  const copy = new RecordingCopy(await openRecording(sourceOf(bytes)), { history: 'cut', fromNs });
  const pieces: Uint8Array[] = [];
  for await (const more of copy.pieces()) pieces.push(...more.map((piece) => piece.slice()));
  const found = await openQuery(new Uint8Array(Buffer.concat(pieces)));
  const wanted = await (await openQuery(bytes)).texts(labelsFrom(fromNs));
  expect(wanted.length).toBeGreaterThan(0);
  const sql = `SELECT time_ns, goid, key, value FROM labels WHERE key IS NOT NULL ORDER BY ALL`;
  expect(await found.texts(sql)).toEqual(wanted);
});
