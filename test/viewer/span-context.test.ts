/** What is around a span and within an area, against the rows that the sample was written from. */
import { beforeAll, expect, it } from 'vitest';
import { EVENTS, openRecording, STATES, type Recording } from '../../src/format/index.ts';
import { areaFacts } from '../../viewer/src/worker/area-facts.ts';
import { LaneStore } from '../../viewer/src/worker/lane-store.ts';
import { spanAround } from '../../viewer/src/worker/span-around.ts';
import { spanDetails } from '../../viewer/src/worker/span-details.ts';
import { causeOf, effectOf } from '../../viewer/src/worker/wakeups.ts';
import { sampleRecording, type Sample } from '../format/sample-recording.ts';

interface Row {
  timeNs: number;
  goid: number;
  byGoid: number;
  event: string;
  state: string;
  reason: number;
  sizeBytes: number;
  type: number;
  stack: number;
}

/** A change of state of one goroutine, and when the next one came. */
interface Stretch {
  goid: number;
  func: number;
  startNs: number;
  endNs: number;
  state: string;
  reason: number;
  isOpen: boolean;
}

let sample: Sample;
let recording: Recording;
let store: LaneStore;
let rows: Row[];
/** Spans of goroutines that were created in the recording, from their rows. */
let stretches: Stretch[];

beforeAll(async () => {
  sample = sampleRecording({ events: 12_000 });
  recording = await openRecording(sample.source);
  store = new LaneStore(recording);
  for (const chunk of recording.chunks) store.take(chunk, await store.read(chunk.chunkIndex));
  rows = sample.chunks.flatMap(({ rowCount, events }) =>
    Array.from({ length: rowCount }, (_, row) => ({
      timeNs: Number(events.time_ns[row]),
      goid: Number(events.goid[row]),
      byGoid: Number(events.by_goid[row]),
      event: EVENTS[events.event[row]!]!,
      state: STATES[events.to_state[row]!]!,
      reason: events.wait_reason[row]!,
      sizeBytes: Number(events.size_bytes[row]),
      type: events.type[row]!,
      stack: events.stack[row]!,
    })),
  );
  stretches = [];
  const { builder } = store;
  for (const [goid, lane] of builder.laneOfGoid) {
    if (builder.createdNs[lane]! < 0) continue;
    const own = rows.filter((row) => row.goid === goid && isChange(row));
    for (const [at, row] of own.entries()) {
      if (row.event === 'go_exit') continue;
      stretches.push({
        goid,
        func: builder.func[lane]!,
        startNs: row.timeNs,
        endNs: own[at + 1]?.timeNs ?? store.openEndNs,
        state: row.state,
        reason: row.reason,
        isOpen: at === own.length - 1,
      });
    }
  }
});

const isChange = ({ event }: Row): boolean =>
  event === 'go_state' || event === 'go_create' || event === 'go_exit';

const laneOfGoid = (goid: number): number => store.builder.laneOfGoid.get(goid)!;

/** The n-th stretch that meets a condition. */
function stretch(meets: (each: Stretch) => boolean, n = 0): Stretch {
  const found = stretches.filter((each) => each.endNs > each.startNs && meets(each))[n];
  if (found === undefined) throw new Error('the sample has no such span');
  return found;
}

it.each(['running', 'waiting', 'runnable', 'syscall'])(
  'ranks a %s span among those of the same state, reason and start function',
  (state) => {
    const span = stretch((each) => each.state === state && !each.isOpen, 7);
    const { kin } = spanAround(
      store.builder,
      laneOfGoid(span.goid),
      span.startNs,
      store.openEndNs,
    )!;
    const older = [...store.builder.laneOfGoid].filter(
      ([, lane]) => store.builder.createdNs[lane]! < 0 && store.builder.func[lane] === span.func,
    );
    // Of functions whose goroutines were all created in the recording the rows say everything.
    const lengths = stretches
      .filter(
        (each) =>
          each.func === span.func &&
          each.state === state &&
          each.reason === span.reason &&
          !each.isOpen,
      )
      .map(({ startNs, endNs }) => endNs - startNs)
      .sort((a, b) => a - b);
    const lengthNs = span.endNs - span.startNs;
    if (older.length === 0) {
      expect(kin.count).toBe(lengths.length);
      expect(kin.shorterCount).toBe(lengths.filter((ns) => ns < lengthNs).length);
      expect(kin.medianNs).toBe(lengths[lengths.length >> 1]);
    }
    expect(kin.count).toBeGreaterThanOrEqual(lengths.length);
    expect(kin.longestNs).toBeGreaterThanOrEqual(lengths.at(-1)!);
  },
);

it('knows whom a goroutine woke and created while it ran', () => {
  const wakesIn = ({ goid, startNs, endNs }: Stretch) =>
    rows.filter(
      (row) =>
        isChange(row) &&
        row.byGoid === goid &&
        row.goid !== goid &&
        row.timeNs >= startNs &&
        row.timeNs < endNs,
    );
  const span = stretch((each) => each.state === 'running' && wakesIn(each).length >= 2);
  const around = spanAround(store.builder, laneOfGoid(span.goid), span.startNs, store.openEndNs)!;
  expect(around.wakeCount).toBe(wakesIn(span).length);
  expect(around.wakes.map(({ toLane, timeNs }) => [store.builder.goid[toLane], timeNs])).toEqual(
    wakesIn(span).map(({ goid, timeNs }) => [goid, timeNs]),
  );
});

