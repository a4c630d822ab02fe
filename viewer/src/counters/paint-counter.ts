/**
 * A counter's row: the mean of each pixel's time, lighter above it the most that there was, so
 * that no peak is lost; what it is to stay under as a line. The highest value in
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
  const { bottom, top, startNs, spanNs, ground, scale } = room;
  const { width } = buffer;
  const { layers, limit, isRate } = counter;
  const most = scaleOf(counter, startNs, spanNs);
  const nsPerPx = spanNs / width;
  const pxPerUnit = most > 0 ? (bottom - top) / most : 0;
  buffer.fill(0, bottom, width, bottom + 1, packed.line);
  if (most === 0) return;
  const topToken = layers[layers.length - 1]!.token;
  const isStack = layers.length > 1;
  const peakColor = mix(ground, isStack ? packed.muted : packed[topToken], 0.25);
  // A large block of one colour would be louder than the lanes: its edge says the value.
  const bodyColor = mix(ground, packed[topToken], 0.5);
  const waitingColor = mix(ground, packed.waiting, 0.7);
  const edge = Math.max(1, Math.round(scale));
  // Of the pixel before; at the left end of the picture nothing is known of it.
  let edgeBefore = -1;
  for (let x = 0; x < width; x++) {
    const fromNs = startNs + x * nsPerPx;
    const toNs = fromNs + nsPerPx;
    const peak = highestBetween(counter, fromNs, toNs, spanNs);
    if (!(peak > 0)) {
      if (!isStack && edgeBefore >= 0) buffer.fill(x - 1, edgeBefore, x, bottom, packed[topToken]);
      edgeBefore = bottom;
      continue;
    }
    const peakTop = Math.min(bottom - 1, bottom - Math.round(peak * pxPerUnit));
    let sum = 0;
    let base = bottom;
    for (let i = 0; i < layers.length; i++) {
      const { curve, token } = layers[i]!;
      const mean = isRate === true ? peak : curve.meanBetween(fromNs, toNs);
      if (!(mean > 0)) continue;
      sum += mean;
      const sumTop = bottom - Math.round(sum * pxPerUnit);
      const layerTop = isStack ? sumTop : Math.min(sumTop, bottom - edge);
      if (isStack) {
        const color = token === 'waiting' ? waitingColor : packed[token];
        buffer.fill(x, layerTop, x + 1, base, color);
      } else {
        // The edge goes up and down within the blocks that it is the edge of.
        const edgeBottom = Math.max(layerTop + edge, edgeBefore);
        buffer.fill(x, layerTop, x + 1, Math.min(bottom, edgeBottom), packed[token]);
        buffer.fill(x, edgeBottom, x + 1, base, bodyColor);
        if (edgeBefore >= 0 && edgeBefore < layerTop)
          buffer.fill(x - 1, edgeBefore, x, layerTop, packed[token]);
        edgeBefore = layerTop;
      }
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
