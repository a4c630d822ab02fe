/**
 * Which rows of a chunk a scan wants, and how they are taken out of a column.
 *
 * Either a stretch, which is a view of the column, or single rows, which are gathered.
 */
import type { NumberColumn } from '../format/column-body.ts';

/** Rows of a chunk: `[first, end)`, or those of `indices` in its order. */
export interface RowRange {
  first: number;
  end: number;
  indices: Int32Array | undefined;
}

/** Rows there are in it. */
export function rowsIn({ first, end, indices }: RowRange): number {
  return indices === undefined ? end - first : indices.length;
}

/**
 * First row of a sorted column that is not below a time.
 *
 * @param timesNs - in ascending order, as chunks are
 */
export function firstRowAt(timesNs: BigInt64Array, timeNs: bigint): number {
  let low = 0;
  let high = timesNs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (timesNs[middle]! < timeNs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Keep the rows whose value is one of those wanted.
 *
 * @param isWanted - by value; values beyond its end are not wanted
 */
export function keepWanted(
  { first, end }: RowRange,
  values: Int8Array,
  isWanted: readonly boolean[],
): RowRange {
  const indices = new Int32Array(end - first);
  let count = 0;
  for (let row = first; row < end; row++) {
    if (isWanted[values[row]!] === true) indices[count++] = row;
  }
  // A view is cheaper than gathering when nothing falls out.
  if (count === end - first) return { first, end, indices: undefined };
  return { first, end, indices: indices.subarray(0, count) };
}

/**
 * Take rows out of a column.
 *
 * @returns a view of `column` for a stretch, a new array for single rows
 */
export function takeRows<A extends NumberColumn>(column: A, { first, end, indices }: RowRange): A {
  if (indices === undefined) return column.subarray(first, end) as A;
  if (column instanceof BigInt64Array) return gatherPairs(column, indices) as A;
  const taken = column.slice(0, indices.length);
  for (let row = 0; row < indices.length; row++) taken[row] = column[indices[row]!]!;
  return taken as A;
}

/** As two halves: a BigInt for each value would cost ten times as much. */
function gatherPairs(column: BigInt64Array<ArrayBuffer>, indices: Int32Array): BigInt64Array {
  const halves = new Int32Array(column.buffer, column.byteOffset, column.length * 2);
  const taken = new BigInt64Array(indices.length);
  const takenHalves = new Int32Array(taken.buffer);
  for (let row = 0; row < indices.length; row++) {
    const source = indices[row]! * 2;
    takenHalves[row * 2] = halves[source]!;
    takenHalves[row * 2 + 1] = halves[source + 1]!;
  }
  return taken;
}
