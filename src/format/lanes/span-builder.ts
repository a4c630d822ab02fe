/**
 * From chunks of events to the spans of each goroutine and each P.
 *
 * Chunks are added in the order of the file, while it is read or while it grows. Only the
 * columns in LANE_COLUMNS are needed. What a span is: docs/format.md, "Words"; the spans of
 * a goroutine begin with the state that part `goroutines` or its first event tells.
 */
import { EVENTS, STATES, type EventArrays } from '../event-columns.ts';
import type { GoroutineColumns } from '../recording.ts';
import { CollectorLane } from './collector-lane.ts';
import { int64At, int64Words } from './int64-view.ts';
import { ProcessorLanes } from './processor-lanes.ts';
import { grown, SpanStore } from './span-store.ts';
import type { StateHistory } from './state-history.ts';

/** Columns that spans are made of. */
export const LANE_COLUMNS = [
  'time_ns',
  'pid',
  'goid',
  'by_goid',
  'tid',
  'func',
  'site',
  'p',
  'event',
  'from_state',
  'to_state',
  'wait_reason',
  'kind',
] as const;
export type LaneColumns = Pick<EventArrays, (typeof LANE_COLUMNS)[number]>;

const CREATE = EVENTS.indexOf('go_create');
const STATE = EVENTS.indexOf('go_state');
const EXIT = EVENTS.indexOf('go_exit');
const ALLOC = EVENTS.indexOf('alloc');
const RUNNING = STATES.indexOf('running');
const SYSCALL = STATES.indexOf('syscall');
const DEAD = STATES.indexOf('dead');

export class SpanBuilder {
  /** Spans of the goroutines; lane numbers are those of `laneOfGoid`. */
  readonly spans = new SpanStore();
  readonly processors = new ProcessorLanes();
  readonly collector = new CollectorLane();
  /** Of the process entered last: goroutines of two processes may have one number. */
  laneOfGoid = new Map<number, number>();
  readonly #lanesOfProcess = new Map<number, Map<number, number>>();
  #pid = -1;

  /** By lane: the goroutine's id, process, parent (0 unknown), start function (index into `func`). */
  goid = new Float64Array(64);
  pid = new Int32Array(64);
  parentGoid = new Float64Array(64);
  func = new Int32Array(64);
  /** By lane: the `go` statement, row of part `sites`; 0 unknown. */
  site = new Int32Array(64);
  /** By lane: when it was created, ns; -1 before the recording. */
  createdNs = new Float64Array(64);
  /** By lane: ns spent running in spans that have ended. */
  runningNs = new Float64Array(64);
  /** By lane: its state was only read from memory; the first event corrects it. */
  #assumed = new Uint8Array(64);

  /** Latest time seen, ns. */
  endNs = 0;
  /** Time of each state event, ns, in the order of the file: for stepping from one to the next. */
  eventTimeNs = new Float64Array(1024);
  eventTimeCount = 0;
  /** Events whose `from_state` was not the state before: something in between was not recorded. */
  contradictionCount = 0;

  readonly #history: StateHistory | undefined;

  /** @param history - told of every change of state, when given */
  constructor(history?: StateHistory) {
    this.#history = history;
  }

  /**
   * Goroutines that are alive without an event so far: part `goroutines`, or a checkpoint
   * when reading does not begin with the first chunk.
   */
  addGoroutines(columns: GoroutineColumns): void {
    const goids = int64Words(columns.goid);
    const parents = int64Words(columns.parentGoid);
    const since = columns.sinceNs === undefined ? undefined : int64Words(columns.sinceNs);
    const created = columns.createdNs === undefined ? undefined : int64Words(columns.createdNs);
    for (let row = 0; row < columns.count; row++) {
      const goid = int64At(goids, row);
      this.#enter(columns.pid[row]!);
      if (goid === 0 || this.laneOfGoid.has(goid)) continue;
      const createdNs = created === undefined ? -1 : int64At(created, row);
      const lane = this.#addLane(goid, createdNs);
      this.parentGoid[lane] = int64At(parents, row);
      this.func[lane] = columns.func[row]!;
      this.site[lane] = columns.site?.[row] ?? 0;
      this.#assumed[lane] = 1;
      const startNs = Math.max(0, since === undefined ? 0 : int64At(since, row));
      const state = columns.state[row]!;
      this.spans.append(lane, startNs, state, columns.waitReason[row]!, -1, 0, 0);
      this.#history?.change(startNs, 0, state);
    }
  }

