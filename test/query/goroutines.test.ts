import { expect, it } from 'vitest';
import { EVENTS, STATES } from '../../src/format/index.ts';
import { sampleRecording } from '../format/sample-recording.ts';
import { openQuery, tinyRecording } from './query-recording.ts';
import type { TinyEvent, TinyGoroutine } from './query-recording.ts';

const SPANS = `SELECT goid, start_ns, end_ns, state, wait_reason, p, next_state, is_whole
FROM spans ORDER BY goid, start_ns, end_ns`;

/** Name, events, goroutines counted, spans expected. The recording ends at 1000. */
const LIVES: [string, TinyEvent[], TinyGoroutine[], string[]][] = [
  [
    'created and ended while recording',
    [
      { time: 10, event: 'go_create', goid: 9, by: 1, to: 'runnable', func: 'f' },
      { time: 20, event: 'go_state', goid: 9, from: 'runnable', to: 'running', p: 3 },
      {
        time: 50,
        event: 'go_state',
        goid: 9,
        from: 'running',
        to: 'waiting',
        reason: 'sleep',
        p: 3,
      },
      { time: 80, event: 'go_state', goid: 9, from: 'waiting', to: 'runnable', p: 0 },
      { time: 81, event: 'go_state', goid: 9, from: 'runnable', to: 'running', p: 1 },
      { time: 90, event: 'go_exit', goid: 9, from: 'running', to: 'dead', p: 1 },
    ],
    [],
    [
      '9 10 20 runnable null null running true',
      '9 20 50 running null 3 waiting true',
      '9 50 80 waiting sleep null runnable true',
      '9 80 81 runnable null null running true',
      '9 81 90 running null 1 dead true',
    ],
  ],
  [
    'counted at the start and still there at the end',
    [{ time: 40, event: 'go_state', goid: 4, from: 'waiting', to: 'runnable' }],
    [{ goid: 4, func: 'f', state: 'waiting', reason: 'chan receive' }],
    ['4 0 40 waiting chan receive null runnable false', '4 40 1000 runnable null null null false'],
  ],
  [
    'counted, and never seen again',
    [{ time: 40, event: 'gc_begin' }],
    [{ goid: 4, func: 'f', state: 'waiting', reason: 'select' }],
    ['4 0 1000 waiting select null null false'],
  ],
  [
    'counted in another state than its first event says: the event is right',
    [{ time: 40, event: 'go_state', goid: 4, from: 'running', to: 'runnable' }],
    [{ goid: 4, func: 'f', state: 'waiting', reason: 'select' }],
    ['4 0 40 running null null runnable false', '4 40 1000 runnable null null null false'],
  ],
  [
    'counted, though it was created after the probes were in place',
    [
      { time: 3, event: 'go_create', goid: 4, by: 1, to: 'runnable', func: 'f' },
      { time: 40, event: 'go_state', goid: 4, from: 'runnable', to: 'running', p: 2 },
    ],
    [{ goid: 4, func: 'f', state: 'runnable' }],
    ['4 3 40 runnable null null running true', '4 40 1000 running null 2 null false'],
  ],
  [
    'gone before it could be counted',
    [{ time: 5, event: 'go_exit', goid: 4, from: 'running', to: 'dead' }],
    [],
    ['4 0 5 running null null dead false'],
  ],
  [
    'two changes at one time, in the order of the file',
    [
      { time: 5, event: 'go_create', goid: 4, by: 1, to: 'runnable', func: 'f' },
      { time: 5, event: 'go_state', goid: 4, from: 'runnable', to: 'running' },
      { time: 5, event: 'go_state', goid: 4, from: 'running', to: 'syscall' },
    ],
    [],
    [
      '4 5 5 runnable null null running true',
      '4 5 5 running null null syscall true',
      '4 5 1000 syscall null null null false',
    ],
  ],
];

const sample = sampleRecording();

it.for(LIVES)('spans of a goroutine %s', async ([, events, census, expected]) => {
  const { texts } = await openQuery(tinyRecording([events], census));
  const found = await texts(SPANS);
  // Spans of no length have no order among themselves.
  expect(found.toSorted()).toEqual(expected.toSorted());
});

