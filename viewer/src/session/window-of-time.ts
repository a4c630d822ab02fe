/** The stretch of time on screen, and how zooming and panning change it. Pure. */

/** ns since the recording started. */
export interface TimeWindow {
  startNs: number;
  spanNs: number;
}

/** Times are whole ns: so close that each of them is some ten pixels wide, and no closer. */
export const SHORTEST_NS = 20;

/** The window moved into [0, endNs] and made no longer than that. */
export function clampWindow(window: TimeWindow, endNs: number): TimeWindow {
  const longestNs = Math.max(endNs, SHORTEST_NS);
  const spanNs = Math.min(Math.max(window.spanNs, SHORTEST_NS), longestNs);
  return { startNs: Math.min(Math.max(window.startNs, 0), longestNs - spanNs), spanNs };
}

/** Zoom by `factor`, below 1 is closer, keeping `anchorNs` where it is on screen. */
export function zoomWindow(
  window: TimeWindow,
  factor: number,
  anchorNs: number,
  endNs: number,
): TimeWindow {
  const spanNs = Math.min(
    Math.max(window.spanNs * factor, SHORTEST_NS),
    Math.max(endNs, SHORTEST_NS),
  );
  const fraction = (anchorNs - window.startNs) / window.spanNs;
  return clampWindow({ startNs: anchorNs - fraction * spanNs, spanNs }, endNs);
}

/** Move by `byNs`, later when positive. */
export function panWindow(window: TimeWindow, byNs: number, endNs: number): TimeWindow {
  return clampWindow({ startNs: window.startNs + byNs, spanNs: window.spanNs }, endNs);
}

/** A window around an interval, with a tenth of it free on either side. */
export function windowAround(startNs: number, endOfIntervalNs: number, endNs: number): TimeWindow {
  const spanNs = Math.max(SHORTEST_NS, (endOfIntervalNs - startNs) * 1.2);
  const middleNs = (startNs + endOfIntervalNs) / 2;
  return clampWindow({ startNs: middleNs - spanNs / 2, spanNs }, endNs);
}

/** The window moved, if it must be, so that `timeNs` lies in it: a page forward or back. */
export function windowShowing(window: TimeWindow, timeNs: number, endNs: number): TimeWindow {
  if (timeNs >= window.startNs && timeNs <= window.startNs + window.spanNs) return window;
  const margin = timeNs < window.startNs ? 0.9 : 0.1;
  return clampWindow({ startNs: timeNs - margin * window.spanNs, spanNs: window.spanNs }, endNs);
}
