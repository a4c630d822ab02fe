/** What the dock tells of a recording that is read piece by piece, against the same one read whole. */
import { beforeAll, describe, expect, it } from 'vitest';
import { MemorySource, openRecording, STATES, type Recording } from '../../src/format/index.ts';
import { answerContext } from '../../viewer/src/worker/answer-context.ts';
import type {
  AreaFacts,
  ContextReply,
  SpanAround,
} from '../../viewer/src/worker/context-protocol.ts';
import { LaneStore } from '../../viewer/src/worker/lane-store.ts';
import { answerPagedContext } from '../../viewer/src/worker/paged-context.ts';
import { PAGED_LIMITS, PagedStore } from '../../viewer/src/worker/paged-store.ts';
import { sampleRecording } from '../format/sample-recording.ts';
import {
  CHUNK_NS,
  CHUNK_ROWS,
  changesOf,
  QUIET_GOID,
  makeLongRecording,
} from './long-recording.ts';

const DEAD = STATES.indexOf('dead');

let recording: Recording;
let whole: LaneStore;

beforeAll(async () => {
  recording = await openRecording(sampleRecording({ events: 300_000, goroutines: 80 }).source);
  whole = new LaneStore(recording);
  for (const chunk of recording.chunks) whole.take(chunk, await whole.read(chunk.chunkIndex));
});

async function readAll(store: PagedStore): Promise<void> {
  while (!store.isDone) await store.readOn();
}

