/**
 * A second reading of a recording, of what lanes are not made of: allocation, the heap, idle
 * stretches, where the events are, profiler labels. It is begun when the lanes are there, and
 * goes on with a recording that grows.
 */
import { EVENTS, STATES, type EventArrays } from '../../../src/format/event-columns.ts';
import { int64At, int64Words } from '../../../src/format/lanes/int64-view.ts';
import type { MarkRow, Recording } from '../../../src/format/recording.ts';
import { shownName } from '../format/shown-name.ts';
import { GoroutineSums } from './goroutine-sums.ts';
import { GrowingColumn } from './growing-column.ts';
import { labelColumns } from './label-columns.ts';
import type { Series } from './series.ts';
import { StateCounts } from './state-curve.ts';

const COLUMNS = [
  'time_ns',
  'pid',
  'goid',
  'by_goid',
  'event',
  'from_state',
  'to_state',
  'size_bytes',
  'object',
] as const;
type Columns = Pick<EventArrays, (typeof COLUMNS)[number]>;

const [CREATE, STATE, EXIT, ALLOC, HEAP_LIVE, HEAP_GOAL, SWEEP_END, LABELS] = (
  [
    'go_create',
    'go_state',
    'go_exit',
    'alloc',
    'gc_heap_live',
    'gc_heap_goal',
    'gc_sweep_end',
    'go_labels',
  ] as const
).map((name) => EVENTS.indexOf(name)) as [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
];
const RUNNING = STATES.indexOf('running');
const WAITING = STATES.indexOf('waiting');
const DEAD = STATES.indexOf('dead');

/** Shorter stretches are not worth a cut at any speed. */
const SHORTEST_IDLE_NS = 10_000;
/** No more idle stretches than this are kept: the longest. */
const MOST_IDLE = 8192;
/** Times of events that are kept; twice as many are halved. */
const MOST_TIMES = 65_536;
/** Buckets of allocation; twice as wide when there are more. */
const BUCKETS = 16_384;

export class SeriesReader {
  readonly #recording: Recording;
  readonly #sums = new GoroutineSums();
  #chunkCount = 0;
  #eventCount = 0;
  readonly #states = new StateCounts();
  #runningCount = 0;
  #lastNs = 0;
  readonly #idleStart = new GrowingColumn();
  readonly #idleEnd = new GrowingColumn();
  readonly #times = new GrowingColumn();
  #stride = 1;
  readonly #heapLive = [new GrowingColumn(), new GrowingColumn()] as const;
  readonly #heapGoal = [new GrowingColumn(), new GrowingColumn()] as const;
  readonly #sweepEnds = new GrowingColumn();
  #bucketNs: number;
  readonly #bytes = new Float64Array(BUCKETS);
  #hasAllocations = false;

  constructor(recording: Recording) {
    this.#recording = recording;
    this.#bucketNs = 2 ** Math.ceil(Math.log2(Math.max(1e6, recording.endNs) / BUCKETS));
    const { count, pid, goid, state, labels } = recording.goroutines;
    for (let row = 0; row < count; row++) {
      const at = this.#sums.at(pid[row]!, Number(goid[row]));
      this.#states.change(0, 0, state[row]!);
      this.#sums.state[at] = state[row]!;
      if (state[row] === RUNNING) this.#runningCount++;
      if (state[row] === WAITING) this.#sums.waitingSinceNs[at] = 0;
      this.#sums.setLabels(at, 0, labels?.[row] ?? 0n);
    }
  }

  /** Read what was not read yet. */
  async readOn(): Promise<void> {
    while (this.#chunkCount < this.#recording.chunks.length) {
      const columns = await this.#recording.readEvents(this.#chunkCount++, COLUMNS);
      this.#take(columns);
      // Let requests for windows in between, also when nothing has to be waited for.
      await new Promise((resolve) => setTimeout(resolve));
    }
  }

