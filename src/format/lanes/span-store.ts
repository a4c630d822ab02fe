/**
 * Spans of many lanes in a few growing typed arrays.
 *
 * The spans of one lane lie next to each other, in the order of time, so that a time is
 * found by bisection and a window is one run of indices. A lane that outgrows its block
 * moves to one of twice the size; the old block is kept for the next lane that needs it.
 * Spans of a lane follow each other without a gap: a span ends where the next one begins.
 */

/** Spans in a lane's first block. Most goroutines of a server live through about ten. */
const FIRST_BLOCK_LOG2 = 3;

export class SpanStore {
  /** Start of each span, ns since the recording started. */
  startNs = new Float64Array(1024);
  /** Index into STATES; 0 is "nothing here". */
  state = new Uint8Array(1024);
  /** Index into the dictionary of `wait_reason`. */
  reason = new Uint8Array(1024);
  /** The P the thread held when the span began; -1 unknown. */
  p = new Int16Array(1024);
  /** The thread on which the span began; 0 unknown. */
  tid = new Int32Array(1024);
  /** The goroutine that began the span (waker, creator); for a P, the one that runs. */
  goid = new Float64Array(1024);

  laneCount = 0;
  /** Index of a lane's first span. */
  laneOffset = new Int32Array(64);
  /** Number of spans of a lane. */
  laneSpans = new Int32Array(64);
  #laneLog2 = new Uint8Array(64);
  #used = 0;
  /** Blocks that lanes have moved out of, by log2 of their size. */
  readonly #free: number[][] = [];

  /** All spans of all lanes. */
  spanCount = 0;

  /** Add an empty lane; returns its number, counted from 0. */
  addLane(): number {
    const lane = this.laneCount++;
    if (lane === this.laneOffset.length) {
      this.laneOffset = grown(this.laneOffset, new Int32Array(lane * 2));
      this.laneSpans = grown(this.laneSpans, new Int32Array(lane * 2));
      this.#laneLog2 = grown(this.#laneLog2, new Uint8Array(lane * 2));
    }
    this.#laneLog2[lane] = FIRST_BLOCK_LOG2;
    this.laneOffset[lane] = this.#block(FIRST_BLOCK_LOG2);
    return lane;
  }

  /**
   * Begin a span; the one before it ends there.
   *
   * @param startNs - clamped to the start of the span before: a chunk may begin some
   *   microseconds before the previous one ended
   */
  append(
    lane: number,
    startNs: number,
    state: number,
    reason: number,
    p: number,
    tid: number,
    goid: number,
  ): void {
    const count = this.laneSpans[lane]!;
    if (count === 1 << this.#laneLog2[lane]!) this.#moveToLarger(lane);
    const at = this.laneOffset[lane]! + count;
    const previousNs = count === 0 ? -Infinity : this.startNs[at - 1]!;
    this.startNs[at] = Math.max(startNs, previousNs);
    this.state[at] = state;
    this.reason[at] = reason;
    this.p[at] = p;
    this.tid[at] = tid;
    this.goid[at] = goid;
    this.laneSpans[lane] = count + 1;
    this.spanCount++;
  }

  /** Index of the lane's newest span; -1 for an empty lane. */
  last(lane: number): number {
    const count = this.laneSpans[lane]!;
    return count === 0 ? -1 : this.laneOffset[lane]! + count - 1;
  }

  /** Index of the lane's span that covers `timeNs`; -1 when the lane begins later or is empty. */
  at(lane: number, timeNs: number): number {
    const first = this.laneOffset[lane]!;
    let low = first;
    let high = first + this.laneSpans[lane]!;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.startNs[middle]! <= timeNs) low = middle + 1;
      else high = middle;
    }
    return low === first ? -1 : low - 1;
  }

  /** End of a span: the start of the next one, or `openEndNs` for the lane's newest. */
  endNs(lane: number, span: number, openEndNs: number): number {
    return span === this.last(lane)
      ? Math.max(openEndNs, this.startNs[span]!)
      : this.startNs[span + 1]!;
  }

  /**
   * A copy that has no room to grow.
   *
   * @param order - of each lane of the copy, its number here
   */
  compacted(order: Int32Array): SpanStore {
    const copy = new SpanStore();
    let count = 0;
    for (const lane of order) count += this.laneSpans[lane]!;
    copy.laneCount = order.length;
    copy.spanCount = count;
    copy.laneOffset = new Int32Array(order.length);
    copy.laneSpans = new Int32Array(order.length);
    copy.startNs = new Float64Array(count);
    copy.state = new Uint8Array(count);
    copy.reason = new Uint8Array(count);
    copy.p = new Int16Array(count);
    copy.tid = new Int32Array(count);
    copy.goid = new Float64Array(count);
    let to = 0;
    for (let lane = 0; lane < order.length; lane++) {
      const from = this.laneOffset[order[lane]!]!;
      const spans = this.laneSpans[order[lane]!]!;
      copy.laneOffset[lane] = to;
      copy.laneSpans[lane] = spans;
      for (let span = from; span < from + spans; span++, to++) {
        copy.startNs[to] = this.startNs[span]!;
        copy.state[to] = this.state[span]!;
        copy.reason[to] = this.reason[span]!;
        copy.p[to] = this.p[span]!;
        copy.tid[to] = this.tid[span]!;
        copy.goid[to] = this.goid[span]!;
      }
    }
    return copy;
  }

  #moveToLarger(lane: number): void {
    const log2 = this.#laneLog2[lane]!;
    const from = this.laneOffset[lane]!;
    const to = this.#block(log2 + 1);
    const end = from + (1 << log2);
    this.startNs.copyWithin(to, from, end);
    this.state.copyWithin(to, from, end);
    this.reason.copyWithin(to, from, end);
    this.p.copyWithin(to, from, end);
    this.tid.copyWithin(to, from, end);
    this.goid.copyWithin(to, from, end);
    (this.#free[log2] ??= []).push(from);
    this.laneOffset[lane] = to;
    this.#laneLog2[lane] = log2 + 1;
  }

  #block(log2: number): number {
    const reused = this.#free[log2]?.pop();
    if (reused !== undefined) return reused;
    const offset = this.#used;
    this.#used += 1 << log2;
    if (this.#used > this.startNs.length) {
      const length = Math.max(this.startNs.length * 2, this.#used);
      this.startNs = grown(this.startNs, new Float64Array(length));
      this.state = grown(this.state, new Uint8Array(length));
      this.reason = grown(this.reason, new Uint8Array(length));
      this.p = grown(this.p, new Int16Array(length));
      this.tid = grown(this.tid, new Int32Array(length));
      this.goid = grown(this.goid, new Float64Array(length));
    }
    return offset;
  }
}

/** `larger`, beginning with the values of `old`. */
export function grown<T extends { length: number; set(from: T): void }>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}