  /** Add the next chunk's rows. The arrays are not kept. */
  addChunk(columns: LaneColumns): void {
    const { event, from_state, to_state, wait_reason, func, site, pid, tid, p, kind } = columns;
    const times = int64Words(columns.time_ns);
    const goids = int64Words(columns.goid);
    const byGoids = int64Words(columns.by_goid);
    const rowCount = event.length;
    for (let row = 0; row < rowCount; row++) {
      const what = event[row]!;
      if (what === ALLOC) continue;
      const timeNs = int64At(times, row);
      if (what === CREATE || what === STATE || what === EXIT) {
        const goid = int64At(goids, row);
        const byGoid = int64At(byGoids, row);
        this.#enter(pid[row]!);
        const to = what === EXIT ? DEAD : to_state[row]!;
        const lane =
          what === CREATE
            ? this.#created(goid, byGoid, func[row]!, site[row]!, timeNs)
            : this.#laneBefore(goid, from_state[row]!);
        this.#change(lane, timeNs, to, wait_reason[row]!, p[row]!, tid[row]!, byGoid);
        this.#remember(timeNs);
      } else if (this.collector.add(what, timeNs, kind[row]!)) {
        this.#remember(timeNs);
      }
    }
    if (rowCount > 0) this.endNs = Math.max(this.endNs, int64At(times, rowCount - 1));
  }

  /** What follows is of this process. */
  #enter(pid: number): void {
    if (pid === this.#pid) return;
    this.#pid = pid;
    let lanes = this.#lanesOfProcess.get(pid);
    if (lanes === undefined) this.#lanesOfProcess.set(pid, (lanes = new Map<number, number>()));
    this.laneOfGoid = lanes;
    this.processors.enter(pid);
  }

  #addLane(goid: number, createdNs: number): number {
    const lane = this.spans.addLane();
    if (lane === this.goid.length) {
      const length = lane * 2;
      this.goid = grown(this.goid, new Float64Array(length));
      this.pid = grown(this.pid, new Int32Array(length));
      this.parentGoid = grown(this.parentGoid, new Float64Array(length));
      this.func = grown(this.func, new Int32Array(length));
      this.site = grown(this.site, new Int32Array(length));
      this.createdNs = grown(this.createdNs, new Float64Array(length));
      this.runningNs = grown(this.runningNs, new Float64Array(length));
      this.#assumed = grown(this.#assumed, new Uint8Array(length));
    }
    this.goid[lane] = goid;
    this.pid[lane] = this.#pid;
    this.createdNs[lane] = createdNs;
    this.laneOfGoid.set(goid, lane);
    return lane;
  }

  #created(goid: number, byGoid: number, func: number, site: number, timeNs: number): number {
    const lane = this.laneOfGoid.get(goid) ?? this.#addLane(goid, timeNs);
    this.parentGoid[lane] = byGoid;
    this.func[lane] = func;
    this.site[lane] = site;
    this.createdNs[lane] = timeNs;
    this.#assumed[lane] = 0;
    return lane;
  }

  /** The lane of a goroutine whose state was `from` until now. */
  #laneBefore(goid: number, from: number): number {
    const known = this.laneOfGoid.get(goid);
    if (known === undefined) {
      // Neither listed nor created: its creation was lost, so its beginning is unknown.
      const lane = this.#addLane(goid, -1);
      this.spans.append(lane, 0, from, 0, -1, 0, 0);
      this.#history?.change(0, 0, from);
      return lane;
    }
    const last = this.spans.last(known);
    if (last >= 0 && this.spans.state[last] !== from && from !== 0) {
      if (this.#assumed[known] === 1) {
        this.#history?.change(this.spans.startNs[last]!, this.spans.state[last]!, from);
        this.spans.state[last] = from;
        this.spans.reason[last] = 0;
      } else {
        this.contradictionCount++;
      }
    }
    this.#assumed[known] = 0;
    return known;
  }

  #change(
    lane: number,
    timeNs: number,
    to: number,
    reason: number,
    p: number,
    tid: number,
    byGoid: number,
  ): void {
    const { spans } = this;
    const last = spans.last(lane);
    const from = last < 0 ? 0 : spans.state[last]!;
    let heldP = p;
    if (from === RUNNING) {
      this.runningNs[lane]! += Math.max(0, timeNs - spans.startNs[last]!);
      this.processors.stop(this.goid[lane]!, timeNs, p, spans.startNs[last]!);
    } else if (from === SYSCALL && p < 0) {
      // The end of a system call does not read the P; on its fast path it is the same one.
      heldP = spans.p[last]!;
    }
    spans.append(lane, timeNs, to, reason, heldP, tid, byGoid);
    if (to === RUNNING && heldP >= 0) this.processors.run(heldP, this.goid[lane]!, tid, timeNs);
    this.#history?.change(timeNs, from === DEAD ? 0 : from, to === DEAD ? 0 : to);
  }

  #remember(timeNs: number): void {
    if (this.eventTimeCount === this.eventTimeNs.length) {
      this.eventTimeNs = grown(this.eventTimeNs, new Float64Array(this.eventTimeCount * 2));
    }
    // Kept in order, so that it can be bisected, although chunks may overlap by microseconds.
    const previousNs = this.eventTimeCount === 0 ? 0 : this.eventTimeNs[this.eventTimeCount - 1]!;
    this.eventTimeNs[this.eventTimeCount++] = Math.max(timeNs, previousNs);
  }
}
