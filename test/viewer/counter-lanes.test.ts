/** Counters: what they are made of, their values against the events' rows, and their picture. */
import { beforeAll, expect, it } from 'vitest';
import { openRecording, STATES } from '../../src/format/index.ts';
import { SpanBuilder, LANE_COLUMNS } from '../../src/format/lanes/span-builder.ts';
import { CounterCurve } from '../../viewer/src/counters/counter-curve.ts';
import { counterFacts } from '../../viewer/src/counters/counter-facts.ts';
import { countersOf, type Counter } from '../../viewer/src/counters/counters.ts';
import { scaleOf, valueAt } from '../../viewer/src/counters/counter-value.ts';
import { formatCounter } from '../../viewer/src/counters/format-counter.ts';
import { paintCounter } from '../../viewer/src/counters/paint-counter.ts';
import { PixelBuffer } from '../../viewer/src/lanes/pixel-buffer.ts';
import { rowsOfRecording } from '../../viewer/src/lanes/rows-of-recording.ts';
import { LaneStore } from '../../viewer/src/worker/lane-store.ts';
import type { Summary } from '../../viewer/src/worker/protocol.ts';
import { indexSeries, SeriesReader } from '../../viewer/src/worker/series-reader.ts';
import type { Series } from '../../viewer/src/worker/series.ts';
import { CURVE_STATES, StateCounts } from '../../viewer/src/worker/state-curve.ts';
import { sampleRecording, type Sample } from '../format/sample-recording.ts';
import { seeded } from '../format/sample-program.ts';
import { fakeImageData, TEST_PALETTE } from './test-palette.ts';

const [RUNNABLE, RUNNING, WAITING, DEAD] = ['runnable', 'running', 'waiting', 'dead'].map((name) =>
  STATES.indexOf(name as (typeof STATES)[number]),
) as [number, number, number, number];

let sample: Sample;
let series: Series;
let summary: Summary;

beforeAll(async () => {
  fakeImageData();
  sample = sampleRecording();
  const recording = await openRecording(sample.source);
  const store = new LaneStore(recording);
  for (const chunk of recording.chunks) store.take(chunk, await store.read(chunk.chunkIndex));
  summary = store.summary({ isLive: false, isBroken: false, isLoading: false });
  const reader = new SeriesReader(recording);
  await reader.readOn();
  const { goid, pid } = store.builder;
  series = reader.series({ goid, pid, count: summary.goid.length }, store.openEndNs);
});

/** Steps made at random, and their values at every ns. */
function randomSteps(seed: number): { curve: CounterCurve; values: number[] } {
  const random = seeded(seed);
  const startNs = Math.floor(random() * 5);
  const times: number[] = [];
  const steps: number[] = [];
  const values = new Array<number>(200).fill(Number.NaN);
  for (let timeNs = startNs; timeNs < 190; timeNs += 1 + Math.floor(random() ** 3 * 30)) {
    times.push(timeNs);
    steps.push(Math.floor(random() * 100));
    values.fill(steps.at(-1)!, timeNs);
  }
  const curve = CounterCurve.ofSteps(Float64Array.from(times), Float64Array.from(steps), 200);
  return { curve, values };
}

it.each([1, 2, 3, 4])('finds value, mean and most of any stretch of steps (seed %d)', (seed) => {
  const { curve, values } = randomSteps(seed);
  for (let from = 0; from < 200; from += 3) {
    expect(curve.valueAt(from)).toBe(values[from]);
    for (let to = from + 1; to <= 200; to += 7) {
      const within = values.slice(from, to).filter((value) => !Number.isNaN(value));
      const mean = within.reduce((sum, value) => sum + value, 0) / within.length;
      if (within.length === 0) expect(curve.meanBetween(from, to)).toBeNaN();
      else expect(curve.meanBetween(from, to)).toBeCloseTo(mean, 6);
      if (within.length > 0) expect(curve.mostBetween(from, to)).toBe(Math.max(...within));
    }
  }
});

it('has no value before the first, after the last, and of nothing', () => {
  const curve = CounterCurve.ofSteps(Float64Array.of(10), Float64Array.of(5), 20);
  expect([curve.valueAt(9), curve.valueAt(21), curve.mostBetween(0, 9)]).toEqual([NaN, NaN, NaN]);
  expect([curve.valueAt(10), curve.valueAt(20), curve.meanBetween(0, 12)]).toEqual([5, 5, 5]);
  const none = CounterCurve.ofSteps(new Float64Array(0), new Float64Array(0), 20);
  expect([none.valueAt(5), none.meanBetween(0, 20), none.mostBetween(0, 20)]).toEqual([
    NaN,
    NaN,
    NaN,
  ]);
});

