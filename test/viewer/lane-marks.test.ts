/** Level of detail, density of groups, hit testing and stepping, over lanes made by hand. */
import { expect, it } from 'vitest';
import { STATES } from '../../src/format/event-columns.ts';
import { SpanStore } from '../../src/format/lanes/span-store.ts';
import { markAt } from '../../viewer/src/lanes/hit-test.ts';
import { groupDensity } from '../../viewer/src/worker/group-density.ts';
import { bucketFor, laneMarks, type LaneMarks } from '../../viewer/src/worker/lane-window.ts';

const [RUNNABLE, RUNNING, WAITING, DEAD] = ['runnable', 'running', 'waiting', 'dead'].map((name) =>
  STATES.indexOf(name as (typeof STATES)[number]),
) as [number, number, number, number];
const HIDDEN = Uint8Array.from(STATES, (_, state) => (state === 0 || state === DEAD ? 1 : 0));

/** A store with one lane per list of [start, state]. */
function storeOf(...lanes: [startNs: number, state: number][][]): SpanStore {
  const store = new SpanStore();
  for (const spans of lanes) {
    const lane = store.addLane();
    for (const [startNs, state] of spans) store.append(lane, startNs, state, 0, 0, 0, 0);
  }
  return store;
}

/** Marks as rows: [start, end, state, count]. */
function rowsOf(marks: LaneMarks, slot = 0): number[][] {
  const rows: number[][] = [];
  for (let i = marks.laneFirst[slot]!; i < marks.laneFirst[slot + 1]!; i++) {
    rows.push([marks.startNs[i]!, marks.endNs[i]!, marks.state[i]!, marks.count[i]!]);
  }
  return rows;
}

const marksOf = (store: SpanStore, startNs: number, endNs: number, bucketNs: number): LaneMarks =>
  laneMarks(store, Int32Array.of(0), startNs, endNs, bucketNs, 1000, HIDDEN);

it.each([
  [0.1, 1],
  [1, 1],
  [1.5, 2],
  [1000, 1024],
  [1024, 1024],
  [1e9, 2 ** 30],
])('a pixel of %d ns gets buckets of %d ns', (nsPerPx, bucketNs) => {
  expect(bucketFor(nsPerPx)).toBe(bucketNs);
});

it('gives spans at least as long as a bucket as they are', () => {
  const store = storeOf([
    [0, WAITING],
    [100, RUNNING],
    [300, WAITING],
  ]);
  expect(rowsOf(marksOf(store, 0, 1000, 64))).toEqual([
    [0, 100, WAITING, 1],
    [100, 300, RUNNING, 1],
    [300, 1000, WAITING, 1],
  ]);
});

it('joins shorter ones within a bucket: the state with most time, the count, the extent', () => {
  const store = storeOf([
    [0, RUNNING],
    [10, RUNNABLE],
    [15, RUNNING],
    [40, RUNNABLE],
    [64, WAITING],
  ]);
  const marks = marksOf(store, 0, 1000, 64);
  expect(rowsOf(marks)).toEqual([
    [0, 64, RUNNING, 4],
    [64, 1000, WAITING, 1],
  ]);
  expect(marks.longestNs[0]).toBe(25);
});

it.each<[string, [number, number][], number, number]>([
  [
    'a quarter',
    [
      [0, RUNNING],
      [16, WAITING],
      [64, DEAD],
    ],
    RUNNING,
    64,
  ],
  [
    'none',
    [
      [0, WAITING],
      [16, WAITING],
      [64, DEAD],
    ],
    0,
    0,
  ],
  [
    'all',
    [
      [0, RUNNING],
      [16, RUNNABLE],
      [64, DEAD],
    ],
    RUNNABLE,
    255,
  ],
  [
    'a little, said as more than nothing',
    [
      [0, WAITING],
      [10, RUNNING],
      [10, WAITING],
      [64, DEAD],
    ],
    RUNNING,
    1,
  ],
])('says that %s of a mark’s time was active, and how', (_, spans, state, share) => {
  const marks = marksOf(storeOf(spans), 0, 1000, 128);
  expect([marks.activeState[0], marks.activeShare[0]]).toEqual([state, share]);
});

