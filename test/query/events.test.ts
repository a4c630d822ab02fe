import { tableFromIPC } from 'apache-arrow';
import { expect, it } from 'vitest';
import { EVENTS } from '../../src/format/index.ts';
import { sampleRecording } from '../format/sample-recording.ts';
import { openQuery, tinyRecording } from './query-recording.ts';

const sample = sampleRecording();

/** All chunks' values of a column. */
function column(name: 'time_ns' | 'goid' | 'size_bytes'): bigint[] {
  return sample.chunks.flatMap(({ events }) => [...events[name]]);
}

it('has every row of the file once, in its order', async () => {
  const { rows } = await openQuery(sample.bytes);
  const found = await rows('SELECT time_ns FROM events');
  expect(found.map(([time]) => time)).toEqual(column('time_ns'));
});

it('counts and sums as another reader of Arrow does', async () => {
  const table = tableFromIPC(sample.bytes);
  const expected = new Map<string, { count: number; sizes: bigint; times: bigint }>();
  for (const batch of table.batches) {
    for (let row = 0; row < batch.numRows; row++) {
      const name = String(batch.getChild('event')!.get(row));
      const group = expected.get(name) ?? { count: 0, sizes: 0n, times: 0n };
      group.count++;
      group.sizes += batch.getChild('size_bytes')!.get(row) as bigint;
      group.times += batch.getChild('time_ns')!.get(row) as bigint;
      expected.set(name, group);
    }
  }
  const { texts } = await openQuery(sample.bytes);
  const found = await texts(
    'SELECT event, count(*), coalesce(sum(size_bytes), 0), sum(time_ns) FROM events GROUP BY event',
  );
  expect(found.sort()).toEqual(
    [...expected]
      .map(([name, { count, sizes, times }]) => `${name} ${count} ${sizes} ${times}`)
      .sort(),
  );
});

it.for([
  ['all of it', null, null],
  ['from its middle on', 60_000_000n, null],
  ['up to its middle', null, 60_000_000n],
  ['a stretch within a chunk', 1_000_000n, 1_300_000n],
  ['a stretch over chunks', 20_000_000n, 100_000_000n],
  ['nothing before it', -5n, 0n],
  ['nothing after it', 10n ** 12n, 10n ** 13n],
  ['nothing, ends before begin', 60_000_000n, 50_000_000n],
] as const)('events_between gives exactly the rows of %s', async ([, start, end]) => {
  const { texts } = await openQuery(sample.bytes);
  const inside = column('time_ns').filter(
    (time) => (start === null || time >= start) && (end === null || time < end),
  );
  const expected = `${inside.length} ${inside.reduce((sum, time) => sum + time, 0n)}`;
  expect(
    await texts(`SELECT count(*), coalesce(sum(time_ns), 0) FROM events_between(${start}, ${end})`),
  ).toEqual([expected]);
  // The same without pruning and without the time's column.
  expect(await texts(`SELECT count(goid) FROM events_between(${start}, ${end})`)).toEqual(
    await texts(
      `SELECT count(goid) FROM events WHERE time_ns >= ${start ?? 0} AND time_ns < ${end ?? 10n ** 15n}`,
    ),
  );
});

it('reads only the columns a query names, and only the chunks it can need', async () => {
  const { rows, reads } = await openQuery(sample.bytes);
  reads.length = 0;
  await rows('SELECT sum(p) FROM events');
  expect(reads.map(({ byteLength }) => byteLength)).toEqual(
    sample.chunks.map(({ rowCount }) => rowCount * 2),
  );
  reads.length = 0;
  await rows('SELECT sum(pid) FROM events_between(20000000, 21000000)');
  const rowCount = sample.chunks[0]!.rowCount;
  expect(reads.map(({ byteLength }) => byteLength)).toEqual([rowCount * 8, rowCount * 4]);
});

it('does not read chunks without an event of the kind asked for', async () => {
  const { rows, reads } = await openQuery(
    tinyRecording([
      [{ time: 1, event: 'alloc', goid: 1, size: 5 }],
      [{ time: 2, event: 'gc_begin' }],
      [{ time: 3, event: 'gc_end' }],
    ]),
  );
  reads.length = 0;
  expect(await rows('SELECT size_bytes FROM allocs')).toEqual([[5n]]);
  expect(reads.map(({ byteLength }) => byteLength)).toEqual([8, 1]);
});

it('gives the rows of one kind as a filter does', async () => {
  const { texts } = await openQuery(sample.bytes);
  const columns = 'time_ns, goid, size_bytes, type, kind, func, file, line';
  expect(await texts(`SELECT ${columns} FROM allocs`)).toEqual(
    await texts(`SELECT ${columns} FROM events WHERE event = 'alloc'`),
  );
});