/** Goroutines by state at a time, from the spans of the lanes, which are built in another way. */
async function countsAt(timeNs: number): Promise<Record<string, number>> {
  const recording = await openRecording(sample.source);
  const builder = new SpanBuilder();
  builder.addGoroutines(recording.goroutines);
  for (const { chunkIndex } of recording.chunks) {
    builder.addChunk(await recording.readEvents(chunkIndex, LANE_COLUMNS));
  }
  const counts: Record<string, number> = {};
  for (let lane = 0; lane < builder.spans.laneCount; lane++) {
    const span = builder.spans.at(lane, timeNs);
    const state = span < 0 ? '' : STATES[builder.spans.state[span]!]!;
    counts[state] = (counts[state] ?? 0) + 1;
  }
  return counts;
}

it('counts goroutines by state as the lanes show them', async () => {
  const [goroutines, queue] = countersOf(summary, series) as [Counter, Counter];
  for (const part of [0.01, 0.2, 0.5, 0.77, 0.99]) {
    const timeNs = Math.floor(summary.endNs * part);
    const counts = await countsAt(timeNs);
    const found = Object.fromEntries(
      goroutines.layers.map(({ name, curve }) => [name, Math.round(curve.valueAt(timeNs))]),
    );
    for (const state of CURVE_STATES.slice(0, 4)) expect(found[state]).toBe(counts[state] ?? 0);
    expect(Math.round(queue.whole.valueAt(timeNs))).toBe(counts['runnable'] ?? 0);
  }
});

it.each([1, 4, 100, 5000])('joins changes into %d and loses no peak and no mean', (mostChanges) => {
  const random = seeded(7);
  const counts = new StateCounts(mostChanges);
  const states = new Uint8Array(20);
  const inState = (wanted: number): number => states.filter((state) => state === wanted).length;
  const changes: { timeNs: number; total: number; runnable: number }[] = [];
  let timeNs = 0;
  let runningNs = 0;
  for (let i = 0; i < 3000; i++) {
    const byNs = Math.floor(random() ** 6 * 2000);
    runningNs += byNs * inState(RUNNING);
    timeNs += byNs;
    const which = Math.floor(random() * 20);
    const to = [RUNNABLE, RUNNING, WAITING, DEAD][Math.floor(random() * 4)]!;
    const isChange = to !== (states[which]! || DEAD);
    counts.change(timeNs, states[which]!, to);
    states[which] = to;
    const total = inState(RUNNABLE) + inState(RUNNING) + inState(WAITING);
    if (isChange) changes.push({ timeNs, total, runnable: inState(RUNNABLE) });
  }
  const curve = counts.curve(timeNs);
  const { length } = curve.most;
  expect(length).toBeLessThanOrEqual(2 * mostChanges);
  for (let i = 0; i < length; i++) {
    const toNs = i === length - 1 ? Infinity : curve.timeNs[i + 1]!;
    const within = changes.filter((each) => each.timeNs >= curve.timeNs[i]! && each.timeNs < toNs);
    expect(curve.most[i]).toBe(Math.max(...within.map(({ total }) => total)));
    expect(curve.mostRunnable[i]).toBe(Math.max(...within.map(({ runnable }) => runnable)));
  }
  expect(curve.sums[CURVE_STATES.indexOf('running')]!.at(-1)).toBe(runningNs);
});

it('has the counters of which there is data, and no others', () => {
  const keysOf = (of: Series | undefined): string[] =>
    countersOf(summary, of).map(({ key }) => key);
  const heapLive = { timeNs: Float64Array.of(5), value: Float64Array.of(7) };
  expect(keysOf(undefined)).toEqual(['goroutines', 'runnable']);
  expect(keysOf(series)).toEqual([
    'goroutines',
    'runnable',
    'allocation',
    'recorder-cpu',
    'program-cpu',
    'program-rss',
  ]);
  expect(keysOf({ ...series, heapLive, allocated: undefined, metrics: [] })).toEqual([
    'goroutines',
    'runnable',
    'heap',
  ]);
});

it('tells, of a recording that is not read twice, what the overview knows', async () => {
  const recording = await openRecording(sample.source);
  const [goroutines] = countersOf(summary, indexSeries(recording, { laneCount: 0 }));
  const wanted = countersOf(summary, series)[0]!;
  const quarterNs = summary.endNs / 4;
  for (let i = 0; i < 4; i++) {
    const mean = goroutines!.whole.meanBetween(i * quarterNs, (i + 1) * quarterNs);
    const exact = wanted.whole.meanBetween(i * quarterNs, (i + 1) * quarterNs);
    expect(Math.abs(mean - exact)).toBeLessThan(0.5);
  }
});

