/**
 * A recording too long to be held: what is looked at is read, segment by segment, and dropped
 * again; of every segment read some marks are kept, so that wide windows can be drawn.
 *
 * Before anything is read the index tells how many goroutines there were and how much happened.
 */
import type { Intervals } from '../../../src/format/lanes/collector-lane.ts';
import { lostEvents } from '../../../src/format/lost-events.ts';
import type { Recording } from '../../../src/format/recording.ts';
import { coarseDensities, coarseMarks, type CoarsePart } from './coarse-window.ts';
import { collectIntervals } from './collected-intervals.ts';
import type { GroupDensity } from './group-density.ts';
import { laneMarks } from './lane-window.ts';
import { LaneTable } from './lane-table.ts';
import type { LossInterval, SpanReply, Summary, WindowReply, WindowRequest } from './protocol.ts';
import { readSegment, type Segment } from './segment.ts';
import { SegmentCache } from './segment-cache.ts';
import {
  HIDDEN,
  laneStates,
  segmentMarks,
  type LaneStates,
  type SegmentMarks,
} from './segment-marks.ts';
import { planSegments, segmentAt, segmentsWithin, type SegmentPlan } from './segment-plan.ts';
import { joinedSpans, sharpDensity } from './sharp-window.ts';
import { pagedSpan, pagedStep } from './paged-facts.ts';
import { PagedHistory } from './paged-history.ts';

export interface PagedLimits {
  /** Windows with more events than this are drawn from marks. */
  sharpEvents: number;
  /** Memory for spans, and for marks. */
  spanBytes: number;
  markBytes: number;
  /** Bytes of the file that are read though nobody looks at them. */
  backgroundBytes: number;
  /** Goroutines that get a lane though nobody looks at their time. */
  laneCount: number;
  /** Pieces with more events than this together are not read for an answer about a span. */
  contextEvents: number;
}

export const PAGED_LIMITS: PagedLimits = {
  sharpEvents: 3_000_000,
  spanBytes: 192 * 2 ** 20,
  markBytes: 192 * 2 ** 20,
  backgroundBytes: 6 * 2 ** 30,
  laneCount: 500_000,
  contextEvents: 1_500_000,
};

export class PagedStore {
  readonly recording: Recording;
  readonly plans: readonly SegmentPlan[];
  readonly table = new LaneTable();
  readonly cache: SegmentCache;
  readonly limits: PagedLimits;
  /** By number of the segment; missing where it was not read. */
  readonly #kept = new Map<number, { goroutines: SegmentMarks; processors: SegmentMarks }>();
  readonly #cycles = new Map<number, Intervals>();
  readonly #stops = new Map<number, Intervals>();
  readonly #history: PagedHistory;
  readonly #losses: LossInterval[] = [];
  readonly #eventCount: number;
  #lostCount = 0;
  #readEvents = 0;
  #readBytes = 0;
  #markBytes = 0;
  /** Segments in the order in which they are read when nobody looks. */
  readonly #order: number[];
  #nextInOrder = 0;
  #begun: { segment: number; laneCount: number; states: LaneStates } | undefined;
  /** The window that was looked at last. */
  #looked = { startNs: 0, endNs: Infinity };
  /** Counts questions for windows: an older one is answered with what there is. */
  #asked = 0;
  readonly #reading = new Map<number, Promise<Segment>>();
  #answering = 0;

  constructor(recording: Recording, limits: PagedLimits = PAGED_LIMITS) {
    this.recording = recording;
    this.limits = limits;
    this.plans = planSegments(recording.chunks);
    this.cache = new SegmentCache(limits.spanBytes);
    this.#order = scattered(this.plans.length);
    this.#history = new PagedHistory(recording);
    this.#eventCount = recording.chunks.reduce((sum, { rowCount }) => sum + rowCount, 0);
    for (const { minNs, maxNs, lost } of recording.chunks) {
      const total = lostEvents(lost);
      if (total === 0) continue;
      this.#losses.push({ startNs: minNs, endNs: maxNs, lost, total });
      this.#lostCount += total;
    }
    this.table.takeCheckpoint(recording.goroutines);
  }

