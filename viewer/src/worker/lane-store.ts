/**
 * Everything derived from the recording's chunks, while they are read one after the other:
 * lanes, overview, losses, and the summary of them for the page.
 */
import { STATES } from '../../../src/format/event-columns.ts';
import { lostEvents } from '../../../src/format/lost-events.ts';
import type { Intervals } from '../../../src/format/lanes/collector-lane.ts';
import {
  LANE_COLUMNS,
  SpanBuilder,
  type LaneColumns,
} from '../../../src/format/lanes/span-builder.ts';
import { StateHistory } from '../../../src/format/lanes/state-history.ts';
import type { ChunkInfo, Recording } from '../../../src/format/recording.ts';
import { groupDensity, type GroupDensity } from './group-density.ts';
import { laneMarks } from './lane-window.ts';
import type {
  IntervalColumns,
  LossInterval,
  SpanReply,
  Summary,
  WindowReply,
  WindowRequest,
} from './protocol.ts';
import { spanAt, stepFrom } from './span-facts.ts';

const DEAD = STATES.indexOf('dead');

/** States that leave a lane empty. */
const HIDDEN = Uint8Array.from(STATES, (_, state) => (state === 0 || state === DEAD ? 1 : 0));

export class LaneStore {
  readonly builder: SpanBuilder;
  readonly #history: StateHistory;
  readonly #recording: Recording;
  readonly #losses: LossInterval[] = [];
  #eventCount = 0;
  #lostCount = 0;
  /** Chunks taken in. */
  chunkCount = 0;

  constructor(recording: Recording) {
    this.#recording = recording;
    this.#history = new StateHistory(recording.endNs);
    this.builder = new SpanBuilder(this.#history);
    this.builder.addGoroutines(recording.goroutines);
  }

  /** Read a chunk's columns; they may be asked for ahead of `take`. */
  read(chunkIndex: number): Promise<LaneColumns> {
    return this.#recording.readEvents(chunkIndex, LANE_COLUMNS);
  }

  /** Take in the next chunk. */
  take(chunk: ChunkInfo, columns: LaneColumns): void {
    // Of a recording that is being written they may come after the schema was read.
    if (this.chunkCount === 0) this.builder.addGoroutines(this.#recording.goroutines);
    this.builder.addChunk(columns);
    this.#eventCount += chunk.rowCount;
    const total = lostEvents(chunk.lost);
    if (total > 0) {
      const { minNs, maxNs, lost } = chunk;
      this.#losses.push({ startNs: minNs, endNs: maxNs, lost, total });
      this.#lostCount += total;
    }
    this.chunkCount++;
  }

  /** Where spans that have not ended end for now, ns. */
  get openEndNs(): number {
    const { chunks, endNs, isComplete } = this.#recording;
    const isAllRead = this.chunkCount === chunks.length;
    return isAllRead && isComplete ? Math.max(endNs, this.builder.endNs) : this.builder.endNs;
  }

  summary(connection: Pick<Summary, 'isLive' | 'isBroken' | 'isLoading'>): Summary {
    const { builder } = this;
    const { spans } = builder;
    const count = spans.laneCount;
    const firstNs = new Float64Array(count);
    const endedNs = new Float64Array(count);
    for (let lane = 0; lane < count; lane++) {
      const last = spans.last(lane);
      firstNs[lane] = spans.startNs[spans.laneOffset[lane]!]!;
      endedNs[lane] = last >= 0 && spans.state[last] === DEAD ? spans.startNs[last]! : Infinity;
    }
    const { endNs, isComplete, dictionaries, damage } = this.#recording;
    return {
      ...connection,
      endNs: Math.max(endNs, builder.endNs, 1),
      loadedNs: this.openEndNs,
      isComplete,
      damage: damage?.message,
      eventCount: this.#eventCount,
      lostCount: this.#lostCount,
      losses: this.#losses,
      goid: builder.goid.slice(0, count),
      pid: builder.pid.slice(0, count),
      parentGoid: builder.parentGoid.slice(0, count),
      func: builder.func.slice(0, count),
      site: builder.site.slice(0, count),
      createdNs: builder.createdNs.slice(0, count),
      firstNs,
      endedNs,
      runningNs: builder.runningNs.slice(0, count),
      processors: builder.processors.pOfLane,
      processorPids: builder.processors.pidOfLane,
      processCount: new Set(builder.pid.subarray(0, count)).size,
      functions: dictionaries.func,
      waitReasons: dictionaries.wait_reason,
      kinds: dictionaries.kind,
      cycles: columnsOf(builder.collector.cycles),
      stops: columnsOf(builder.collector.stops),
      history: this.#history.counts(this.openEndNs),
      madeAtMs: performance.timeOrigin + performance.now(),
    };
  }

  /** The span of a goroutine at a time, and what is around it. */
  span(lane: number, timeNs: number): SpanReply | undefined {
    return spanAt(this.builder, lane, timeNs, this.openEndNs);
  }

  /** Time of the next (1) or previous (-1) event of a lane, or of any (-1). */
  step(lane: number, timeNs: number, direction: 1 | -1): number | undefined {
    return stepFrom(this.builder, lane, timeNs, direction);
  }

  window(request: WindowRequest): WindowReply {
    const { startNs, endNs, bucketNs, densityNs } = request;
    const { spans, processors } = this.builder;
    const { openEndNs } = this;
    const densities = new Map<string, GroupDensity>();
    for (const { key, lanes } of request.groups) {
      densities.set(
        key,
        groupDensity(spans, lanes, startNs, endNs, densityNs, openEndNs, STATES.length),
      );
    }
    return {
      request,
      marks: laneMarks(spans, request.lanes, startNs, endNs, bucketNs, openEndNs, HIDDEN),
      processorMarks: laneMarks(
        processors.spans,
        request.processors,
        startNs,
        endNs,
        bucketNs,
        openEndNs,
        HIDDEN,
      ),
      densities,
    };
  }
}

function columnsOf(intervals: Intervals): IntervalColumns {
  const { count } = intervals;
  return {
    startNs: intervals.startNs.slice(0, count),
    endNs: intervals.endNs.slice(0, count),
    kind: intervals.kind.slice(0, count),
  };
}

/** The buffers of a reply that are moved to the page. */
export function buffersOf({ marks, processorMarks, densities }: WindowReply): ArrayBuffer[] {
  const buffers: ArrayBuffer[] = [];
  for (const each of [marks, processorMarks]) {
    const { laneFirst, startNs, endNs, state, reason, count, longestNs, goid } = each;
    const { activeState, activeShare } = each;
    for (const array of [laneFirst, startNs, endNs, longestNs, goid]) buffers.push(array.buffer);
    for (const array of [state, reason, activeState, activeShare]) buffers.push(array.buffer);
    buffers.push(count.buffer);
  }
  for (const { counts } of densities.values()) buffers.push(counts.buffer);
  return buffers;
}