it("tells the recorder's CPU between its rows, and bytes that were allocated in all", () => {
  const counters = countersOf(summary, series);
  const curveOf = (key: string): CounterCurve => counters.find((each) => each.key === key)!.whole;
  const [first, second] = series.metrics;
  const percent =
    (100 * (second!.recorderCpuNs - first!.recorderCpuNs)) / (second!.timeNs - first!.timeNs);
  expect(curveOf('recorder-cpu').valueAt(first!.timeNs + 1)).toBeCloseTo(percent, 6);
  expect(curveOf('program-cpu').valueAt(first!.timeNs + 1)).toBeCloseTo(100, 6);
  let bytes = 0;
  for (const { events, rowCount } of sample.chunks) {
    for (let row = 0; row < rowCount; row++) bytes += Number(events.size_bytes[row]);
  }
  const allNs = summary.loadedNs;
  expect((curveOf('allocation').meanBetween(0, allNs) * allNs) / 1e9).toBeCloseTo(bytes, -6);
});

const row = {
  bottom: 30,
  top: 2,
  startNs: 0,
  spanNs: 1e9,
  ground: TEST_PALETTE.packed.bg,
  scale: 1,
};

function painted(counter: Counter, room = row): PixelBuffer {
  const buffer = new PixelBuffer(100, 36);
  buffer.clear(TEST_PALETTE.packed.bg);
  paintCounter(buffer, counter, room, TEST_PALETTE);
  return buffer;
}

/** Pixels in a column that are not the ground, within the row. */
function heightOf(buffer: PixelBuffer, x: number): number {
  let height = 0;
  for (let y = 0; y < 30; y++) if (buffer.at(x, y) !== TEST_PALETTE.packed.bg) height++;
  return height;
}

function counterOf(timesNs: number[], values: number[], key = 'a'): Counter {
  const curve = CounterCurve.ofSteps(Float64Array.from(timesNs), Float64Array.from(values), 1e9);
  const layers = [{ name: 'a', curve, token: 'net' as const }];
  return { key, name: 'A', what: 'a', unit: 'bytes', layers, whole: curve };
}

it('draws a peak of one ns in a second as high as the row, and as what it is: not the mean', () => {
  const buffer = painted(counterOf([0, 5e8, 5e8 + 1], [1, 100, 1]));
  const { net, bg } = TEST_PALETTE.packed;
  expect(heightOf(buffer, 50)).toBe(28);
  expect(heightOf(buffer, 49)).toBeLessThanOrEqual(1);
  expect(buffer.at(50, 3)).not.toBe(net);
  expect(buffer.at(50, 3)).not.toBe(bg);
});

it('draws a value that stays as high as it is, and nothing where there is none', () => {
  const buffer = painted(counterOf([2e8, 6e8], [50, 100]));
  const heights = [10, 30, 70].map((x) => heightOf(buffer, x));
  expect(heights).toEqual([0, 14, 28]);
  const { net, bg } = TEST_PALETTE.packed;
  // Its upper edge is drawn in its colour, what is under it is quieter.
  expect([buffer.at(30, 16), buffer.at(70, 2)]).toEqual([net, net]);
  expect([net, bg]).not.toContain(buffer.at(30, 29));
});

it('draws the edge of a value without a gap, within the blocks it is the edge of', () => {
  const buffer = painted(counterOf([0, 2e8, 4e8, 6e8], [0, 50, 100, 25]));
  const { net } = TEST_PALETTE.packed;
  const edgeAt = (x: number): number[] =>
    Array.from({ length: 30 }, (_, y) => y).filter((y) => buffer.at(x, y) === net);
  const between = (from: number, to: number): number[] =>
    Array.from({ length: to - from }, (_, i) => from + i);
  expect(edgeAt(19)).toEqual([]);
  expect(edgeAt(20)).toEqual(between(16, 30));
  expect(edgeAt(30)).toEqual([16]);
  expect(edgeAt(40)).toEqual(between(2, 16));
  expect(edgeAt(59)).toEqual(between(2, 23));
  expect(edgeAt(60)).toEqual([23]);
  // What was before the window's left edge is not drawn.
  expect(painted(counterOf([0], [50])).at(0, 20)).not.toBe(net);
});

it('takes the highest value of the window for its scale', () => {
  const counter = counterOf([2e8, 6e8], [50, 100]);
  const buffer = painted(counter, { ...row, startNs: 2e8, spanNs: 2e8 });
  expect(heightOf(buffer, 50)).toBe(28);
});

