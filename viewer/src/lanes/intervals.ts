/** Looking things up in intervals that are in order and do not overlap. */

/** Index of the first interval that ends after a time; the number of intervals when none does. */
export function firstEndingAfter(endsNs: Float64Array, timeNs: number): number {
  return firstEndingWithin(endsNs, 0, endsNs.length, timeNs);
}

/** The same among the intervals from `first` to before `end`. */
export function firstEndingWithin(
  endsNs: Float64Array,
  first: number,
  end: number,
  timeNs: number,
): number {
  let low = first;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (endsNs[middle]! <= timeNs) low = middle + 1;
    else high = middle;
  }
  return low;
}