  /** Where spans that have not ended end. */
  get endNs(): number {
    return Math.max(1, this.recording.endNs, this.plans.at(-1)?.endNs ?? 0);
  }

  /** Whether there is more to be read in the background. */
  get isDone(): boolean {
    return (
      this.#nextInOrder >= this.#order.length ||
      this.#readBytes >= this.limits.backgroundBytes ||
      this.#markBytes >= this.limits.markBytes ||
      this.table.laneCount >= this.limits.laneCount
    );
  }

  /** Read one segment more, first of what is looked at, scattered over it. */
  async readOn(): Promise<void> {
    const { first, end } = segmentsWithin(this.plans, this.#looked.startNs, this.#looked.endNs);
    while (this.#kept.has(this.#order[this.#nextInOrder]!)) this.#nextInOrder++;
    let index = this.#order[this.#nextInOrder];
    for (let at = this.#nextInOrder; at < this.#order.length; at++) {
      const candidate = this.#order[at]!;
      if (candidate < first || candidate >= end || this.#kept.has(candidate)) continue;
      index = candidate;
      break;
    }
    if (index === undefined) return;
    this.#readBytes += this.plans[index]!.sizeBytes;
    await this.#read(index);
    while (this.#kept.has(this.#order[this.#nextInOrder]!)) this.#nextInOrder++;
  }

  /** A segment, read when it is not at hand. */
  async segment(index: number): Promise<Segment> {
    const held = this.cache.get(index);
    if (held !== undefined) return held;
    const segment = await this.#read(index);
    this.cache.add(index, segment);
    return segment;
  }

  #read(index: number): Promise<Segment> {
    let reading = this.#reading.get(index);
    if (reading === undefined) {
      reading = this.#readAndKeep(index).finally(() => this.#reading.delete(index));
      this.#reading.set(index, reading);
    }
    return reading;
  }

  async #readAndKeep(index: number): Promise<Segment> {
    const plan = this.plans[index]!;
    const isKept = () => this.#kept.has(index);
    const segment = await readSegment(this.recording, plan, this.table, isKept);
    if (isKept()) return segment;
    const wanted = this.limits.markBytes / 2 / this.plans.length / 40;
    const { startNs, endNs } = plan;
    const goroutines = segmentMarks(segment.goroutines, startNs, endNs, wanted);
    const processors = segmentMarks(segment.processors, startNs, endNs, wanted / 8);
    this.#kept.set(index, { goroutines, processors });
    this.#markBytes += goroutines.sizeBytes + processors.sizeBytes;
    this.#cycles.set(index, segment.cycles);
    this.#stops.set(index, segment.stops);
    this.#readEvents += plan.rowCount;
    const isLast = index === this.plans.length - 1;
    this.#history.add(segment.goroutines, startNs, isLast ? this.endNs : endNs);
    return segment;
  }

  summary(connection: Pick<Summary, 'isLive' | 'isBroken' | 'isLoading'>): Summary {
    const { table, recording, endNs } = this;
    const count = table.laneCount;
    const { dictionaries, isComplete, damage } = recording;
    return {
      ...connection,
      endNs,
      loadedNs: endNs,
      isComplete,
      damage: damage?.message,
      eventCount: this.#eventCount,
      readShare: this.#eventCount === 0 ? 1 : this.#readEvents / this.#eventCount,
      lostCount: this.#lostCount,
      losses: this.#losses,
      goid: table.goid.slice(0, count),
      pid: table.pid.slice(0, count),
      parentGoid: table.parentGoid.slice(0, count),
      func: table.func.slice(0, count),
      site: table.site.slice(0, count),
      createdNs: table.createdNs.slice(0, count),
      firstNs: table.firstNs.slice(0, count),
      endedNs: table.endedNs.slice(0, count),
      runningNs: table.runningNs(),
      processors: table.processors,
      processorPids: table.processorPids,
      processCount: table.processCount,
      functions: dictionaries.func,
      waitReasons: dictionaries.wait_reason,
      kinds: dictionaries.kind,
      cycles: collectIntervals(this.plans, this.#cycles),
      stops: collectIntervals(this.plans, this.#stops),
      history: this.#history.counts(
        this.plans.filter((_, index) => !this.#kept.has(index)),
        endNs,
      ),
      madeAtMs: performance.timeOrigin + performance.now(),
    };
  }

  /**
   * What to draw in a window.
   *
   * @returns with `isCoarse` when asking again with `mayRead` will give more
   */
  async window(request: WindowRequest): Promise<WindowReply> {
    this.#answering++;
    try {
      return await this.#window(request);
    } finally {
      this.#answering--;
    }
  }

  /** Somebody waits for an answer: nothing else should be read. */
  get isAnswering(): boolean {
    return this.#answering > 0;
  }

  async #window(request: WindowRequest): Promise<WindowReply> {
    const asked = ++this.#asked;
    const { startNs, endNs } = request;
    this.#looked = { startNs, endNs };
    const { first, end } = segmentsWithin(this.plans, startNs, endNs);
    let rows = 0;
    for (let index = first; index < end; index++) rows += this.plans[index]!.rowCount;
    const canBeSharp = rows <= this.limits.sharpEvents;
    if (canBeSharp) {
      if (request.mayRead === true) {
        for (let index = first; index < end && asked === this.#asked; index++) {
          await this.segment(index);
        }
      }
      const segments: Segment[] = [];
      for (let index = first; index < end; index++) {
        const segment = this.cache.get(index);
        if (segment === undefined) break;
        segments.push(segment);
      }
      if (segments.length === end - first) return this.#sharp(request, first, segments);
    }
    return this.#coarse(request, first, end, canBeSharp);
  }

  #sharp(request: WindowRequest, first: number, segments: readonly Segment[]): WindowReply {
    const { startNs, endNs, bucketNs, lanes, processors } = request;
    const isAtEnd = first + segments.length === this.plans.length;
    const untilNs = isAtEnd ? this.endNs : this.plans[first + segments.length - 1]!.endNs;
    const marksOf = (parts: Segment['goroutines'][], wanted: Int32Array) => {
      const joined = joinedSpans(parts, wanted);
      const all = Int32Array.from(wanted, (_, place) => place);
      return laneMarks(joined, all, startNs, endNs, bucketNs, untilNs, HIDDEN);
    };
    const parts = segments.map(({ goroutines }, at) => ({
      goroutines,
      plan: { ...this.plans[first + at]! },
    }));
    if (isAtEnd) parts.at(-1)!.plan.endNs = untilNs;
    const densities = new Map<string, GroupDensity>();
    for (const { key, lanes: ofGroup } of request.groups) {
      densities.set(key, sharpDensity(parts, ofGroup, request));
    }
    const reply: WindowReply = {
      request,
      marks: marksOf(
        segments.map(({ goroutines }) => goroutines),
        lanes,
      ),
      processorMarks: marksOf(
        segments.map((segment) => segment.processors),
        processors,
      ),
      densities,
    };
    return isAtEnd ? reply : { ...reply, cutNs: untilNs };
  }

  async #coarse(
    request: WindowRequest,
    first: number,
    end: number,
    isCoarse: boolean,
  ): Promise<WindowReply> {
    // The first segment has the spans with which goroutines begin among its own.
    const begun = first === 0 && this.#kept.has(0) ? undefined : await this.#statesAt(first);
    const { lanes, processors, bucketNs } = request;
    const isAtEnd = end === this.plans.length;
    const untilNs = isAtEnd ? this.endNs : this.plans[end - 1]!.endNs;
    const parts: CoarsePart[] = [];
    const processorParts: CoarsePart[] = [];
    const unread: { startNs: number; endNs: number; eventCount: number }[] = [];
    for (let index = first; index < end; index++) {
      const { startNs, endNs, rowCount } = this.plans[index]!;
      const kept = this.#kept.get(index);
      parts.push({ startNs, endNs, kept: kept?.goroutines });
      processorParts.push({ startNs, endNs, kept: kept?.processors });
      if (kept !== undefined) continue;
      const last = unread.at(-1);
      if (last?.endNs === startNs) {
        last.endNs = endNs;
        last.eventCount += rowCount;
      } else unread.push({ startNs, endNs, eventCount: rowCount });
    }
    const { laneCount } = this.table;
    const grids = coarseDensities(parts, request.groups, begun, request, laneCount);
    const densities = new Map([...grids].map(([key, grid]) => [key, grid.density()] as const));
    const reply: WindowReply = {
      request,
      marks: coarseMarks(parts, lanes, begun, bucketNs, untilNs),
      processorMarks: coarseMarks(processorParts, processors, undefined, bucketNs, untilNs),
      densities,
      isCoarse,
      unread,
    };
    return isAtEnd ? reply : { ...reply, cutNs: untilNs };
  }

  /** States of all lanes where a segment begins, from its checkpoint. */
  async #statesAt(segment: number): Promise<LaneStates> {
    if (this.#begun?.segment === segment && this.#begun.laneCount >= this.table.laneCount) {
      return this.#begun.states;
    }
    const { firstChunk } = this.plans[segment] ?? { firstChunk: 0 };
    const columns =
      firstChunk === 0
        ? this.recording.goroutines
        : (await this.recording.readCheckpoint(firstChunk)).goroutines;
    const lanes = this.table.takeCheckpoint(columns);
    const states = laneStates(this.table.laneCount);
    for (const [row, lane] of lanes.entries()) {
      states.state[lane] = columns.state[row]!;
      states.reason[lane] = columns.waitReason[row]!;
      states.sinceNs[lane] = Math.max(0, Number(columns.sinceNs?.[row] ?? 0));
    }
    this.#begun = { segment, laneCount: this.table.laneCount, states };
    return states;
  }