it('draws the goal as a line above the heap', () => {
  const counter = counterOf([0], [50]);
  counter.limit = { name: 'goal', ...{ curve: counterOf([0, 5e8], [100, 80]).whole } };
  const buffer = painted(counter);
  const { muted, net, bg } = TEST_PALETTE.packed;
  const column = (x: number): number[] => Array.from({ length: 30 }, (_, y) => buffer.at(x, y));
  expect(column(20).indexOf(muted)).toBe(2);
  expect(column(80).indexOf(muted)).toBe(8);
  expect(column(20).indexOf(net)).toBe(16);
  expect(column(20)[10]).toBe(bg);
});

it('tells a rate of slices of time, the same ones wherever the window begins', () => {
  // 100 in one ns of a second: of a window of half a second that is 100 in 2^19 ns.
  const counter = { ...counterOf([0, 5e8, 5e8 + 1], [0, 1e11, 0]), isRate: true };
  const sliceNs = 2 ** 19;
  const rate = 1e11 / sliceNs;
  expect(valueAt(counter, 5e8 + 1000, 5e8)).toBeCloseTo(rate, 3);
  expect(valueAt(counter, 5e8 + sliceNs, 5e8)).toBe(0);
  for (const startNs of [3e8, 3e8 + 12_345, 4e8]) {
    expect(scaleOf(counter, startNs, 5e8)).toBeCloseTo(rate, 3);
  }
  const buffer = painted(counter, { ...row, startNs: 3e8, spanNs: 5e8 });
  expect(heightOf(buffer, 40)).toBe(28);
  expect(buffer.at(40, 2)).toBe(TEST_PALETTE.packed.net);
});

it('asks no more of a long series than there are pixels', () => {
  const count = 200_000;
  const times = Float64Array.from({ length: count }, (_, i) => i * 5000);
  let asked = 0;
  const counted = new Proxy(times, {
    get(target, name) {
      if (typeof name === 'string' && /^\d+$/.test(name)) asked++;
      return Reflect.get(target, name, target) as unknown;
    },
  });
  const steps = new Float64Array(count - 1).fill(3);
  const sum = times.map((timeNs) => timeNs * 3);
  const counter = counterOf([0], [1]);
  counter.whole = new CounterCurve(counted, sum, steps);
  counter.layers[0]!.curve = counter.whole;
  painted(counter);
  expect(asked).toBeLessThan(100 * 200);
});

it('stands in a group of its own that is closed until it is opened', () => {
  const closed = rowsOfRecording(summary, [], new Map(), 3);
  const open = rowsOfRecording(summary, [], new Map([['(counters)', true]]), 3);
  expect(closed.headers.map(({ name }) => name)).toEqual([
    'Garbage collector',
    'Processors',
    'Counters',
  ]);
  expect([open.count - closed.count, open.heightPx - closed.heightPx]).toEqual([3, 3 * 36]);
  expect(rowsOfRecording(summary, [], new Map()).headers).toHaveLength(2);
  const without = rowsOfRecording(summary, [], new Map(), 3, new Set(['(counters)']));
  expect(without.headers.map(({ key }) => key)).toEqual(['(gc)', '(processors)']);
});

it.each<[number, Counter['unit'], string]>([
  [12.000001, 'count', '12'],
  [3.4, 'count', '3.4'],
  [1234.4, 'count', '1\u202f234'],
  [2048, 'bytes', '2.00 KiB'],
  [24.4, 'bytes/s', '24 B/s'],
  [2.345, 'percent', '2.3 %'],
  [187.2, 'percent', '187 %'],
  [Number.NaN, 'bytes', '–'],
])('says %d %s as %s', (value, unit, text) => {
  expect(formatCounter(value, unit)).toBe(text);
});

it('tells at the pointer the value, the parts, the goal, and what was highest around it', () => {
  const counter = counterOf([0, 5e8, 5e8 + 1], [1024, 4096, 1024]);
  counter.limit = { name: 'goal', curve: counterOf([0], [8192]).whole };
  const { title, rows } = counterFacts(counter, 5e8 + 10, 1000, 1e9);
  expect(title).toBe('A 1.00 KiB');
  expect(rows).toContainEqual(['most around here', '4.00 KiB']);
  expect(rows).toContainEqual(['goal', '8.00 KiB']);
  const [goroutines] = countersOf(summary, series);
  const parts = counterFacts(goroutines!, summary.endNs / 2, 1, 1e9).rows.map(([name]) => name);
  expect(parts).toContain('waiting');
});