/** Asks both ways; lanes of the answers are written as goroutines, as the numbers of lanes differ. */
describe('what is around a span of a recording that is read piece by piece', () => {
  let store: PagedStore;
  /** Goroutines and times in the middle of their spans: some in each piece. */
  let places: { goid: number; timeNs: number }[];

  beforeAll(async () => {
    store = new PagedStore(recording);
    await readAll(store);
    places = [];
    const { goid, spans } = whole.builder;
    for (const { startNs, endNs } of store.plans) {
      for (let lane = 0; lane < spans.laneCount; lane += 7) {
        const timeNs = Math.round(startNs + (endNs - startNs) * ((lane % 10) / 10));
        const span = spans.at(lane, timeNs);
        if (span >= 0 && spans.state[span] !== DEAD) places.push({ goid: goid[lane]!, timeNs });
      }
      // Those that run wake others.
      for (let lane = 0; lane < spans.laneCount; lane++) {
        const span = spans.at(lane, startNs + 1000);
        const isRunning = span >= 0 && STATES[spans.state[span]!] === 'running';
        if (isRunning) places.push({ goid: goid[lane]!, timeNs: startNs + 1000 });
      }
    }
    expect(places.length).toBeGreaterThan(50);
  });

  const id = 1;

  async function both(
    type: 'around' | 'details' | 'chain',
    { goid, timeNs }: { goid: number; timeNs: number },
    direction: 1 | -1 = 1,
    of: PagedStore = store,
  ): Promise<{ paged: ContextReply['reply']; held: ContextReply['reply'] }> {
    const { builder, openEndNs } = whole;
    const own = builder.laneOfGoid.get(goid)!;
    const lane = of.table.laneOf(builder.pid[own]!, goid);
    const paged = await answerPagedContext({ type, id, lane, timeNs, direction }, of);
    const held = await answerContext({ type, id, lane: own, timeNs, direction }, recording, {
      builder,
      openEndNs,
    });
    return {
      paged: byGoid(paged.reply, of.table.goid),
      held: byGoid(held.reply, builder.goid),
    };
  }

  it('tells who began and ended it, and whom it woke', async () => {
    let wakes = 0;
    for (const place of places) {
      const { paged, held } = await both('around', place);
      const { kin: pagedKin, ...rest } = paged as SpanAround;
      const { kin, ...wanted } = held as SpanAround;
      expect(rest).toEqual(wanted);
      expect(pagedKin.count).toBeLessThanOrEqual(kin.count);
      wakes += rest.wakeCount;
    }
    expect(wakes).toBeGreaterThan(3);
  });

  it('compares it with its like that ended in the pieces it lies in', async () => {
    const { spans, func, goid } = whole.builder;
    let kinCount = 0;
    for (const place of places) {
      const lane = whole.builder.laneOfGoid.get(place.goid)!;
      const span = spans.at(lane, place.timeNs);
      const endNs = spans.endNs(lane, span, whole.openEndNs);
      const lengthNs = endNs - spans.startNs[span]!;
      const first = store.segmentAt(spans.startNs[span]! - 1);
      const last = store.segmentAt(endNs);
      const fromNs = store.plans[first]!.startNs;
      const untilNs = last + 1 < store.plans.length ? store.plans[last]!.endNs : Infinity;
      const lengths: number[] = [];
      for (let other = 0; other < goid.length && other < spans.laneCount; other++) {
        if (func[other] !== func[lane]) continue;
        for (let at = spans.laneOffset[other]!; at < spans.last(other); at++) {
          const endedNs = spans.startNs[at + 1]!;
          const isIn = endedNs >= fromNs && endedNs < untilNs;
          const isLike =
            spans.state[at] === spans.state[span] && spans.reason[at] === spans.reason[span];
          if (isIn && isLike) lengths.push(endedNs - spans.startNs[at]!);
        }
      }
      lengths.sort((a, b) => a - b);
      const { paged } = await both('around', place);
      expect((paged as SpanAround).kin).toEqual({
        count: lengths.length,
        shorterCount: lengths.filter((each) => each < lengthNs).length,
        medianNs: lengths[lengths.length >> 1] ?? 0,
        longestNs: lengths.at(-1) ?? 0,
      });
      kinCount += lengths.length;
    }
    expect(kinCount).toBeGreaterThan(1000);
  });

  it('reads its stack, labels and allocations', async () => {
    let told = 0;
    for (const place of places) {
      const { paged, held } = await both('details', place);
      expect(paged).toEqual(held);
      if (held !== undefined && 'stack' in held && held.stack.length > 0) told++;
    }
    expect(told).toBeGreaterThan(10);
  });

  it.each([-1, 1] as const)('follows the chain of wakers, direction %d', async (direction) => {
    let told = 0;
    for (const place of places) {
      const { paged, held } = await both('chain', place, direction);
      expect(paged).toEqual(held);
      if (held !== undefined) told++;
    }
    expect(told).toBeGreaterThan(10);
  });

  it.each<[string, number, number, number | undefined]>([
    ['within a piece', 0.51, 0.52, undefined],
    ['over a boundary', 0.3, 0.5, undefined],
    ['of everything', 0, 1, undefined],
    ['of a few goroutines', 0.2, 0.9, 5],
    ['at the end', 0.99, 1, undefined],
  ])('sums up an area %s', async (_, from, to, laneCount) => {
    const startNs = Math.round(recording.endNs * from);
    const endNs = Math.round(recording.endNs * to);
    const { builder, openEndNs } = whole;
    const own =
      laneCount === undefined
        ? undefined
        : Int32Array.from(places.slice(0, laneCount), ({ goid }) => builder.laneOfGoid.get(goid)!);
    const lanes = own?.map((lane) => store.table.laneOf(builder.pid[lane]!, builder.goid[lane]!));
    const area = { type: 'area', id, startNs, endNs } as const;
    const paged = await answerPagedContext({ ...area, lanes }, store);
    const held = await answerContext({ ...area, lanes: own }, recording, { builder, openEndNs });
    const wanted = sorted(byGoid(held.reply, builder.goid) as AreaFacts);
    expect(sorted(byGoid(paged.reply, store.table.goid) as AreaFacts)).toEqual(wanted);
    expect(wanted.spanCount).toBeGreaterThan(5);
  });

  it('sums up an area as far as it reads, and says how far', async () => {
    const few = new PagedStore(recording, { ...PAGED_LIMITS, contextEvents: 80_000 });
    const { endNs } = few.plans[1]!;
    const area = {
      type: 'area',
      id,
      startNs: 0,
      endNs: recording.endNs,
      lanes: undefined,
    } as const;
    const { reply } = (await answerPagedContext(area, few)) as { reply: AreaFacts };
    expect(reply.endNs).toBe(endNs);
    const { builder, openEndNs } = whole;
    const held = await answerContext({ ...area, endNs }, recording, { builder, openEndNs });
    expect(sorted(byGoid(reply, few.table.goid) as AreaFacts)).toEqual(
      sorted(byGoid(held.reply, builder.goid) as AreaFacts),
    );
  });

  it('knows both ends of a span too long to be read, and no kin that never were', async () => {
    const pieces = 5;
    const source = new MemorySource();
    makeLongRecording(pieces, (bytes) => source.append(...bytes.map((each) => each.slice())));
    const long = await openRecording(source);
    const few = new PagedStore(long, { ...PAGED_LIMITS, contextEvents: CHUNK_ROWS });
    expect(few.plans).toHaveLength(pieces);
    const last = changesOf(pieces - 1, pieces).slice(-3);
    await readAll(few);
    const laneOf = (goid: number): number => few.table.laneOf(long.meta.pid, goid);
    const lane = laneOf(QUIET_GOID);
    const timeNs = 2.5 * CHUNK_NS;
    const { reply } = await answerPagedContext({ type: 'around', id, lane, timeNs }, few);
    expect(reply).toMatchObject({
      lane,
      startNs: 0,
      begunBy: undefined,
      endedBy: {
        fromLane: laneOf(last[0]!.byGoid),
        toLane: lane,
        timeNs: last[0]!.timeNs,
      },
    });
    // Across what was not read nobody else waited.
    const { kin } = reply as SpanAround;
    expect(kin.longestNs).toBe(last[0]!.timeNs);
    expect(kin.shorterCount).toBe(kin.count - 1);
    expect(kin.count).toBeGreaterThan(100);
    expect(kin.medianNs).toBeLessThan(CHUNK_NS);
    const waits = changesOf(0, pieces).filter(({ reason, goid }) => reason === 2 && goid % 2 === 1);
    expect(Math.abs(kin.count - waits.length)).toBeLessThan(200);
    // Of a worker's wait that goes from one piece to the next both are read.
    const worker = last[0]!.byGoid;
    const own = laneOf(worker);
    const waited = { type: 'around', id, lane: own, timeNs: 2 * CHUNK_NS } as const;
    const around = (await answerPagedContext(waited, few)).reply as SpanAround;
    expect(around.endedBy!.timeNs).toBeGreaterThan(2 * CHUNK_NS);
    expect(around.kin.longestNs).toBeLessThan(2 * CHUNK_NS);
  });

  it('tells the states of all goroutines at a time', async () => {
    for (const part of [0, 0.2, 0.5, 0.77, 1]) {
      const timeNs = Math.round(recording.endNs * part);
      const fresh = new PagedStore(recording);
      const { state } = await fresh.states(timeNs);
      const { builder } = whole;
      let alive = 0;
      for (let own = 0; own < builder.spans.laneCount; own++) {
        const span = builder.spans.at(own, timeNs);
        const wanted = span < 0 ? 0 : builder.spans.state[span]!;
        const lane = fresh.table.laneOf(builder.pid[own]!, builder.goid[own]!);
        const isAlive = wanted !== DEAD && wanted !== 0;
        if (isAlive) alive++;
        // Those that are not there yet, or no more, have no lane, or no state.
        const given = state[lane] ?? 0;
        expect(isAlive ? given : given === DEAD ? 0 : given).toBe(isAlive ? wanted : 0);
      }
      expect(alive).toBeGreaterThan(2);
    }
  });
});

/** Lanes in an answer as goroutines. */
function byGoid(reply: ContextReply['reply'], goids: Float64Array): ContextReply['reply'] {
  return JSON.parse(
    JSON.stringify(reply ?? null, (key, value: unknown) =>
      ['lane', 'fromLane', 'toLane'].includes(key) ? `g${goids[value as number]}` : value,
    ),
  ) as ContextReply['reply'];
}

/** What lasts equally long stands in the order of lanes. */
function sorted(facts: AreaFacts): AreaFacts {
  const longest = facts.longest.map((each) => JSON.stringify(each)).sort();
  const shares = facts.shares.map((share) => ({ ...share, ns: Math.round(share.ns) }));
  return { ...facts, shares, longest } as unknown as AreaFacts;
}