it('spans go on over the border of a chunk', async () => {
  const { texts } = await openQuery(
    tinyRecording([
      [{ time: 10, event: 'go_create', goid: 9, by: 1, to: 'runnable', func: 'f' }],
      [{ time: 30, event: 'go_state', goid: 9, from: 'runnable', to: 'running' }],
    ]),
  );
  expect(await texts('SELECT start_ns, duration_ns, state FROM spans ORDER BY 1')).toEqual([
    '10 20 runnable',
    '30 970 running',
  ]);
});

it('puts events in order where a chunk begins before the one before it ended', async () => {
  const { texts } = await openQuery(
    tinyRecording([
      [
        { time: 10, event: 'go_create', goid: 9, by: 1, to: 'runnable', func: 'f' },
        { time: 40, event: 'go_state', goid: 9, from: 'running', to: 'waiting', reason: 'sleep' },
        { time: 60, event: 'go_exit', goid: 9, from: 'running', to: 'dead' },
      ],
      [
        { time: 30, event: 'go_state', goid: 9, from: 'runnable', to: 'running' },
        { time: 40, event: 'go_state', goid: 9, from: 'waiting', to: 'runnable' },
        { time: 55, event: 'go_state', goid: 9, from: 'runnable', to: 'running' },
      ],
      [{ time: 52, event: 'go_create', goid: 10, by: 1, to: 'runnable', func: 'f' }],
    ]),
  );
  expect(await texts('SELECT goid, start_ns, end_ns, state FROM spans')).toEqual([
    '9 10 30 runnable',
    '9 30 40 running',
    '9 40 40 waiting',
    '9 40 55 runnable',
    '9 55 60 running',
    '10 52 1000 runnable',
  ]);
});

it('refuses a goroutine with a number beyond 2^53', async () => {
  const bytes = tinyRecording([[{ time: 5, event: 'go_create', goid: 9, to: 'runnable' }]]);
  const { recording } = await openQuery(bytes);
  const chunk = recording.chunks[0]!;
  new DataView(bytes.buffer, bytes.byteOffset).setBigInt64(
    chunk.byteOffset + chunk.metadataBytes + 64,
    2n ** 53n,
    true,
  );
  const { rows } = await openQuery(bytes);
  await expect(rows('FROM spans')).rejects.toMatchObject({
    name: 'FormatError',
    code: 'bad-value',
  });
});

it('has the spans of more goroutines than fit into a batch', async () => {
  const events = Array.from({ length: 70_000 }, (_, index) => ({
    time: 5,
    event: 'go_create' as const,
    goid: index + 1,
    to: 'runnable',
  }));
  const { rows } = await openQuery(tinyRecording([events]));
  expect(
    await rows('SELECT count(*), count(DISTINCT goid), sum(duration_ns)::BIGINT FROM spans'),
  ).toEqual([[70_000n, 70_000n, 70_000n * 995n]]);
});

it('spans tile the life of every goroutine, without gaps and overlaps', async () => {
  const { rows } = await openQuery(sample.bytes);
  const gaps = await rows(`SELECT goid, start_ns, end_ns FROM (
    SELECT *, lag(end_ns) OVER (PARTITION BY pid, goid ORDER BY start_ns, end_ns) AS previous
    FROM spans
  ) WHERE duration_ns < 0 OR (previous IS NOT NULL AND previous <> start_ns)`);
  expect(gaps).toEqual([]);
  const lives = await rows(`SELECT g.goid FROM goroutines g
    JOIN (SELECT pid, goid, min(start_ns) AS first, max(end_ns) AS last FROM spans GROUP BY ALL) s
    USING (pid, goid)
    WHERE first <> coalesce(created_ns, 0) OR last <> coalesce(exited_ns, recording_end_ns())
      OR running_ns + runnable_ns + syscall_ns + waiting_ns <> last - first`);
  expect(lives).toEqual([]);
});

