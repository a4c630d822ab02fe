/**
 * int64 columns read as doubles without a bigint for every value, which costs ten times more.
 */

/** A column of int64 as pairs of 32-bit words, little-endian as in the file. */
export function int64Words(column: BigInt64Array): Int32Array {
  return new Int32Array(column.buffer, column.byteOffset, column.length * 2);
}

/** Value of a row; exact up to 2^53 in either direction: 104 days of ns, all goroutine ids. */
export function int64At(words: Int32Array, row: number): number {
  return (words[2 * row]! >>> 0) + words[2 * row + 1]! * 4_294_967_296;
}
