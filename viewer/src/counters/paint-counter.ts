/**
 * A counter's row: the mean of each pixel's time as a block, lighter above it the most that
 * there was, so that no peak is lost; what it is to stay under as a line. The highest value in
 * the window fills the row.
 */
import { mix, type Palette } from '../lanes/palette.ts';
import type { PixelBuffer } from '../lanes/pixel-buffer.ts';
import { highestBetween, scaleOf } from './counter-value.ts';
import type { Counter } from './counters.ts';

/** Where and when, in device pixels and ns. */
export interface CounterRoom {
  /** The value 0, and the highest one. */
  bottom: number;
  top: number;
  startNs: number;
  spanNs: number;
  ground: number;
  scale: number;
}

/** Paint it over the whole width of the buffer. */
export function paintCounter(
  buffer: PixelBuffer,
  counter: Counter,
  room: CounterRoom,
  { packed }: Palette,
): void {
  const { bottom, top, startNs, spanNs, ground } = room;
  const { width } = buffer;
  const { layers, limit, isRate } = counter;
  const most = scaleOf(counter, startNs, spanNs);
  const nsPerPx = spanNs / width;
  const pxPerUnit = most > 0 ? (bottom - top) / most : 0;
  buffer.fill(0, bottom, width, bottom + 1, packed.line);
  if (most === 0) return;
  const topToken = layers[layers.length - 1]!.token;
  const isStack = layers.length > 1;
  const peakColor = mix(ground, isStack ? packed.muted : packed[topToken], isStack ? 0.25 : 0.4);
  for (let x = 0; x < width; x++) {
    const fromNs = startNs + x * nsPerPx;
    const toNs = fromNs + nsPerPx;
    const peak = highestBetween(counter, fromNs, toNs, spanNs);
    if (!(peak > 0)) continue;
    const peakTop = Math.min(bottom - 1, bottom - Math.round(peak * pxPerUnit));
    let sum = 0;
    let base = bottom;
    for (let i = 0; i < layers.length; i++) {
      const { curve, token } = layers[i]!;
      const mean = isRate === true ? peak : curve.meanBetween(fromNs, toNs);
      if (!(mean > 0)) continue;
      sum += mean;
      const layerTop = bottom - Math.round(sum * pxPerUnit);
      const color = token === 'waiting' ? mix(ground, packed.waiting, 0.7) : packed[token];
      buffer.fill(x, layerTop, x + 1, base, color);
      base = Math.min(base, layerTop);
    }
    buffer.fill(x, peakTop, x + 1, base, peakColor);
  }
  if (limit !== undefined) paintLimit(buffer, limit.curve, room, pxPerUnit, packed.muted);
}

function paintLimit(
  buffer: PixelBuffer,
  curve: Counter['whole'],
  { bottom, startNs, spanNs, scale }: CounterRoom,
  pxPerUnit: number,
  color: number,
): void {
  const { width } = buffer;
  const nsPerPx = spanNs / width;
  const thickness = Math.max(1, Math.round(scale));
  let before = -1;
  for (let x = 0; x < width; x++) {
    const fromNs = startNs + x * nsPerPx;
    const value = curve.mostBetween(fromNs, fromNs + nsPerPx);
    if (Number.isNaN(value)) {
      before = -1;
      continue;
    }
    const y = bottom - Math.round(value * pxPerUnit);
    const from = before < 0 ? y : Math.min(before, y);
    buffer.fill(x, from, x + 1, Math.max(before, y) + thickness, color);
    before = y;
  }
}
