/**
 * The strip over the whole recording: goroutines by state, the collector's cycles and its stops
 * of the world on top, where the events are below, marks, stretches with losses hatched. The
 * window's brush, the range and the playhead lie over it, outside of this picture.
 */
import { STATES } from '../../../src/format/event-columns.ts';
import { STACKED } from '../lanes/paint-density.ts';
import { mix, tokenOfState, type Palette } from '../lanes/palette.ts';
import type { PixelBuffer } from '../lanes/pixel-buffer.ts';
import { firstAtOrAfter, timesOnScreen } from '../lanes/on-screen.ts';
import type { Summary } from '../worker/protocol.ts';

const WAITING = STATES.indexOf('waiting');
/** Of the cycles' band at the top, and free space under it, CSS pixels. */
const CYCLES_TOP_PX = 2;
const CYCLES_PX = 3;
const CHART_TOP_PX = 8;
/** Of the strip of events at the bottom. */
const EVENTS_PX = 3;

/** From the bottom up; those whose state was not read are on top. */
const SHOWN: readonly number[] = [...STACKED, 0];

/** Most goroutines that were alive at the same time, as the buckets say. */
export function mostGoroutines(history: Summary['history']): number {
  const stateCount = STATES.length;
  let most = 0;
  for (let bucket = 0; bucket < history.bucketCount; bucket++) {
    let sum = 0;
    // State 0: not known.
    for (let state = 0; state < stateCount; state++) {
      sum += history.counts[bucket * stateCount + state]!;
    }
    most = Math.max(most, sum);
  }
  return Math.round(most);
}

/** What is known besides the summary, a moment later: times in order. */
export interface OverviewTimes {
  marksNs: Float64Array;
  /** Of every so-many-th event. */
  eventsNs: Float64Array;
}

/** Paint the strip over the whole buffer. */
export function paintOverview(
  buffer: PixelBuffer,
  summary: Summary,
  times: OverviewTimes,
  palette: Palette,
  scale: number,
): void {
  const { packed } = palette;
  const { history, endNs, cycles, stops, losses } = summary;
  const { width, height } = buffer;
  buffer.clear(packed.panel);
  const stateCount = STATES.length;
  const x = (timeNs: number): number => Math.round((Math.min(timeNs, endNs) / endNs) * width);
  const most = Math.max(1, mostGoroutines(history));
  const bottom = height - Math.round((EVENTS_PX + 2) * scale);
  const room = bottom - Math.round(CHART_TOP_PX * scale);
  const sums = new Float64Array(SHOWN.length);
  for (let column = 0; column < width; column++) {
    // The mean of the buckets under this pixel.
    const from = Math.floor(((column / width) * endNs) / history.bucketNs);
    const to = Math.max(from + 1, Math.floor((((column + 1) / width) * endNs) / history.bucketNs));
    if (from >= history.bucketCount) break;
    sums.fill(0);
    const end = Math.min(to, history.bucketCount);
    for (let bucket = from; bucket < end; bucket++) {
      for (const [i, state] of SHOWN.entries()) {
        sums[i]! += history.counts[bucket * stateCount + state]! / (end - from);
      }
    }
    let base = bottom;
    let sum = 0;
    for (const [i, state] of SHOWN.entries()) {
      sum += sums[i]!;
      const top = bottom - Math.round((sum / most) * room);
      const color =
        state === 0 ? mix(packed.panel, packed.lost, 0.45) : packed[tokenOfState(state)];
      buffer.fill(
        column,
        top,
        column + 1,
        base,
        state === WAITING ? mix(packed.panel, color, 0.7) : color,
      );
      base = top;
    }
  }
  const top = Math.round(CYCLES_TOP_PX * scale);
  for (let i = 0; i < cycles.startNs.length; i++) {
    const x0 = x(cycles.startNs[i]!);
    const x1 = Math.max(x0 + 1, x(cycles.endNs[i]!));
    buffer.fill(x0, top, x1, top + Math.round(CYCLES_PX * scale), packed.gc);
  }
  for (let i = 0; i < stops.startNs.length; i++) {
    const x0 = x(stops.startNs[i]!);
    const x1 = Math.max(x0 + 1, x(stops.endNs[i]!));
    buffer.fill(x0, top, x1, top + Math.round((CYCLES_PX + 2) * scale), packed.playhead);
  }
  paintEvents(buffer, times.eventsNs, endNs, palette, scale);
  const screen = { startNs: 0, spanNs: endNs, widthPx: width };
  for (const mark of timesOnScreen(times.marksNs, screen)) {
    const at = x(times.marksNs[mark]!);
    buffer.fill(at, 0, at + 1, height, packed.accent);
    buffer.fill(at, 0, at + Math.round(4 * scale), Math.round(4 * scale), packed.accent);
  }
  for (const loss of losses) {
    const x0 = x(loss.startNs);
    const x1 = Math.max(x0 + Math.round(2 * scale), x(loss.endNs));
    buffer.crossHatch(x0, 0, x1, height, packed.lost, Math.round(6 * scale));
  }
}

/** Where the events are: the more of them in a pixel's time, the stronger. */
function paintEvents(
  buffer: PixelBuffer,
  timesNs: Float64Array,
  endNs: number,
  { packed }: Palette,
  scale: number,
): void {
  const { width, height } = buffer;
  const top = height - Math.round((EVENTS_PX + 1) * scale);
  const bottom = height - Math.round(scale);
  const counts = new Uint32Array(width);
  let most = 0;
  let from = 0;
  for (let x = 0; x < width; x++) {
    const to = firstAtOrAfter(timesNs, ((x + 1) / width) * endNs);
    counts[x] = to - from;
    most = Math.max(most, to - from);
    from = to;
  }
  // A few events are to be seen beside many.
  for (let x = 0; x < width; x++) {
    if (counts[x] === 0) continue;
    const share = Math.log1p(counts[x]!) / Math.log1p(most);
    buffer.fill(x, top, x + 1, bottom, mix(packed.panel, packed.muted, 0.15 + 0.75 * share));
  }
}
