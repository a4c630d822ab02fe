/** The collector's lane: its cycles, what sweeping follows on them, and stops of the world. */
import { formatDuration } from '../format/format-duration.ts';
import { firstEndingAfter } from './intervals.ts';
import type { LaneScene, LaneWriter } from './paint-lanes.ts';
import { mix } from './palette.ts';
import type { PixelBuffer } from './pixel-buffer.ts';

/** Narrower than this nothing is written, CSS pixels. */
const CYCLE_LABEL_PX = 80;
const SWEEP_LABEL_PX = 64;

/**
 * Paint it.
 *
 * @param y - upper edge of the row, device pixels; `yPx` the same in CSS pixels
 */
export function paintCollector(
  buffer: PixelBuffer,
  scene: LaneScene,
  y: number,
  yPx: number,
  { x, label }: LaneWriter,
): void {
  const { summary, scale, palette, startNs, spanNs } = scene;
  const { packed } = palette;
  const endNs = startNs + spanNs;
  const top = y + Math.round(3 * scale);
  const bottom = y + Math.round(15 * scale);
  const { cycles, stops } = summary;
  const color = mix(packed.bg, packed.gc, 0.85);
  const { startNs: sweepsNs, endNs: sweptNs } = scene.sweeps;
  const sweepColor = mix(packed.bg, packed.gc, 0.4);
  for (let i = firstEndingAfter(sweptNs, startNs); i < sweepsNs.length; i++) {
    if (sweepsNs[i]! > endNs) break;
    const x0 = x(sweepsNs[i]!);
    const x1 = Math.max(x0 + 1, x(sweptNs[i]!));
    buffer.fill(x0, bottom - Math.round(4 * scale), x1, bottom, sweepColor);
    const widthPx = (x1 - Math.max(0, x0)) / scale;
    if (widthPx > SWEEP_LABEL_PX) label('sweep', x0, yPx + 9.5, widthPx, 'muted');
  }
  for (let i = firstEndingAfter(cycles.endNs, startNs); i < cycles.startNs.length; i++) {
    if (cycles.startNs[i]! > endNs) break;
    const x0 = x(cycles.startNs[i]!);
    const x1 = Math.max(x0 + 1, x(cycles.endNs[i]!));
    buffer.fill(x0, top, x1, bottom, color);
    const widthPx = (x1 - Math.max(0, x0)) / scale;
    const lengthNs = Math.min(cycles.endNs[i]!, summary.loadedNs) - cycles.startNs[i]!;
    if (widthPx > CYCLE_LABEL_PX) {
      const text = `mark ${formatDuration(lengthNs)}`;
      label(text, Math.max(0, x0) + 6 * scale, yPx + 12.5, widthPx - 12, 'on-block');
    }
  }
  for (let i = firstEndingAfter(stops.endNs, startNs); i < stops.startNs.length; i++) {
    if (stops.startNs[i]! > endNs) break;
    const x0 = x(stops.startNs[i]!);
    const x1 = x(stops.endNs[i]!);
    // A stop too short to be seen is a tick at the lower edge, so that it hides no cycle.
    if (x1 - x0 >= 2) buffer.fill(x0, top, x1, bottom, packed.playhead);
    else buffer.fill(x0, bottom - Math.round(4 * scale), x0 + 1, bottom, packed.playhead);
  }
}
