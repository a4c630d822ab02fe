/**
 * What is open of each goroutine alive: fixed-width records in one array, by slot.
 *
 * Records instead of objects, as each change of state rewrites most of one: numbers beyond
 * 31 bits in the fields of an object would be allocated one by one.
 */

/** Fields of a record, as offsets. 64-bit values are two halves, the low one first. */
export const FIELD = {
  pid: 0,
  goid: 1,
  start: 3,
  /** Index into the states, as the others; 0 none. */
  state: 5,
  waitReason: 6,
  /** -1 unknown, as `tid`. */
  p: 7,
  tid: 8,
  /** Who made the change that began it. */
  by: 9,
  /** 1: its beginning was recorded. */
  isSeen: 11,
  previousState: 12,
  previousReason: 13,
  previousStart: 14,
  isPreviousSeen: 16,
} as const;

/** Length of a record. */
const FIELD_COUNT = 17;

export class OpenSpans {
  /** The records. Another array after each `add`. */
  fields = new Int32Array(64 * FIELD_COUNT);
  readonly #free: number[] = [];
  #used = 0;

  /**
   * A record for a goroutine without a state.
   *
   * @returns where it begins in `fields`
   */
  add(pid: number, goidLow: number, goidHigh: number): number {
    const at = this.#free.pop() ?? this.#used++ * FIELD_COUNT;
    if (at >= this.fields.length) {
      const more = new Int32Array(this.fields.length * 2);
      more.set(this.fields);
      this.fields = more;
    }
    this.fields.fill(0, at, at + FIELD_COUNT);
    this.fields[at + FIELD.pid] = pid;
    this.fields[at + FIELD.goid] = goidLow;
    this.fields[at + FIELD.goid + 1] = goidHigh;
    this.fields[at + FIELD.p] = -1;
    this.fields[at + FIELD.tid] = -1;
    return at;
  }

  /** The record is over and may be given to another goroutine. */
  remove(at: number): void {
    this.#free.push(at);
  }
}
