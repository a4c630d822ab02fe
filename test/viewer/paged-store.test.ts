/** A recording read piece by piece, against the same one read whole. */
import { beforeAll, describe, expect, it } from 'vitest';
import { openRecording, STATES, type Recording } from '../../src/format/index.ts';
import { countersOf } from '../../viewer/src/counters/counters.ts';
import { LaneStore } from '../../viewer/src/worker/lane-store.ts';
import type { LaneMarks } from '../../viewer/src/worker/lane-window.ts';
import { PAGED_LIMITS, PagedStore } from '../../viewer/src/worker/paged-store.ts';
import type { Summary, WindowReply } from '../../viewer/src/worker/protocol.ts';
import { indexSeries } from '../../viewer/src/worker/series-reader.ts';
import { sampleRecording } from '../format/sample-recording.ts';

const DEAD = STATES.indexOf('dead');
const CONNECTION = { isLive: false, isBroken: false, isLoading: false };

let recording: Recording;
let bytesRead = 0;
let whole: LaneStore;

beforeAll(async () => {
  const { source } = sampleRecording({ events: 300_000, goroutines: 80 });
  recording = await openRecording({
    size: () => source.size(),
    read: (byteOffset, byteLength) => {
      bytesRead += byteLength;
      return source.read(byteOffset, byteLength);
    },
  });
  whole = new LaneStore(recording);
  for (const chunk of recording.chunks) whole.take(chunk, await whole.read(chunk.chunkIndex));
});

/** A window over all goroutines, by their ids. */
function request(startNs: number, endNs: number, bucketNs: number, laneCount: number) {
  const lanes = Int32Array.from({ length: laneCount }, (_, lane) => lane);
  const groups = [{ key: 'all', lanes }];
  const processors = new Int32Array(0);
  return { startNs, endNs, bucketNs, lanes, processors, groups, densityNs: 2 ** 20 };
}

/** Marks within a window by goroutine: state, reason, count, and times cut to the window. */
function marksOf(marks: LaneMarks, goids: Float64Array, startNs: number, endNs: number) {
  const all = new Map<number, string[]>();
  for (let slot = 0; slot + 1 < marks.laneFirst.length; slot++) {
    const list: string[] = [];
    for (let at = marks.laneFirst[slot]!; at < marks.laneFirst[slot + 1]!; at++) {
      const fromNs = Math.max(startNs, marks.startNs[at]!);
      const toNs = Math.min(endNs, marks.endNs[at]!);
      if (toNs <= fromNs) continue;
      list.push([fromNs, toNs, marks.state[at], marks.reason[at], marks.count[at]].join(' '));
    }
    if (list.length > 0) all.set(goids[slot]!, list);
  }
  return new Map([...all].sort(([a], [b]) => a - b));
}

async function readAll(store: PagedStore): Promise<void> {
  while (!store.isDone) await store.readOn();
}

