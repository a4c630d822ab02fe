/** The one row of a closed group: its goroutines by state, stacked, over time. */
import { STATES } from '../../../src/format/event-columns.ts';
import type { GroupDensity } from '../worker/group-density.ts';
import type { PixelBuffer } from './pixel-buffer.ts';

/** States from the bottom up, in a closed group as in the overview: most of them wait. */
export const STACKED: readonly number[] = (
  ['waiting', 'syscall', 'runnable', 'running'] as const
).map((state) => STATES.indexOf(state));

/**
 * Paint a density.
 *
 * @param x - device pixel of a time
 * @param bottom - lower edge, device pixels; the highest stack is `roomPx` high
 * @param colors - by index into STATES
 */
export function paintDensity(
  buffer: PixelBuffer,
  density: GroupDensity,
  x: (timeNs: number) => number,
  bottom: number,
  roomPx: number,
  colors: Uint32Array,
): void {
  const { counts, bucketCount, bucketNs, startNs } = density;
  const stateCount = STATES.length;
  let most = 0;
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    let sum = 0;
    for (const state of STACKED) sum += counts[bucket * stateCount + state]!;
    most = Math.max(most, sum);
  }
  if (most === 0) return;
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    const x0 = x(startNs + bucket * bucketNs);
    const x1 = x(startNs + (bucket + 1) * bucketNs);
    let base = bottom;
    let sum = 0;
    for (const state of STACKED) {
      sum += counts[bucket * stateCount + state]!;
      const top = bottom - Math.round((sum / most) * roomPx);
      buffer.fill(x0, top, x1, base, colors[state]!);
      base = top;
    }
  }
}
