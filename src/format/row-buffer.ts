/**
 * Rows of events gathered from several chunks until they make one: in the order of their time.
 *
 * The columns are typed arrays of a fixed length; what does not fit is for the next buffer.
 */
import {
  EVENT_COLUMN_NAMES,
  EVENT_COLUMNS,
  LOSS_CAUSES,
  type EventArrays,
  type EventColumn,
} from './event-columns.ts';
import type { Losses } from './copied-chunks.ts';
import { int64At, int64Words } from './lanes/int64-view.ts';

/** As many as the recorder puts into a chunk at most. */
export const BUFFER_ROWS = 65_536;

const ARRAYS = {
  int64: BigInt64Array,
  int32: Int32Array,
  dict32: Int32Array,
  int16: Int16Array,
  dict8: Int8Array,
} as const;

export class RowBuffer {
  /** Of `BUFFER_ROWS` rows. */
  readonly arrays = newArrays(BUFFER_ROWS);
  rowCount = 0;
  /** Events lost while these rows were recorded. */
  lost: Losses = noLosses();

  get isFull(): boolean {
    return this.rowCount === BUFFER_ROWS;
  }

  /**
   * Take rows of a chunk.
   *
   * @param rows - their numbers
   * @param position - the first of `rows` that was not taken yet
   * @returns how many there was room for; they are the last ones of the buffer
   */
  append(arrays: EventArrays, rows: Int32Array, position = 0): number {
    const count = Math.min(rows.length - position, BUFFER_ROWS - this.rowCount);
    const places = Int32Array.from({ length: count }, (_, row) => this.rowCount + row);
    this.place(arrays, rows.subarray(position, position + count), places);
    this.rowCount += count;
    return count;
  }

  /** Put rows of a chunk into places of their own; `rowCount` is the caller's to count. */
  place(arrays: EventArrays, rows: Int32Array, places: Int32Array): void {
    for (const name of EVENT_COLUMN_NAMES) {
      const [from, to] = [arrays[name], this.arrays[name]];
      if (from instanceof BigInt64Array) {
        // As halves: a bigint for each value would cost ten times as much.
        const [source, target] = [int64Words(from), int64Words(to as BigInt64Array)];
        for (let row = 0; row < rows.length; row++) {
          const [at, into] = [2 * rows[row]!, 2 * places[row]!];
          target[into] = source[at]!;
          target[into + 1] = source[at + 1]!;
        }
      } else {
        for (let row = 0; row < rows.length; row++) to[places[row]!] = from[rows[row]!]!;
      }
    }
  }

  addLosses(lost: Losses): void {
    for (const cause of LOSS_CAUSES) this.lost[cause] += lost[cause];
  }

  /** Put the rows in the order of their time, those of one time as they came. */
  sort(): void {
    const words = int64Words(this.arrays.time_ns);
    const times = Float64Array.from({ length: this.rowCount }, (_, row) => int64At(words, row));
    if (times.every((timeNs, row) => row === 0 || timeNs >= times[row - 1]!)) return;
    const order = Int32Array.from(times.keys()).sort((a, b) => times[a]! - times[b]! || a - b);
    for (const name of EVENT_COLUMN_NAMES) {
      const [column, old] = [this.arrays[name], this.arrays[name].slice(0, this.rowCount)];
      for (const [row, from] of order.entries()) column[row] = old[from]!;
    }
  }

  /** Begin anew. */
  clear(): void {
    this.rowCount = 0;
    this.lost = noLosses();
  }
}

/** Nothing lost. */
export function noLosses(): Losses {
  return Object.fromEntries(LOSS_CAUSES.map((cause) => [cause, 0])) as Losses;
}

function newArrays(rowCount: number): EventArrays {
  const arrayOf = (name: EventColumn) => new ARRAYS[EVENT_COLUMNS[name]](rowCount);
  return Object.fromEntries(
    EVENT_COLUMN_NAMES.map((name) => [name, arrayOf(name)]),
  ) as unknown as EventArrays;
}
