/** Spans against the plainest way to make them: one list of objects for each goroutine. */
import { beforeAll, describe, expect, test } from 'vitest';

import { EVENTS, EVENT_COLUMN_NAMES, STATES } from '../../../src/format/index.ts';
import type { EventArrays, GoroutineColumns, Recording } from '../../../src/format/index.ts';
import { LANE_COLUMNS, SpanBuilder } from '../../../src/format/lanes/span-builder.ts';
import { openBytes } from '../opened.ts';
import { eventArrays, sampleRecording } from '../sample-recording.ts';

interface Span {
  startNs: number;
  endNs: number;
  state: string;
  reason: number;
  tid: number;
}

const STATE_EVENTS = ['go_create', 'go_state', 'go_exit'];

/** Spans by goroutine, from rows that were made one by one. */
function plainSpans(
  before: GoroutineColumns,
  chunks: readonly EventArrays[],
  endNs: number,
): Map<number, Span[]> {
  const spans = new Map<number, Span[]>();
  for (let row = 0; row < before.count; row++) {
    const state = STATES[before.state[row]!]!;
    const reason = before.waitReason[row]!;
    spans.set(Number(before.goid[row]), [{ startNs: 0, endNs: NaN, state, reason, tid: 0 }]);
  }
  for (const events of chunks) {
    for (const [row, event] of events.event.entries()) {
      if (!STATE_EVENTS.includes(EVENTS[event]!)) continue;
      const goid = Number(events.goid[row]);
      const list = spans.get(goid) ?? [];
      spans.set(goid, list);
      list.push({
        startNs: Number(events.time_ns[row]),
        endNs: NaN,
        state: STATES[events.to_state[row]!]!,
        reason: events.wait_reason[row]!,
        tid: events.tid[row]!,
      });
    }
  }
  for (const list of spans.values()) {
    for (const [index, span] of list.entries()) span.endNs = list[index + 1]?.startNs ?? endNs;
  }
  return spans;
}

function builtSpans(builder: SpanBuilder, endNs: number): Map<number, Span[]> {
  const { spans, laneOfGoid } = builder;
  return new Map(
    [...laneOfGoid].map(([goid, lane]) => [
      goid,
      Array.from({ length: spans.laneSpans[lane]! }, (_, index) => {
        const at = spans.laneOffset[lane]! + index;
        return {
          startNs: spans.startNs[at]!,
          endNs: spans.endNs(lane, at, endNs),
          state: STATES[spans.state[at]!]!,
          reason: spans.reason[at]!,
          tid: spans.tid[at]!,
        };
      }),
    ]),
  );
}

async function build(recording: Recording, chunkCount = recording.chunks.length) {
  const builder = new SpanBuilder();
  builder.addGoroutines(recording.goroutines);
  for (let chunk = 0; chunk < chunkCount; chunk++) {
    builder.addChunk(await recording.readEvents(chunk, LANE_COLUMNS));
  }
  return builder;
}

const sample = sampleRecording({ events: 6000, chunkRows: 512, goroutines: 80, seed: 7 });
const chunks = sample.chunks.map(({ events }) => events);
let recording: Recording;
beforeAll(async () => {
  recording = await openBytes(sample.bytes);
});