  /** The span of a goroutine at a time, and what is around it. */
  span(lane: number, timeNs: number): Promise<SpanReply | undefined> {
    return pagedSpan(this, lane, timeNs);
  }

  /** Time of the next (1) or previous (-1) event of a lane, or of any (-1). */
  step(lane: number, timeNs: number, direction: 1 | -1): Promise<number | undefined> {
    return pagedStep(this, lane, timeNs, direction);
  }

  /** The state of every goroutine at a time. */
  async states(timeNs: number): Promise<{ timeNs: number; state: Uint8Array<ArrayBuffer> }> {
    const { goroutines } = await this.segment(this.segmentAt(timeNs));
    const { lanes, spans } = goroutines;
    const state = new Uint8Array(this.table.laneCount);
    for (const [own, lane] of lanes.entries()) {
      const span = spans.at(own, timeNs);
      if (span >= 0) state[lane] = spans.state[span]!;
    }
    return { timeNs, state };
  }

  segmentAt(timeNs: number): number {
    return segmentAt(this.plans, timeNs);
  }
}

/** 0 to count - 1 so that what is taken first is spread evenly: bits reversed. */
function scattered(count: number): number[] {
  const bits = Math.max(1, Math.ceil(Math.log2(Math.max(2, count))));
  const order: number[] = [];
  for (let i = 0; i < 2 ** bits; i++) {
    let reversed = 0;
    for (let bit = 0; bit < bits; bit++) if ((i >> bit) & 1) reversed |= 1 << (bits - 1 - bit);
    if (reversed < count) order.push(reversed);
  }
  return order;
}
