/**
 * A stretch that the playhead jumps over: time is drawn as it is, and zigzags where the jump
 * begins and ends say that it is cut out.
 */
import type { StretchOnScreen } from './on-screen.ts';
import type { Palette } from './palette.ts';

/** Of a zigzag: how far it goes sideways, and from one tooth to the next, CSS pixels. */
const TOOTH_PX = 3;
const PERIOD_PX = 8;
/** Narrower stretches are one line: zigzags would run into each other. */
const NARROW_PX = 4 * TOOTH_PX;

/** Draw it from `topPx` to `bottomPx`. */
export function paintCut(
  context: CanvasRenderingContext2D,
  { fromX, toX }: StretchOnScreen,
  topPx: number,
  bottomPx: number,
  { css }: Palette,
): void {
  context.fillStyle = css.panel;
  context.globalAlpha = 0.6;
  context.fillRect(fromX, topPx, Math.max(1, toX - fromX), bottomPx - topPx);
  context.globalAlpha = 1;
  context.strokeStyle = context.fillStyle = css.muted;
  if (toX - fromX < NARROW_PX) {
    context.fillRect((fromX + toX) / 2, topPx, 1, bottomPx - topPx);
    return;
  }
  context.lineWidth = 1;
  context.beginPath();
  for (const x of [fromX + TOOTH_PX, toX - TOOTH_PX]) {
    context.moveTo(x, topPx);
    let side = 1;
    for (let y = topPx + PERIOD_PX / 2; y < bottomPx; y += PERIOD_PX) {
      context.lineTo(x + side * TOOTH_PX, y);
      side = -side;
    }
    context.lineTo(x, bottomPx);
  }
  context.stroke();
}
