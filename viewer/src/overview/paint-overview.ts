/**
 * The strip over the whole recording: goroutines by state, the collector's cycles on top,
 * stretches with losses hatched. The window's brush lies over it, outside of this picture.
 */
import { STATES } from '../../../src/format/event-columns.ts';
import { STACKED } from '../lanes/paint-density.ts';
import { mix, tokenOfState, type Palette } from '../lanes/palette.ts';
import type { PixelBuffer } from '../lanes/pixel-buffer.ts';
import type { Summary } from '../worker/protocol.ts';

const WAITING = STATES.indexOf('waiting');
/** Of the cycles' band at the top, and free space under it, CSS pixels. */
const CYCLES_TOP_PX = 2;
const CYCLES_PX = 3;
const CHART_TOP_PX = 8;

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

/** Paint the strip over the whole buffer. */
export function paintOverview(
  buffer: PixelBuffer,
  summary: Summary,
  palette: Palette,
  scale: number,
): void {
  const { packed } = palette;
  const { history, endNs, cycles, losses } = summary;
  const { width, height } = buffer;
  buffer.clear(packed.panel);
  const stateCount = STATES.length;
  const x = (timeNs: number): number => Math.round((Math.min(timeNs, endNs) / endNs) * width);
  const most = Math.max(1, mostGoroutines(history));
  const bottom = height - Math.round(2 * scale);
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
  for (const loss of losses) {
    const x0 = x(loss.startNs);
    const x1 = Math.max(x0 + Math.round(2 * scale), x(loss.endNs));
    buffer.crossHatch(x0, 0, x1, height, packed.lost, Math.round(6 * scale));
  }
}
