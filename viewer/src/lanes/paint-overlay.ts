/**
 * What moves over the lanes without them being painted again: the playhead and the dimming
 * after it, the pointer's line, and the wake-up of the selected span.
 */
import type { Palette } from './palette.ts';

export interface OverlayScene {
  widthPx: number;
  heightPx: number;
  /** CSS pixels; undefined: not shown. */
  playheadX: number | undefined;
  isDimming: boolean;
  pointerX: number | undefined;
  /** From the lane of who woke it to the selected lane. */
  wake: { x: number; fromY: number; toY: number } | undefined;
  palette: Palette;
  /** Colour laid over what has not been played. */
  futureColor: string;
}

/** Draw; the context's unit is the CSS pixel. */
export function paintOverlay(context: CanvasRenderingContext2D, scene: OverlayScene): void {
  const { widthPx, heightPx, playheadX, palette, wake } = scene;
  context.clearRect(0, 0, widthPx, heightPx);
  if (scene.isDimming && playheadX !== undefined && playheadX < widthPx) {
    const from = Math.max(0, playheadX);
    context.fillStyle = scene.futureColor;
    context.fillRect(from, 0, widthPx - from, heightPx);
  }
  if (scene.pointerX !== undefined) {
    context.fillStyle = palette.css.faint;
    context.globalAlpha = 0.5;
    context.fillRect(Math.round(scene.pointerX), 0, 1, heightPx);
    context.globalAlpha = 1;
  }
  if (wake !== undefined) paintWake(context, wake, palette.css.text);
  if (playheadX !== undefined && playheadX >= -1 && playheadX <= widthPx) {
    context.fillStyle = palette.css.playhead;
    context.fillRect(playheadX - 0.75, 0, 1.5, heightPx);
  }
}

function paintWake(
  context: CanvasRenderingContext2D,
  { x, fromY, toY }: NonNullable<OverlayScene['wake']>,
  color: string,
): void {
  const tip = toY > fromY ? -4 : 4;
  context.strokeStyle = context.fillStyle = color;
  context.lineWidth = 1.2;
  context.beginPath();
  context.moveTo(x, fromY);
  context.bezierCurveTo(x + 16, fromY, x - 16, toY, x, toY + tip);
  context.stroke();
  context.beginPath();
  context.moveTo(x, toY);
  context.lineTo(x - 4, toY + 1.6 * tip);
  context.lineTo(x + 4, toY + 1.6 * tip);
  context.fill();
}
