/** Round times for the ruler: steps of 1, 2 or 5 times a power of ten. */

export interface Ticks {
  /** Between labelled ticks, ns; at least 1. */
  stepNs: number;
  /** Between the small ticks, ns; a fifth or a quarter of a step. */
  minorNs: number;
  /** Labelled ticks within the window, in order. */
  timesNs: number[];
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
    minorNs: stepNs / (factor === 2 ? 4 : 5),
    timesNs: Array.from({ length: count }, (_, i) => (first + i) * stepNs),
  };
}
