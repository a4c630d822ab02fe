/**
 * How many goroutines were in each state at every time, so that the mean and the most of any
 * stretch can be told by two look-ups.
 *
 * Counts are kept where they change, to the nanosecond. When there are too many changes, those
 * within a power of two of ns become one, twice as wide each time: means stay right, and the
 * most of what was joined is kept, so that no peak is lost.
 */
import { STATES } from '../../../src/format/event-columns.ts';
import { grown } from '../../../src/format/lanes/span-store.ts';

/** States that are counted, in the order they are stacked; `other` is every state besides them. */
export const CURVE_STATES = ['waiting', 'syscall', 'runnable', 'running', 'other'] as const;

const STATE_COUNT = CURVE_STATES.length;
const RUNNABLE = CURVE_STATES.indexOf('runnable');
/** By index into STATES: index into CURVE_STATES; -1 for what is no goroutine any more, or yet. */
const CURVE_STATE = Int8Array.from(STATES, (name) => {
  if (name === '' || name === 'dead' || name === 'deadextra') return -1;
  const at = (CURVE_STATES as readonly string[]).indexOf(name);
  return at < 0 ? CURVE_STATES.indexOf('other') : at;
});

/** Changes that are kept; twice as many are joined. */
const MOST_CHANGES = 131_072;

export interface StateCurve {
  /** Where counts change, in order, and the end. */
  timeNs: Float64Array;
  /** By index into CURVE_STATES: goroutines times ns, from the start to each time. */
  sums: Float64Array[];
  /** Most goroutines at once, and most of them runnable, between each time and the next. */
  most: Float64Array;
  mostRunnable: Float64Array;
}

export class StateCounts {
  readonly #mostChanges: number;
  readonly #now = new Float64Array(STATE_COUNT);
  readonly #sumNow = new Float64Array(STATE_COUNT);
  #total = 0;
  #lastNs = 0;
  /** Changes within so many ns are one. */
  #joinedNs = 1;
  #count = 0;
  #timeNs = new Float64Array(256);
  #most = new Float64Array(256);
  #mostRunnable = new Float64Array(256);
  readonly #sums = Array.from({ length: STATE_COUNT }, () => new Float64Array(256));

  /** @param mostChanges - changes that are kept; twice as many are joined */
  constructor(mostChanges = MOST_CHANGES) {
    this.#mostChanges = mostChanges;
  }

  /** A goroutine went from one state to another: indices into STATES. Times do not go back. */
  change(timeNs: number, from: number, to: number): void {
    const [left, entered] = [CURVE_STATE[from] ?? -1, CURVE_STATE[to] ?? -1];
    if (left === entered) return;
    this.#advance(timeNs);
    if (left >= 0) this.#now[left]!--;
    if (entered >= 0) this.#now[entered]!++;
    this.#total += (entered >= 0 ? 1 : 0) - (left >= 0 ? 1 : 0);
    const last = this.#count - 1;
    const isNew =
      last < 0 ||
      Math.floor(this.#lastNs / this.#joinedNs) !==
        Math.floor(this.#timeNs[last]! / this.#joinedNs);
    const at = isNew ? this.#add() : last;
    this.#most[at] = Math.max(this.#most[at]!, this.#total);
    this.#mostRunnable[at] = Math.max(this.#mostRunnable[at]!, this.#now[RUNNABLE]!);
  }

  /** All of it so far, up to `endNs`; copies. */
  curve(endNs: number): StateCurve {
    this.#advance(endNs);
    const count = this.#count;
    const withEnd = (values: Float64Array, end: number): Float64Array => {
      const copy = new Float64Array(count + 1);
      copy.set(values.subarray(0, count));
      copy[count] = end;
      return copy;
    };
    return {
      timeNs: withEnd(this.#timeNs, this.#lastNs),
      sums: this.#sums.map((sum, state) => withEnd(sum, this.#sumNow[state]!)),
      most: this.#most.slice(0, count),
      mostRunnable: this.#mostRunnable.slice(0, count),
    };
  }

  #advance(timeNs: number): void {
    const byNs = timeNs - this.#lastNs;
    if (byNs <= 0) return;
    for (let state = 0; state < STATE_COUNT; state++) {
      this.#sumNow[state]! += byNs * this.#now[state]!;
    }
    this.#lastNs = timeNs;
  }

  /** What begins now. */
  #add(): number {
    if (this.#count === 2 * this.#mostChanges) this.#join();
    if (this.#count === this.#timeNs.length) this.#grow();
    const at = this.#count++;
    this.#timeNs[at] = this.#lastNs;
    this.#most[at] = this.#mostRunnable[at] = 0;
    for (let state = 0; state < STATE_COUNT; state++) this.#sums[state]![at] = this.#sumNow[state]!;
    return at;
  }

  /** Join until no more than the wanted number are left. */
  #join(): void {
    while (this.#count > this.#mostChanges) {
      this.#joinedNs *= 2;
      let kept = 0;
      for (let i = 1; i < this.#count; i++) {
        const isSame =
          Math.floor(this.#timeNs[i]! / this.#joinedNs) ===
          Math.floor(this.#timeNs[kept]! / this.#joinedNs);
        if (isSame) {
          this.#most[kept] = Math.max(this.#most[kept]!, this.#most[i]!);
          this.#mostRunnable[kept] = Math.max(this.#mostRunnable[kept]!, this.#mostRunnable[i]!);
          continue;
        }
        kept++;
        this.#timeNs[kept] = this.#timeNs[i]!;
        this.#most[kept] = this.#most[i]!;
        this.#mostRunnable[kept] = this.#mostRunnable[i]!;
        for (const sum of this.#sums) sum[kept] = sum[i]!;
      }
      this.#count = kept + 1;
    }
  }

  #grow(): void {
    const length = 2 * this.#count;
    this.#timeNs = grown(this.#timeNs, new Float64Array(length));
    this.#most = grown(this.#most, new Float64Array(length));
    this.#mostRunnable = grown(this.#mostRunnable, new Float64Array(length));
    for (let state = 0; state < STATE_COUNT; state++) {
      this.#sums[state] = grown(this.#sums[state]!, new Float64Array(length));
    }
  }
}
