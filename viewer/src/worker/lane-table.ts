/**
 * The goroutines and processors met in a recording that is read piece by piece, in any order: a
 * lane each, whose number stays.
 */
import { STATES } from '../../../src/format/event-columns.ts';
import { grown } from '../../../src/format/lanes/span-store.ts';
import type { SpanBuilder } from '../../../src/format/lanes/span-builder.ts';
import { isOfBefore } from './segment-marks.ts';
import type { GoroutineColumns } from '../../../src/format/recording.ts';

const STATE_COUNT = STATES.length;
const DEAD = STATES.indexOf('dead');
const RUNNING = STATES.indexOf('running');

/** Numbers for pairs of a process and a number within it, in the order in which they come. */
class PairNumbers {
  count = 0;
  readonly #ofProcess = new Map<number, Map<number, number>>();

  get(pid: number, number: number): number | undefined {
    return this.#ofProcess.get(pid)?.get(number);
  }

  add(pid: number, number: number): number {
    let numbers = this.#ofProcess.get(pid);
    if (numbers === undefined) this.#ofProcess.set(pid, (numbers = new Map<number, number>()));
    numbers.set(number, this.count);
    return this.count++;
  }

  get processCount(): number {
    return this.#ofProcess.size;
  }
}

export class LaneTable {
  /** By lane, as in Summary. */
  goid = new Float64Array(64);
  pid = new Int32Array(64);
  parentGoid = new Float64Array(64);
  func = new Int32Array(64);
  site = new Int32Array(64);
  createdNs = new Float64Array(64);
  firstNs = new Float64Array(64);
  endedNs = new Float64Array(64);
  /** ns in each state, and spans, in what was counted. */
  stateNs = new Float64Array(64 * STATE_COUNT);
  spanCount = new Int32Array(64);
  readonly processors: number[] = [];
  readonly processorPids: number[] = [];
  readonly #lanes = new PairNumbers();
  readonly #processorLanes = new PairNumbers();

  get laneCount(): number {
    return this.#lanes.count;
  }

  get processCount(): number {
    return this.#lanes.processCount;
  }

  /** Lane of a goroutine; -1 when it was not met yet. */
  laneOf(pid: number, goid: number): number {
    return this.#lanes.get(pid, goid) ?? -1;
  }

  /** Goroutines of a checkpoint: the lane of each row. */
  takeCheckpoint(columns: GoroutineColumns): Int32Array {
    const lanes = new Int32Array(columns.count);
    for (let row = 0; row < columns.count; row++) {
      const goid = Number(columns.goid[row]);
      const lane = this.#lane(columns.pid[row]!, goid);
      lanes[row] = lane;
      const createdNs = Number(columns.createdNs?.[row] ?? -1);
      const sinceNs = Math.max(0, Number(columns.sinceNs?.[row] ?? 0));
      this.#met(lane, Math.max(0, createdNs), sinceNs);
      if (this.func[lane] === 0) this.func[lane] = columns.func[row]!;
      if (this.parentGoid[lane] === 0) this.parentGoid[lane] = Number(columns.parentGoid[row]);
      if (createdNs >= 0) this.createdNs[lane] = createdNs;
    }
    return lanes;
  }

  /**
   * Goroutines of a segment: the lane of each of the builder's.
   *
   * @param isCounted - its spans were counted before
   */
  takeGoroutines(
    builder: SpanBuilder,
    startNs: number,
    endNs: number,
    isCounted: boolean,
  ): Int32Array {
    const { spans } = builder;
    const lanes = new Int32Array(spans.laneCount);
    for (let own = 0; own < lanes.length; own++) {
      const lane = this.#lane(builder.pid[own]!, builder.goid[own]!);
      lanes[own] = lane;
      const first = spans.laneOffset[own]!;
      const last = spans.last(own);
      const createdNs = builder.createdNs[own]!;
      this.#met(lane, createdNs >= 0 ? createdNs : 0, spans.startNs[first]!);
      if (builder.func[own] !== 0) this.func[lane] = builder.func[own]!;
      if (builder.site[own] !== 0) this.site[lane] = builder.site[own]!;
      if (builder.parentGoid[own] !== 0) this.parentGoid[lane] = builder.parentGoid[own]!;
      if (createdNs >= 0) this.createdNs[lane] = createdNs;
      if (spans.state[last] === DEAD) this.endedNs[lane] = spans.startNs[last]!;
      if (isCounted) continue;
      for (let span = first; span <= last; span++) {
        const spanStartNs = spans.startNs[span]!;
        const spanEndNs = span === last ? Math.max(endNs, spanStartNs) : spans.startNs[span + 1]!;
        const state = spans.state[span]!;
        // What began before is counted where it began.
        if (!isOfBefore(spans, span, startNs) && state !== DEAD) this.spanCount[lane]! += 1;
        const lengthNs = spanEndNs - Math.max(spanStartNs, startNs);
        if (lengthNs > 0) this.stateNs[lane * STATE_COUNT + state]! += lengthNs;
      }
    }
    return lanes;
  }

  /** Processors of a segment: the lane of each of the builder's. */
  takeProcessors({ processors }: SpanBuilder): Int32Array {
    return Int32Array.from(processors.pOfLane, (p, own) => {
      const pid = processors.pidOfLane[own]!;
      const known = this.#processorLanes.get(pid, p);
      if (known !== undefined) return known;
      this.processors.push(p);
      this.processorPids.push(pid);
      return this.#processorLanes.add(pid, p);
    });
  }

  /** By lane: ns spent running, in what was counted. */
  runningNs(): Float64Array {
    return Float64Array.from(
      { length: this.laneCount },
      (_, lane) => this.stateNs[lane * STATE_COUNT + RUNNING]!,
    );
  }

  #met(lane: number, createdNs: number, startNs: number): void {
    // A goroutine's first span begins with its creation, if that was recorded.
    const firstNs = createdNs > 0 ? createdNs : startNs;
    this.firstNs[lane] = Math.min(this.firstNs[lane]!, firstNs);
  }

  #lane(pid: number, goid: number): number {
    const known = this.#lanes.get(pid, goid);
    if (known !== undefined) return known;
    const lane = this.#lanes.add(pid, goid);
    if (lane === this.goid.length) this.#grow(lane * 2);
    this.goid[lane] = goid;
    this.pid[lane] = pid;
    this.createdNs[lane] = -1;
    this.firstNs[lane] = Infinity;
    this.endedNs[lane] = Infinity;
    return lane;
  }

  #grow(length: number): void {
    this.goid = grown(this.goid, new Float64Array(length));
    this.pid = grown(this.pid, new Int32Array(length));
    this.parentGoid = grown(this.parentGoid, new Float64Array(length));
    this.func = grown(this.func, new Int32Array(length));
    this.site = grown(this.site, new Int32Array(length));
    this.createdNs = grown(this.createdNs, new Float64Array(length));
    this.firstNs = grown(this.firstNs, new Float64Array(length));
    this.endedNs = grown(this.endedNs, new Float64Array(length));
    this.stateNs = grown(this.stateNs, new Float64Array(length * STATE_COUNT));
    this.spanCount = grown(this.spanCount, new Int32Array(length));
  }
}