it('leads from a wait to who ended it, and from there back to the one that was woken', () => {
  const wakerOf = ({ goid, endNs }: Stretch) =>
    rows.find((row) => isChange(row) && row.goid === goid && row.timeNs === endNs)?.byGoid ?? 0;
  const span = stretch(
    (each) => each.state === 'waiting' && !each.isOpen && ![0, each.goid].includes(wakerOf(each)),
    3,
  );
  const lane = laneOfGoid(span.goid);
  const cause = causeOf(store.builder, lane, span.startNs)!;
  expect(store.builder.goid[cause.fromLane]).toBe(wakerOf(span));
  expect(cause.timeNs).toBe(span.endNs);
  const around = spanAround(store.builder, lane, span.startNs, store.openEndNs)!;
  expect(around.endedBy).toEqual(cause);
  const effect = effectOf(store.builder, cause.fromLane, cause.timeNs)!;
  const first = rows.find(
    (row) =>
      isChange(row) &&
      row.byGoid === wakerOf(span) &&
      row.goid !== row.byGoid &&
      row.timeNs >=
        store.builder.spans.startNs[store.builder.spans.at(cause.fromLane, cause.timeNs)]!,
  )!;
  expect([store.builder.goid[effect.toLane], effect.timeNs]).toEqual([first.goid, first.timeNs]);
});

async function detailsOf(span: Stretch) {
  const lane = laneOfGoid(span.goid);
  return spanDetails(recording, {
    lane,
    pid: store.builder.pid[lane]!,
    goid: span.goid,
    startNs: span.startNs,
    endNs: span.endNs,
    isOlder: false,
  });
}

it('counts what was allocated during a span, by type', async () => {
  const allocationsIn = ({ goid, startNs, endNs }: Stretch) =>
    rows.filter(
      (row) =>
        row.event === 'alloc' && row.goid === goid && row.timeNs >= startNs && row.timeNs < endNs,
    );
  const span = stretch((each) => new Set(allocationsIn(each).map(({ type }) => type)).size > 2);
  const { allocations } = await detailsOf(span);
  const all = allocationsIn(span);
  expect(allocations!.count).toBe(all.length);
  expect(allocations!.bytes).toBe(all.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  for (const { name, count, bytes } of allocations!.types) {
    const type = name === '(no type)' ? 0 : recording.dictionaries.type.indexOf(name);
    const ofType = all.filter((row) => row.type === type);
    expect([name, count]).toEqual([name, ofType.length]);
    expect(bytes).toBe(ofType.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  }
  expect(allocations!.untilNs).toBeUndefined();
});

it('shows the stack of the event that began a span, its inlined frames marked', async () => {
  const span = stretch((each) => each.state === 'waiting', 5);
  const row = rows.find((each) => each.goid === span.goid && each.timeNs === span.startNs)!;
  const { stack, moreFrames } = await detailsOf(span);
  // The sample's stacks: number n has the frames n, n-1, ... 1; odd numbers are the inlined frame.
  expect(stack.map(({ line, inlined }) => [line, inlined])).toEqual(
    Array.from({ length: row.stack }, (_, depth) =>
      (row.stack - depth) % 2 === 1 ? [22, true] : [11, false],
    ),
  );
  expect(moreFrames).toBe(0);
});

it('sums up an area: each instant of each goroutine once', () => {
  const [startNs, endNs] = [recording.endNs * 0.4, recording.endNs * 0.6];
  const goids = [...new Set(stretches.map(({ goid }) => goid))];
  const facts = areaFacts(
    store.builder,
    startNs,
    endNs,
    Int32Array.from(goids, laneOfGoid),
    store.openEndNs,
  );
  const within = stretches
    .map((each) => ({
      ...each,
      ns: Math.min(endNs, each.endNs) - Math.max(startNs, each.startNs),
    }))
    .filter((each) => each.startNs < endNs && each.endNs > startNs);
  expect(facts.goroutineCount).toBe(new Set(within.map(({ goid }) => goid)).size);
  for (const { state, reason, ns } of facts.shares) {
    const alike = within.filter((each) => each.state === STATES[state] && each.reason === reason);
    expect(ns).toBeCloseTo(
      alike.reduce((sum, each) => sum + each.ns, 0),
      3,
    );
  }
  const created = rows.filter(
    ({ event, timeNs }) => event === 'go_create' && timeNs >= startNs && timeNs < endNs,
  );
  expect(facts.createdCount).toBe(created.length);
  const ended = rows.filter(
    ({ event, timeNs }) => event === 'go_exit' && timeNs >= startNs && timeNs < endNs,
  );
  // Goroutines older than the recording are not among these lanes, and never end here.
  expect(facts.endedCount).toBe(ended.length);
  const longest = within
    .filter(({ ns }) => ns < endNs - startNs)
    .map(({ ns }) => ns)
    .sort((a, b) => b - a)
    .slice(0, facts.longest.length);
  expect(facts.longest.map(({ ns }) => ns)).toEqual(longest);
  expect(longest.length).toBe(8);
});
