/**
 * int64 columns as doubles: what drawing and grouping work with.
 *
 * Two 32-bit halves make a double ten times faster than a BigInt for each value does.
 */
import { FormatError } from './errors.ts';

/** 2^53 divided by 2^32: the upper half of an exact integer lies within. */
const MAX_UPPER = 2 ** 21;

/**
 * Times of a column `time_ns` (or any other) in ns.
 *
 * @returns a new array of the same length
 * @throws FormatError `bad-value` when a value is beyond 2^53 and would be rounded
 */
export function timesNs(column: BigInt64Array): Float64Array<ArrayBuffer> {
  return exactNumbers(column);
}

/** Goroutine ids of a column `goid` or `by_goid`; otherwise as {@link timesNs}. */
export function goidNumbers(column: BigInt64Array): Float64Array<ArrayBuffer> {
  return exactNumbers(column);
}

/**
 * @param byteOffset - where the column begins, for errors
 */
export function exactNumbers(column: BigInt64Array, byteOffset = 0): Float64Array<ArrayBuffer> {
  const count = column.length;
  const halves = new Int32Array(column.buffer, column.byteOffset, count * 2);
  const numbers = new Float64Array(count);
  for (let row = 0; row < count; row++) {
    const upper = halves[row * 2 + 1]!;
    if (upper >= MAX_UPPER || upper < -MAX_UPPER) {
      const at = byteOffset + row * 8;
      throw new FormatError('bad-value', at, `row ${row} of a column is beyond 2^53`);
    }
    numbers[row] = upper * 2 ** 32 + (halves[row * 2]! >>> 0);
  }
  return numbers;
}