it('shows what means "none" in the file as NULL', async () => {
  const { rows } = await openQuery(
    tinyRecording([
      [
        { time: 0, event: 'gc_begin' },
        {
          time: 1,
          event: 'alloc',
          goid: 4,
          size: 0,
          kind: 'new',
          func: 'f',
          type: 'T',
          site: 2,
          p: 0,
        },
      ],
    ]),
  );
  const columns =
    'goid, by_goid, p, from_state, wait_reason, size_bytes, type, kind, func, file, line, site';
  expect(await rows(`SELECT ${columns} FROM events`)).toEqual([
    [null, null, null, null, null, null, null, null, null, null, null, null],
    [4n, null, 0, null, null, 0n, 'T', 'new', 'f', 'other.go', 34, 2],
  ]);
});

it('keeps 64-bit integers to the last digit', async () => {
  const bytes = tinyRecording([[{ time: 5, event: 'alloc', goid: 1, size: 1 }]]);
  // The only int64 that is 5 and then 1: overwritten in place.
  const extremes = [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n];
  for (const extreme of extremes) {
    const changed = new Uint8Array(bytes);
    const view = new DataView(changed.buffer);
    const { recording } = await openQuery(bytes);
    const chunk = recording.chunks[0]!;
    // Columns of one row take 64 bytes each: goid is the second, size_bytes the fourth.
    view.setBigInt64(chunk.byteOffset + chunk.metadataBytes + 64, extreme, true);
    view.setBigInt64(chunk.byteOffset + chunk.metadataBytes + 3 * 64, extreme, true);
    const { rows } = await openQuery(changed);
    expect(await rows('SELECT goid, size_bytes, sum(size_bytes) FROM events GROUP BY ALL')).toEqual(
      [[extreme, extreme, extreme]],
    );
  }
});

it.for([300, 70_000])('shows each of %i functions by its name', async (count) => {
  const events = Array.from({ length: count }, (_, index) => ({
    time: 5,
    event: 'alloc' as const,
    goid: index + 1,
    func: `f${index}`,
  }));
  const { rows } = await openQuery(tinyRecording([events]));
  expect(await rows(`SELECT count(*) FROM events WHERE func::VARCHAR = 'f' || (goid - 1)`)).toEqual(
    [[BigInt(count)]],
  );
  expect(await rows(`SELECT goid FROM events WHERE func = 'f${count - 1}'`)).toEqual([
    [BigInt(count)],
  ]);
});

it.for([
  ['func', EVENTS.length + 99],
  ['kind', -1],
  ['event', 127],
] as const)('refuses an index of %s outside of its dictionary', async ([name, index]) => {
  const bytes = tinyRecording([[{ time: 5, event: 'alloc', goid: 1, func: 'f' }]]);
  const { recording } = await openQuery(bytes);
  const chunk = recording.chunks[0]!;
  const position = { func: 6, event: 10, kind: 14 }[name];
  new DataView(bytes.buffer, bytes.byteOffset).setInt8(
    chunk.byteOffset + chunk.metadataBytes + position * 64,
    index,
  );
  const { rows } = await openQuery(bytes);
  await expect(rows(`SELECT ${name} FROM events`)).rejects.toMatchObject({
    name: 'FormatError',
    code: 'bad-value',
    byteOffset: chunk.byteOffset,
  });
});

it('says that the file has become shorter while it was open', async () => {
  const { recording } = await openQuery(sample.bytes);
  const { openEngine } = await import('../../src/query/index.ts');
  const end = recording.chunks[1]!.byteOffset;
  const engine = await openEngine(recording, {
    readSync: (byteOffset, byteLength) =>
      new Uint8Array(sample.bytes.subarray(byteOffset, Math.min(end, byteOffset + byteLength))),
  });
  const run = async () => {
    for await (const result of engine.run('SELECT sum(time_ns) FROM events'))
      await result.getRows();
  };
  await expect(run()).rejects.toMatchObject({ name: 'FormatError', code: 'truncated' });
  engine.close();
});

it('answers from a recording without events', async () => {
  const { rows } = await openQuery(tinyRecording([]));
  expect(await rows('SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM spans)')).toEqual([
    [0n, 0n],
  ]);
});

it.for([
  ["event IN ('alloc', 'nope')", 1n],
  ["event NOT IN ('alloc', 'nope')", 1n],
  ["event = 'nope'", 0n],
  ["coalesce(func, 'nobody') = 'nobody'", 1n],
  ["func LIKE 'main.%'", 1n],
  ["CASE event WHEN 'nope' THEN false ELSE true END", 2n],
] as const)('compares names of this recording with any text: %s', async ([condition, count]) => {
  const { rows } = await openQuery(
    tinyRecording([
      [
        { time: 0, event: 'gc_begin' },
        { time: 1, event: 'alloc', goid: 4, func: 'main.f' },
      ],
    ]),
  );
  expect(await rows(`SELECT count(*) FROM events WHERE ${condition}`)).toEqual([[count]]);
});