describe('spans of a recording', () => {
  test('are those of the plain way, every one', async () => {
    const builder = await build(recording);
    const expected = plainSpans(recording.goroutines, chunks, recording.endNs);
    const built = builtSpans(builder, recording.endNs);
    expect(built.size).toBeGreaterThan(50);
    expect(built).toEqual(expected);
    expect(builder.contradictionCount).toBe(0);
  });

  test('are the same at every chunk on the way, as a live recording grows', async () => {
    const builder = new SpanBuilder();
    builder.addGoroutines(recording.goroutines);
    for (const { chunkIndex, maxNs } of recording.chunks) {
      builder.addChunk(await recording.readEvents(chunkIndex, LANE_COLUMNS));
      const expected = plainSpans(recording.goroutines, chunks.slice(0, chunkIndex + 1), maxNs);
      expect(builtSpans(builder, maxNs)).toEqual(expected);
      expect(builder.endNs).toBe(maxNs);
    }
  });

  test('from a checkpoint on have the states of the whole', async () => {
    const from = recording.chunks.findLast((chunk) => chunk.checkpointChunk === chunk.chunkIndex)!;
    const { goroutines } = await recording.readCheckpoint(from.chunkIndex);
    const late = new SpanBuilder();
    late.addGoroutines(goroutines);
    late.addChunk(await recording.readEvents(from.chunkIndex, LANE_COLUMNS));
    const whole = await build(recording, from.chunkIndex + 1);
    for (const [goid, lane] of late.laneOfGoid) {
      const wholeLane = whole.laneOfGoid.get(goid)!;
      for (const timeNs of [from.minNs, (from.minNs + from.maxNs) / 2, from.maxNs]) {
        const found = late.spans.at(lane, timeNs);
        // A goroutine that is created later has nothing yet.
        if (found < 0) continue;
        const same = whole.spans.at(wholeLane, timeNs);
        expect(late.spans.state[found]).toBe(whole.spans.state[same]);
      }
    }
  });

  test('of a P are the goroutines that ran on it, one at a time', async () => {
    const { processors } = await build(recording);
    const { spans, pOfLane } = processors;
    expect(pOfLane.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3]);
    for (const [lane] of pOfLane.entries()) {
      const first = spans.laneOffset[lane]!;
      for (let at = first; at <= spans.last(lane); at++) {
        const isRunning = STATES[spans.state[at]!] === 'running';
        expect(isRunning).toBe(spans.goid[at]! > 0);
        if (at > first) expect(spans.startNs[at]).toBeGreaterThanOrEqual(spans.startNs[at - 1]!);
      }
    }
  });
});

describe('what the events do not tell', () => {
  const none = Object.fromEntries(EVENT_COLUMN_NAMES.map((name) => [name, 0])) as Record<
    keyof EventArrays,
    number
  >;
  const change = (timeNs: number, from: (typeof STATES)[number], to: (typeof STATES)[number]) => ({
    ...none,
    time_ns: timeNs,
    goid: 9,
    event: EVENTS.indexOf('go_state'),
    from_state: STATES.indexOf(from),
    to_state: STATES.indexOf(to),
  });
  const goroutine = (state: (typeof STATES)[number]): GoroutineColumns => ({
    count: 1,
    pid: Int32Array.of(1),
    goid: BigInt64Array.of(9n),
    parentGoid: BigInt64Array.of(1n),
    func: Int32Array.of(0),
    site: Int32Array.of(0),
    state: Int8Array.of(STATES.indexOf(state)),
    waitReason: Int8Array.of(3),
  });
  const statesOf = (builder: SpanBuilder) =>
    builtSpans(builder, 100)
      .get(9)!
      .map(({ state }) => state);

  test("the first event's from_state replaces the state that was read from memory", () => {
    const builder = new SpanBuilder();
    builder.addGoroutines(goroutine('waiting'));
    builder.addChunk(eventArrays([change(10, 'running', 'syscall')]));
    expect(statesOf(builder)).toEqual(['running', 'syscall']);
    expect(builder.contradictionCount).toBe(0);
  });

  test('a goroutine nobody told of begins with the from_state of its first event', () => {
    const builder = new SpanBuilder();
    builder.addChunk(eventArrays([change(10, 'waiting', 'runnable')]));
    expect(statesOf(builder)).toEqual(['waiting', 'runnable']);
  });

  test('a later contradiction is counted, and the states stay as the events said', () => {
    const builder = new SpanBuilder();
    builder.addChunk(
      eventArrays([change(10, 'runnable', 'running'), change(20, 'waiting', 'runnable')]),
    );
    expect(statesOf(builder)).toEqual(['runnable', 'running', 'runnable']);
    expect(builder.contradictionCount).toBe(1);
  });

  test('a chunk that begins before the previous one ended makes no span of negative length', () => {
    const builder = new SpanBuilder();
    builder.addChunk(
      eventArrays([change(10, 'runnable', 'running'), change(30, 'running', 'syscall')]),
    );
    builder.addChunk(eventArrays([change(28, 'syscall', 'running')]));
    const spans = builtSpans(builder, 100).get(9)!;
    expect(spans.map(({ startNs, endNs }) => endNs - startNs)).toEqual([10, 20, 0, 70]);
  });
});
