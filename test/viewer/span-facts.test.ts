/** Answers about single spans, on a real recording's bytes. */
import { beforeAll, expect, it } from 'vitest';
import { openRecording, STATES, type Recording } from '../../src/format/index.ts';
import { LaneStore } from '../../viewer/src/worker/lane-store.ts';
import { spanAt, stepFrom } from '../../viewer/src/worker/span-facts.ts';
import { sampleRecording } from '../format/sample-recording.ts';

let recording: Recording;
let store: LaneStore;
/** A goroutine that began and ended within the recording. */
let lane: number;

beforeAll(async () => {
  recording = await openRecording(sampleRecording().source);
  store = new LaneStore(recording);
  for (const chunk of recording.chunks) store.take(chunk, await store.read(chunk.chunkIndex));
  const { spans } = store.builder;
  lane = Array.from({ length: spans.laneCount }, (_, each) => each).find(
    (each) => spans.laneSpans[each]! > 20 && STATES[spans.state[spans.last(each)]!] === 'dead',
  )!;
});

it('tells a span at every time of a goroutine, next to those before and after it', () => {
  const { spans } = store.builder;
  const first = spans.laneOffset[lane]!;
  for (let span = first; span < spans.last(lane); span++) {
    const reply = spanAt(store.builder, lane, spans.startNs[span]!, store.openEndNs)!;
    // Spans of no length hide behind the one that begins at the same time.
    if (spans.startNs[span] === spans.startNs[span + 1]) continue;
    expect(reply.span.startNs).toBe(spans.startNs[span]);
    expect(reply.span.endNs).toBe(spans.startNs[span + 1]);
    expect(reply.span.endedByGoid).toBe(spans.goid[span + 1]);
    expect(reply.span.isOpen).toBe(false);
    expect(reply.neighbours.some(({ startNs }) => startNs === reply.span.startNs)).toBe(true);
    expect(reply.neighbours.length).toBeLessThanOrEqual(9);
  }
});

it('tells the last span after the end of a goroutine, and none before its beginning', () => {
  const { spans } = store.builder;
  const beforeNs = spans.startNs[spans.laneOffset[lane]!]! - 1;
  expect(spanAt(store.builder, lane, beforeNs, store.openEndNs)).toBeUndefined();
  const reply = spanAt(store.builder, lane, recording.endNs, store.openEndNs)!;
  expect(STATES[reply.span.state]).not.toBe('dead');
  expect(reply.span.endNs).toBe(spans.startNs[spans.last(lane)]);
});

it('accounts for all of a goroutine’s time', () => {
  const { spans } = store.builder;
  const { goroutine } = spanAt(store.builder, lane, recording.endNs, store.openEndNs)!;
  const lifeNs = spans.startNs[spans.last(lane)]! - spans.startNs[spans.laneOffset[lane]!]!;
  expect(goroutine.stateNs.reduce((sum, ns) => sum + ns, 0)).toBeCloseTo(lifeNs, 0);
  expect(goroutine.spanCount).toBe(spans.laneSpans[lane]);
});

it.each([-1, 1_000_000])('has no span for lane %d', (none) => {
  expect(spanAt(store.builder, none, 0, store.openEndNs)).toBeUndefined();
});

it('steps through every event of a goroutine, there and back', () => {
  const { spans } = store.builder;
  const first = spans.laneOffset[lane]!;
  const times = [...new Set(spans.startNs.subarray(first, first + spans.laneSpans[lane]!))];
  const forth: number[] = [];
  for (
    let at: number | undefined = -1;
    (at = stepFrom(store.builder, lane, at, 1)) !== undefined;
  ) {
    forth.push(at);
  }
  expect(forth).toEqual(times);
  const back: number[] = [];
  for (
    let at: number | undefined = Infinity;
    (at = stepFrom(store.builder, lane, at, -1)) !== undefined;
  ) {
    back.push(at);
  }
  expect(back).toEqual(times.reverse());
});

it('steps through the events of all goroutines and of the collector when none is chosen', () => {
  let count = 0;
  let lastNs = -1;
  for (let at: number | undefined = -1; (at = stepFrom(store.builder, -1, at, 1)) !== undefined;) {
    expect(at).toBeGreaterThan(lastNs);
    lastNs = at;
    count++;
  }
  const { eventTimeNs, eventTimeCount } = store.builder;
  expect(count).toBe(new Set(eventTimeNs.subarray(0, eventTimeCount)).size);
  const drawn = ['go_create', 'go_state', 'go_exit', 'gc_begin', 'gc_end', 'stw_begin', 'stw_end'];
  expect(eventTimeCount).toBe(
    recording.chunks
      .flatMap(({ eventCounts }) => Object.entries(eventCounts))
      .reduce((sum, [event, count]) => sum + (drawn.includes(event) ? count : 0), 0),
  );
});

it('sums up the recording: events, losses with their chunk, lanes, ends', () => {
  const summary = store.summary({ isLive: false, isBroken: false, isLoading: false });
  expect(summary.eventCount).toBe(
    recording.chunks.reduce((sum, { rowCount }) => sum + rowCount, 0),
  );
  expect(summary.lostCount).toBe(18);
  expect(summary.losses).toMatchObject([
    { startNs: recording.chunks[2]!.minNs, endNs: recording.chunks[2]!.maxNs, total: 18 },
  ]);
  expect(summary.goid.length).toBe(store.builder.spans.laneCount);
  expect(summary.endedNs[lane]).toBeLessThan(Infinity);
  expect(summary.endNs).toBe(recording.endNs);
});