it('time by state is what adding up the columns gives', async () => {
  const { recording, texts } = await openQuery(sample.bytes);
  const since = new Map<bigint, { state: string; time: bigint }>();
  const sums = new Map<string, bigint>();
  const add = (goid: bigint, until: bigint) => {
    const { state, time } = since.get(goid)!;
    sums.set(state, (sums.get(state) ?? 0n) + until - time);
  };
  const { goroutines } = recording;
  for (let row = 0; row < goroutines.count; row++) {
    since.set(goroutines.goid[row]!, { state: STATES[goroutines.state[row]!]!, time: 0n });
  }
  const changing = new Set(
    ['go_create', 'go_state', 'go_exit'].map((name) => EVENTS.indexOf(name as 'go_exit')),
  );
  for (const { rowCount, events } of sample.chunks) {
    for (let row = 0; row < rowCount; row++) {
      if (!changing.has(events.event[row]!)) continue;
      const goid = events.goid[row]!;
      const time = events.time_ns[row]!;
      if (since.has(goid)) add(goid, time);
      const state = STATES[events.to_state[row]!]!;
      if (state === 'dead') since.delete(goid);
      else since.set(goid, { state, time });
    }
  }
  for (const goid of since.keys()) add(goid, BigInt(recording.endNs));
  expect(
    await texts('SELECT state, sum(duration_ns) FROM spans GROUP BY state ORDER BY state::VARCHAR'),
  ).toEqual([...sums].map(([state, ns]) => `${state} ${ns}`).sort());
});

it('goroutines has each one once, with where it comes from', async () => {
  const { texts } = await openQuery(
    tinyRecording(
      [
        [
          { time: 10, event: 'go_create', goid: 9, by: 4, to: 'runnable', func: 'main.f', site: 1 },
          { time: 20, event: 'go_state', goid: 9, from: 'runnable', to: 'running' },
          { time: 90, event: 'go_exit', goid: 9, from: 'running', to: 'dead' },
          {
            time: 95,
            event: 'go_create',
            goid: 10,
            by: 4,
            to: 'runnable',
            func: 'runtime.bgsweep',
          },
        ],
      ],
      [
        { goid: 1, func: 'runtime.main', state: 'waiting' },
        { goid: 4, parent: 1, func: 'main.g', state: 'syscall' },
      ],
    ),
  );
  expect(
    await texts(`SELECT goid, parent_goid, func, file, line, created_ns, exited_ns, state,
      running_ns, runnable_ns, syscall_ns, waiting_ns, is_system FROM goroutines ORDER BY goid`),
  ).toEqual([
    '1 null runtime.main null null null null waiting 0 0 0 1000 false',
    '4 1 main.g null null null null syscall 0 0 1000 0 false',
    '9 4 main.f main.go 12 10 90 null 70 10 0 0 false',
    '10 4 runtime.bgsweep null null 95 null runnable 0 905 0 0 true',
  ]);
});

it('wakeups tell who, after what wait, and how long until it ran', async () => {
  const { texts } = await openQuery(
    tinyRecording(
      [
        [
          { time: 10, event: 'go_state', goid: 4, from: 'waiting', to: 'runnable', by: 1 },
          { time: 25, event: 'go_state', goid: 4, from: 'runnable', to: 'running' },
          { time: 40, event: 'go_state', goid: 4, from: 'running', to: 'waiting', reason: 'sleep' },
          { time: 90, event: 'go_state', goid: 4, from: 'waiting', to: 'runnable' },
        ],
      ],
      [{ goid: 4, func: 'f', state: 'waiting', reason: 'select' }],
    ),
  );
  expect(
    await texts(`SELECT time_ns, goid, by_goid, wait_reason, waited_ns, latency_ns
      FROM wakeups ORDER BY time_ns`),
  ).toEqual(['10 4 1 select null 15', '90 4 null sleep 50 null']);
});

it.for([
  [0, '4 waiting'],
  [9, '4 waiting'],
  [10, '4 runnable'],
  [1000, '4 runnable'],
])('goroutines_at(%i) is %s', async ([time, expected]) => {
  const { texts } = await openQuery(
    tinyRecording(
      [[{ time: 10, event: 'go_state', goid: 4, from: 'waiting', to: 'runnable' }]],
      [{ goid: 4, func: 'f', state: 'waiting' }],
    ),
  );
  expect(await texts(`SELECT goid, state FROM goroutines_at(${time})`)).toEqual([expected]);
});
