/**
 * The value of a counter, and the highest in a stretch. A rate is that of a slice of time, about
 * a pixel of the window wide: of a shorter one it would say how long the slice is, not how much
 * was going on.
 */
import type { Counter } from './counters.ts';

/** Slices in a window, at least; they begin at multiples of their width, so that panning does not change them. */
const SLICES = 500;

function sliceNs(windowSpanNs: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(1, windowSpanNs / SLICES)));
}

/**
 * The value at a time; NaN where there is none.
 *
 * @param windowSpanNs - width of the window that is shown
 */
export function valueAt({ whole, isRate }: Counter, timeNs: number, windowSpanNs: number): number {
  if (isRate !== true) return whole.valueAt(timeNs);
  const widthNs = sliceNs(windowSpanNs);
  const fromNs = Math.floor(timeNs / widthNs) * widthNs;
  return Number.isNaN(whole.valueAt(timeNs))
    ? Number.NaN
    : whole.meanBetween(fromNs, fromNs + widthNs);
}

/** The highest value in a stretch; NaN where there is none. */
export function highestBetween(
  { whole, isRate }: Counter,
  fromNs: number,
  toNs: number,
  windowSpanNs: number,
): number {
  if (isRate !== true) return whole.mostBetween(fromNs, toNs);
  const widthNs = sliceNs(windowSpanNs);
  let highest = Number.NaN;
  for (let at = Math.floor(fromNs / widthNs) * widthNs; at < toNs; at += widthNs) {
    const mean = whole.meanBetween(at, at + widthNs);
    if (!(highest >= mean)) highest = mean;
  }
  return highest;
}

/** What the row's height stands for: the highest value in the window, the limit's included; or 0. */
export function scaleOf(counter: Counter, startNs: number, spanNs: number): number {
  const highest = highestBetween(counter, startNs, startNs + spanNs, spanNs);
  const limit = counter.limit?.curve.mostBetween(startNs, startNs + spanNs) ?? Number.NaN;
  // Either may have no value there.
  return Math.max(0, Number.isNaN(highest) ? 0 : highest, Number.isNaN(limit) ? 0 : limit);
}
