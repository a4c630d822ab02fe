/** Round times for the ruler: steps of 1, 2 or 5 times a power of ten. */
import { formatTime } from '../format/format-time.ts';
import type { TimeWindow } from '../session/window-of-time.ts';

export interface Ticks {
  /** Between labelled ticks, ns; at least 1. */
  stepNs: number;
  /** Between the small ticks, ns; a fifth or a quarter of a step, at least 1. */
  minorNs: number;
  /** Labelled ticks within the window, in order. */
  timesNs: number[];
}

/** A labelled tick takes so much, CSS pixels; more where its label is long. */
const TICK_PX = 130;
/** Of the ruler's font. */
const CHAR_PX = 6.7;

/** About how many labelled ticks fit into a window that is drawn so wide, CSS pixels. */
export function ticksThatFit({ startNs, spanNs }: TimeWindow, widthPx: number): number {
  const label = formatTime(startNs + spanNs, (spanNs * TICK_PX) / widthPx);
  return widthPx / Math.max(TICK_PX, (label.length + 2) * CHAR_PX);
}

/**
 * Ticks for a window.
 *
 * @param startNs - its left edge, ns since the recording started
 * @param spanNs - its width, > 0
 * @param wanted - about how many labelled ticks fit
 */
export function ticksOf(startNs: number, spanNs: number, wanted: number): Ticks {
  const roughNs = Math.max(1, spanNs / Math.max(1, wanted));
  const power = 10 ** Math.floor(Math.log10(roughNs));
  const factor = [1, 2, 5, 10].find((each) => roughNs <= each * power * (1 + 1e-9)) ?? 10;
  const stepNs = Math.max(1, Math.round(factor * power));
  const first = Math.ceil(startNs / stepNs);
  const count = Math.max(0, Math.floor((startNs + spanNs) / stepNs) - first + 1);
  return {
    stepNs,
    // Times are whole ns. Far from the start half a one would not be told from the next.
    minorNs: Math.max(1, stepNs / (factor === 2 ? 4 : 5)),
    timesNs: Array.from({ length: count }, (_, i) => (first + i) * stepNs),
  };
}