describe('a recording that is read piece by piece', () => {
  it('has several segments, or nothing here says anything', () => {
    expect(new PagedStore(recording).plans.length).toBeGreaterThan(4);
  });

  it('tells before anything is read how much there is', () => {
    bytesRead = 0;
    const summary = new PagedStore(recording).summary(CONNECTION);
    const { history } = summary;
    expect(bytesRead).toBe(0);
    expect(summary.eventCount).toBe(whole.summary(CONNECTION).eventCount);
    expect(summary.readShare).toBe(0);
    expect(Math.max(...history.counts)).toBeGreaterThan(10);
  });

  it.each([0.5, 0.31, 0.87])('shows at %d of its length the spans of a full read', async (part) => {
    const store = new PagedStore(recording);
    const startNs = Math.round(recording.endNs * part);
    const endNs = startNs + Math.round(recording.endNs / 50);
    const coarse = await store.window(request(startNs, endNs, 1, store.table.laneCount));
    expect(coarse.isCoarse).toBe(true);
    await store.window({ ...request(startNs, endNs, 1, 1), mayRead: true });
    const sharp = await store.window({
      ...request(startNs, endNs, 1, store.table.laneCount),
      mayRead: true,
    });
    expect(sharp.isCoarse ?? false).toBe(false);
    const wanted = whole.window(request(startNs, endNs, 1, whole.builder.spans.laneCount));
    expect(marksOf(sharp.marks, store.table.goid, startNs, endNs)).toEqual(
      marksOf(wanted.marks, whole.builder.goid, startNs, endNs),
    );
    expectSameDensity(sharp, wanted);
  });

  it('keeps within its memory for spans, and reads again what it dropped', async () => {
    const store = new PagedStore(recording, { ...PAGED_LIMITS, spanBytes: 3_000_000 });
    for (const index of store.plans.keys()) await store.segment(index);
    expect(store.cache.count).toBeGreaterThan(0);
    expect(store.cache.count).toBeLessThan(store.plans.length);
    expect(store.cache.sizeBytes).toBeLessThanOrEqual(3_000_000);
    expect(store.cache.has(0)).toBe(false);
    expect((await store.segment(0)).goroutines.spans.spanCount).toBeGreaterThan(0);
  });

  it.each([2 ** 14, 2 ** 20, 2 ** 24])(
    'drops no span when it joins them into %d ns',
    async (bucketNs) => {
      const store = new PagedStore(recording, { ...PAGED_LIMITS, sharpEvents: 0 });
      await readAll(store);
      const all = request(0, store.endNs, bucketNs, store.table.laneCount);
      const { marks, unread } = await store.window(all);
      expect(unread).toEqual([]);
      const { spans } = whole.builder;
      let wanted = 0;
      for (let lane = 0; lane < spans.laneCount; lane++) {
        for (let at = 0; at < spans.laneSpans[lane]!; at++) {
          const state = spans.state[spans.laneOffset[lane]! + at];
          if (state !== 0 && state !== DEAD) wanted++;
        }
      }
      expect(marks.count.reduce((sum, count) => sum + count, 0)).toBe(wanted);
    },
  );

  it('has counters before it is read, of goroutines in states not known, and after', async () => {
    const store = new PagedStore(recording);
    const layersOf = (of: Summary): Record<string, number> =>
      Object.fromEntries(
        countersOf(of, indexSeries(recording, { laneCount: 0 }))[0]!.layers.map(
          ({ name, curve }) => [name, curve.meanBetween(0, of.endNs)],
        ),
      );
    const before = layersOf(store.summary(CONNECTION));
    expect(before['running']).toBe(0);
    expect(before['other, or not read']).toBeGreaterThan(10);
    await readAll(store);
    const after = layersOf(store.summary(CONNECTION));
    const wanted = layersOf(whole.summary(CONNECTION));
    for (const [name, count] of Object.entries(wanted)) expect(after[name]).toBeCloseTo(count, 1);
    expect(after['running']).toBeGreaterThan(0);
  });

  it('says of a wide window where it did not read', async () => {
    const store = new PagedStore(recording, { ...PAGED_LIMITS, sharpEvents: 0 });
    await store.readOn();
    await store.readOn();
    const { unread = [] } = await store.window(request(0, store.endNs, 2 ** 20, 1));
    const total = recording.chunks.reduce((sum, { rowCount }) => sum + rowCount, 0);
    const missing = unread.reduce((sum, { eventCount }) => sum + eventCount, 0);
    expect(missing / total).toBeCloseTo(1 - store.summary(CONNECTION).readShare!, 6);
    expect(missing).toBeGreaterThan(0);
    expect(missing).toBeLessThan(total);
  });

  it('tells of a span where it began and ends, also beyond what was read', async () => {
    const store = new PagedStore(recording);
    await store.segment(3);
    let told = 0;
    for (let lane = 0; lane < store.table.laneCount; lane += 3) {
      const timeNs = store.plans[3]!.startNs + 1000;
      const own = whole.builder.laneOfGoid.get(store.table.goid[lane]!)!;
      const wanted = whole.span(own, timeNs);
      const { spans } = whole.builder;
      const isAlive = spans.state[spans.at(own, timeNs)] !== DEAD && spans.at(own, timeNs) >= 0;
      if (!isAlive) continue;
      const given = (await store.span(lane, timeNs))!.span;
      expect({ ...given, lane: own }).toEqual(wanted!.span);
      told++;
    }
    expect(told).toBeGreaterThan(5);
  });
});

function expectSameDensity(given: WindowReply, wanted: WindowReply): void {
  const a = given.densities.get('all')!;
  const b = wanted.densities.get('all')!;
  expect(a.bucketCount).toBe(b.bucketCount);
  for (const [at, count] of b.counts.entries()) {
    const state = at % STATES.length;
    if (state !== 0 && state !== DEAD) expect(a.counts[at]).toBeCloseTo(count, 2);
  }
}
