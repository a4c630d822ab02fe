/** Whose profiler labels a goroutine has: those it was given, before that its creator's. */
import { expect, it } from 'vitest';
import { openQuery, tinyRecording } from './query-recording.ts';
import type { TinyEvent } from './query-recording.ts';

const create = (time: number, goid: number, by: number): TinyEvent => ({
  time,
  event: 'go_create',
  goid,
  by,
  to: 'runnable',
  func: 'f',
});
const set = (time: number, goid: number, object: number): TinyEvent => ({
  time,
  event: 'go_labels',
  goid,
  by: goid,
  object,
});

const BLUE = { time: 10, object: 0xb0, key: 'tenant', value: 'blue' };
const RED = { time: 30, object: 0xd0, key: 'tenant', value: 'red' };

/** Name, events, `goid time value inherited` expected. */
const CASES: [string, TinyEvent[], string[]][] = [
  ['without a creator that has any', [create(20, 2, 1)], []],
  [
    'of the creator, and of its creator',
    [set(10, 1, 0xb0), create(20, 2, 1), create(40, 3, 2)],
    ['1 10 blue false', '2 20 blue true', '3 40 blue true'],
  ],
  [
    'as they were when it was created',
    [set(10, 1, 0xb0), create(20, 2, 1), set(30, 1, 0xd0), create(40, 3, 1)],
    ['1 10 blue false', '1 30 red false', '2 20 blue true', '3 40 red true'],
  ],
  [
    'of one created before there were any, and after they were taken',
    [create(5, 2, 1), set(10, 1, 0xb0), set(20, 1, 0), create(40, 3, 1)],
    ['1 10 blue false', '1 20 null false'],
  ],
  [
    'of one that was given others, and those it creates then',
    [set(10, 1, 0xb0), create(20, 2, 1), set(30, 2, 0xd0), create(40, 3, 2)],
    ['1 10 blue false', '2 20 blue true', '2 30 red false', '3 40 red true'],
  ],
  [
    'of goroutines that create each other, which no program does',
    [set(10, 1, 0xb0), create(20, 2, 1), create(20, 3, 2), create(20, 2, 3)],
    ['1 10 blue false', '2 20 blue true', '2 20 blue true', '3 20 blue true'],
  ],
];

it.each(CASES)('labels %s', async (_name, events, rows) => {
  const { texts } = await openQuery(tinyRecording([events], [], [BLUE, RED]));
  expect(
    await texts('SELECT goid, time_ns, value, inherited FROM labels ORDER BY goid, time_ns'),
  ).toEqual(rows);
});
