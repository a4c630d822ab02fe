/** What of many times and stretches is on screen: no more of them than there are pixels. */
import type { Stretches } from '../transport/play-axis.ts';
import { firstEndingAfter } from './intervals.ts';

/** The window and its width on screen. */
export interface ScreenTime {
  startNs: number;
  spanNs: number;
  widthPx: number;
}

/** A stretch on screen, CSS pixels; what lies outside is cut off a little beyond the edges. */
export interface StretchOnScreen {
  fromX: number;
  toX: number;
}

/** Beyond the edges, so that what is drawn at an end is not seen where there is none. */
const BEYOND_PX = 16;

/** Index of the first time at or after `timeNs`; times are in order. */
export function firstAtOrAfter(timesNs: Float64Array, timeNs: number): number {
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
 * Indices of the times in a window, the first of each pixel.
 *
 * @param timesNs - in order
 */
export function timesOnScreen(
  timesNs: Float64Array,
  { startNs, spanNs, widthPx }: ScreenTime,
): number[] {
  const nsPerPx = spanNs / widthPx;
  const shown: number[] = [];
  let at = firstAtOrAfter(timesNs, startNs);
  while (at < timesNs.length && timesNs[at]! <= startNs + spanNs) {
    shown.push(at);
    at = Math.max(at + 1, firstAtOrAfter(timesNs, timesNs[at]! + nsPerPx));
  }
  return shown;
}

/** Where stretches lie that are in order; of those within one pixel the first. */
export function stretchesOnScreen(
  stretches: Stretches | undefined,
  screen: ScreenTime,
): StretchOnScreen[] {
  if (stretches === undefined) return [];
  const nsPerPx = screen.spanNs / screen.widthPx;
  const { startNs, endNs } = stretches;
  const shown: StretchOnScreen[] = [];
  let at = firstEndingAfter(endNs, screen.startNs);
  while (at < startNs.length && startNs[at]! < screen.startNs + screen.spanNs) {
    shown.push(stretchOnScreen(startNs[at]!, endNs[at]!, screen)!);
    at = Math.max(at + 1, firstEndingAfter(endNs, endNs[at]! + nsPerPx));
  }
  return shown;
}

/** Where a stretch lies; undefined when it is not on screen. */
export function stretchOnScreen(
  fromNs: number,
  toNs: number,
  { startNs, spanNs, widthPx }: ScreenTime,
): StretchOnScreen | undefined {
  if (toNs < startNs || fromNs > startNs + spanNs) return undefined;
  const pxPerNs = widthPx / spanNs;
  return {
    fromX: Math.max(-BEYOND_PX, (fromNs - startNs) * pxPerNs),
    toX: Math.min(widthPx + BEYOND_PX, (toNs - startNs) * pxPerNs),
  };
}