it('gives only what lies in the window, with the span that reaches into it', () => {
  const store = storeOf([
    [0, WAITING],
    [100, RUNNING],
    [200, WAITING],
    [300, RUNNING],
  ]);
  expect(rowsOf(marksOf(store, 150, 250, 1))).toEqual([
    [100, 200, RUNNING, 1],
    [200, 300, WAITING, 1],
  ]);
});

it('leaves out what comes after the end of a goroutine', () => {
  const store = storeOf([
    [0, RUNNING],
    [500, DEAD],
  ]);
  expect(rowsOf(marksOf(store, 0, 1000, 1))).toEqual([[0, 500, RUNNING, 1]]);
});

it('does not lose a span of no length', () => {
  const store = storeOf([
    [10, RUNNABLE],
    [10, DEAD],
  ]);
  expect(rowsOf(marksOf(store, 0, 1000, 1))).toEqual([[10, 10, RUNNABLE, 1]]);
});

it('needs no more marks than there are buckets, however many spans', () => {
  const spans: [number, number][] = [];
  for (let i = 0; i < 100_000; i++) spans.push([i * 10, i % 2 === 0 ? RUNNING : RUNNABLE]);
  const store = storeOf(spans);
  const marks = laneMarks(store, Int32Array.of(0), 0, 1e6, 4096, 1e6, HIDDEN);
  expect(marks.startNs.length).toBeLessThanOrEqual(Math.ceil(1e6 / 4096) + 1);
  expect(marks.count.reduce((sum, count) => sum + count, 0)).toBe(100_000);
});

it('covers all time of a lane whatever the bucket', () => {
  const spans: [number, number][] = [];
  let timeNs = 0;
  for (let i = 0; i < 500; i++) spans.push([(timeNs += (i * 7919) % 13), 1 + (i % 4)]);
  const store = storeOf(spans);
  for (let bucketNs = 1; bucketNs <= 4096; bucketNs *= 2) {
    const rows = rowsOf(laneMarks(store, Int32Array.of(0), 0, 5000, bucketNs, 5000, HIDDEN));
    expect(rows[0]![0]).toBe(spans[0]![0]);
    expect(rows.at(-1)![1]).toBe(5000);
    for (const [i, row] of rows.slice(1).entries()) expect(row[0]).toBe(rows[i]![1]);
  }
});

it('counts a group by state: means of its goroutines, whole buckets and parts of them', () => {
  const store = storeOf(
    [
      [0, WAITING],
      [150, RUNNING],
    ],
    [
      [50, RUNNING],
      [350, DEAD],
    ],
  );
  const { counts, bucketCount } = groupDensity(
    store,
    Int32Array.of(0, 1),
    0,
    400,
    100,
    400,
    STATES.length,
  );
  const of = (state: number): number[] =>
    Array.from({ length: bucketCount }, (_, bucket) => counts[bucket * STATES.length + state]!);
  expect(of(WAITING)).toEqual([1, 0.5, 0, 0]);
  expect(of(RUNNING)).toEqual([0.5, 1.5, 2, 1.5]);
});

it.each<[string, number, number, number]>([
  ['in a mark', 120, 0, 1],
  ['on its first ns', 100, 0, 1],
  ['on the first after it', 200, 0, -1],
  ['near the one before', 203, 5, 1],
  ['near the one after', 297, 5, 2],
  ['too far from both', 250, 5, -1],
  ['before all', 5, 0, 0],
])('finds the mark %s', (_, timeNs, slackNs, mark) => {
  const store = storeOf([
    [0, WAITING],
    [100, RUNNING],
    [200, 0],
    [300, RUNNING],
  ]);
  expect(markAt(marksOf(store, 0, 1000, 1), 0, timeNs, slackNs)).toBe(mark);
});

it('finds nothing in a lane that was not asked for', () => {
  expect(markAt(marksOf(storeOf([[0, RUNNING]]), 0, 10, 1), 7, 5, 5)).toBe(-1);
});