  /**
   * What is known so far.
   *
   * @param lanes - processes and numbers of the goroutines, by lane
   * @param openEndNs - until when those that wait now have waited
   */
  series(lanes: { pid: Int32Array; goid: Float64Array; count: number }, openEndNs: number): Series {
    const { metrics, marks, labels } = this.#recording;
    const sums = this.#sums;
    const placeOfLane = new Int32Array(lanes.count);
    const allocatedBytes = new Float64Array(lanes.count);
    const blockedNs = new Float64Array(lanes.count);
    for (let lane = 0; lane < lanes.count; lane++) {
      const at = sums.find(lanes.pid[lane]!, lanes.goid[lane]!);
      placeOfLane[lane] = at;
      if (at < 0) continue;
      allocatedBytes[lane] = sums.allocatedBytes[at]!;
      const sinceNs = sums.waitingSinceNs[at]!;
      blockedNs[lane] = sums.blockedNs[at]! + (sinceNs < 0 ? 0 : Math.max(0, openEndNs - sinceNs));
    }
    return {
      eventCount: this.#eventCount,
      idle: this.#idle(openEndNs),
      events: { timeNs: this.#times.values(), stride: this.#stride },
      states: this.#states.curve(openEndNs),
      heapLive: { timeNs: this.#heapLive[0].values(), value: this.#heapLive[1].values() },
      heapGoal: { timeNs: this.#heapGoal[0].values(), value: this.#heapGoal[1].values() },
      sweepEndNs: this.#sweepEnds.values(),
      allocated: this.#hasAllocations
        ? { bucketNs: this.#bucketNs, bytes: this.#bytes.slice() }
        : undefined,
      metrics,
      marks: shownMarks(marks),
      allocatedBytes,
      blockedNs,
      labels: labelColumns(labels, sums, placeOfLane),
    };
  }

  #take(columns: Columns): void {
    const { event, from_state, to_state, pid, object } = columns;
    const times = int64Words(columns.time_ns);
    const goids = int64Words(columns.goid);
    const byGoids = int64Words(columns.by_goid);
    const sizes = int64Words(columns.size_bytes);
    const sums = this.#sums;
    for (let row = 0; row < event.length; row++) {
      const what = event[row]!;
      const timeNs = int64At(times, row);
      this.#pass(timeNs);
      if (what === STATE || what === CREATE || what === EXIT) {
        const at = sums.at(pid[row]!, int64At(goids, row));
        const [from, to] = [from_state[row]!, what === EXIT ? DEAD : to_state[row]!];
        // What lanes show is a goroutine's last state, also where an event between was lost.
        this.#states.change(timeNs, sums.state[at]!, to);
        sums.state[at] = to;
        if (from === RUNNING) this.#runningCount = Math.max(0, this.#runningCount - 1);
        if (to === RUNNING) this.#runningCount++;
        const sinceNs = sums.waitingSinceNs[at]!;
        if (sinceNs >= 0) sums.blockedNs[at]! += Math.max(0, timeNs - sinceNs);
        sums.waitingSinceNs[at] = to === WAITING ? timeNs : -1;
        if (what === CREATE) sums.inheritLabels(at, pid[row]!, int64At(byGoids, row));
      } else if (what === ALLOC) {
        const bytes = int64At(sizes, row);
        sums.allocatedBytes[sums.at(pid[row]!, int64At(goids, row))]! += bytes;
        this.#allocated(timeNs, bytes);
      } else if (what === HEAP_LIVE || what === HEAP_GOAL) {
        const [ats, values] = what === HEAP_LIVE ? this.#heapLive : this.#heapGoal;
        ats.push(timeNs);
        values.push(int64At(sizes, row));
      } else if (what === SWEEP_END) {
        this.#sweepEnds.push(timeNs);
      } else if (what === LABELS) {
        sums.setLabels(sums.at(pid[row]!, int64At(goids, row)), timeNs, object[row]!);
      }
    }
  }

  /** An event: what was before it may have been idle. */
  #pass(timeNs: number): void {
    if (this.#runningCount === 0 && timeNs - this.#lastNs >= SHORTEST_IDLE_NS) {
      this.#idleStart.push(this.#lastNs);
      this.#idleEnd.push(timeNs);
    }
    this.#lastNs = Math.max(this.#lastNs, timeNs);
    if (this.#eventCount++ % this.#stride !== 0) return;
    this.#times.push(this.#lastNs);
    if (this.#times.count < 2 * MOST_TIMES) return;
    this.#times.keepEverySecond();
    this.#stride *= 2;
  }

  #allocated(timeNs: number, bytes: number): void {
    this.#hasAllocations = true;
    while (timeNs >= this.#bucketNs * BUCKETS) {
      for (let bucket = 0; bucket < BUCKETS / 2; bucket++) {
        this.#bytes[bucket] = this.#bytes[2 * bucket]! + this.#bytes[2 * bucket + 1]!;
      }
      this.#bytes.fill(0, BUCKETS / 2);
      this.#bucketNs *= 2;
    }
    this.#bytes[Math.floor(timeNs / this.#bucketNs)]! += bytes;
  }

  /** The longest stretches, in order; the last one until the end. */
  #idle(openEndNs: number): Series['idle'] {
    let startNs = this.#idleStart.values();
    let endNs = this.#idleEnd.values();
    if (this.#runningCount === 0 && openEndNs - this.#lastNs >= SHORTEST_IDLE_NS) {
      startNs = Float64Array.from([...startNs, this.#lastNs]);
      endNs = Float64Array.from([...endNs, openEndNs]);
    }
    if (startNs.length <= MOST_IDLE) return { startNs, endNs };
    const lengths = startNs.map((start, i) => endNs[i]! - start);
    const shortestNs = lengths.slice().sort().at(-MOST_IDLE)!;
    const isKept = (_: number, i: number): boolean => lengths[i]! >= shortestNs;
    return { startNs: startNs.filter(isKept), endNs: endNs.filter(isKept) };
  }
}

/**
 * What the index alone tells, of a recording too long to be read twice: where the events are, to
 * a chunk. Neither idle stretches nor allocation are known of it.
 */
export function indexSeries(recording: Recording, { laneCount }: { laneCount: number }): Series {
  const { chunks, metrics, marks } = recording;
  const eventCount = chunks.reduce((sum, { rowCount }) => sum + rowCount, 0);
  const stride = Math.max(1, Math.ceil(eventCount / MOST_TIMES));
  const times = new GrowingColumn();
  let before = 0;
  for (const { rowCount, minNs, maxNs } of chunks) {
    for (let row = (stride - (before % stride)) % stride; row < rowCount; row += stride) {
      times.push(minNs + ((maxNs - minNs) * row) / rowCount);
    }
    before += rowCount;
  }
  const none = (): Float64Array<ArrayBuffer> => new Float64Array(0);
  return {
    eventCount,
    idle: { startNs: none(), endNs: none() },
    events: { timeNs: times.values(), stride },
    states: undefined,
    heapLive: { timeNs: none(), value: none() },
    heapGoal: { timeNs: none(), value: none() },
    sweepEndNs: none(),
    allocated: undefined,
    metrics,
    marks: shownMarks(marks),
    allocatedBytes: new Float64Array(laneCount),
    blockedNs: new Float64Array(laneCount),
    labels: [],
  };
}

function shownMarks(marks: readonly MarkRow[]): MarkRow[] {
  return marks.map((mark) => ({ ...mark, text: shownName(mark.text) }));
}
