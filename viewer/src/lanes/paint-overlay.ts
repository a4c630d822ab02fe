/**
 * What moves over the lanes without them being painted again: the playhead and the dimming
 * after it, the pointer's line, the chosen area, the edges of the range that is played, what is
 * skipped, marks, and wake-ups of the selected and hovered span.
 */
import type { StretchOnScreen } from './on-screen.ts';
import { paintCut } from './paint-cut.ts';
import type { Palette } from './palette.ts';

export interface OverlayScene {
  widthPx: number;
  heightPx: number;
  /** CSS pixels; undefined: not shown. */
  playheadX: number | undefined;
  isDimming: boolean;
  pointerX: number | undefined;
  /** From the lane of who woke to the lane of who was woken. */
  wakes: readonly WakeArrow[];
  /** The chosen area; undefined: none, or not on screen. */
  area: StretchOnScreen | undefined;
  /** What is, or will be, played again and again. */
  range: StretchOnScreen | undefined;
  /** What is skipped now. */
  cuts: readonly StretchOnScreen[];
  /** Where somebody said something. */
  markXs: readonly number[];
  palette: Palette;
  /** Colour laid over what has not been played. */
  futureColor: string;
}

export interface WakeArrow {
  x: number;
  fromY: number;
  toY: number;
  /** Of the hovered span: drawn fainter than those of the selected one. */
  isFaint: boolean;
}

/** Draw; the context's unit is the CSS pixel. */
export function paintOverlay(context: CanvasRenderingContext2D, scene: OverlayScene): void {
  const { widthPx, heightPx, playheadX, palette, area } = scene;
  context.clearRect(0, 0, widthPx, heightPx);
  if (scene.isDimming && playheadX !== undefined && playheadX < widthPx) {
    const from = Math.max(0, playheadX);
    context.fillStyle = scene.futureColor;
    context.fillRect(from, 0, widthPx - from, heightPx);
  }
  for (const cut of scene.cuts) paintCut(context, cut, 0, heightPx, palette);
  context.fillStyle = palette.css.accent;
  context.globalAlpha = 0.3;
  for (const x of scene.markXs) context.fillRect(Math.round(x), 0, 1, heightPx);
  context.globalAlpha = 1;
  if (scene.range !== undefined) {
    paintEdge(context, scene.range.fromX, heightPx);
    paintEdge(context, scene.range.toX - 1, heightPx);
  }
  if (area !== undefined) {
    context.fillStyle = palette.css.accent;
    context.globalAlpha = 0.12;
    context.fillRect(area.fromX, 0, area.toX - area.fromX, heightPx);
    context.globalAlpha = 0.8;
    context.fillRect(area.fromX - 0.5, 0, 1, heightPx);
    context.fillRect(area.toX - 0.5, 0, 1, heightPx);
    context.globalAlpha = 1;
  }
  if (scene.pointerX !== undefined) {
    context.fillStyle = palette.css.faint;
    context.globalAlpha = 0.5;
    context.fillRect(Math.round(scene.pointerX), 0, 1, heightPx);
    context.globalAlpha = 1;
  }
  for (const wake of scene.wakes) {
    context.globalAlpha = wake.isFaint ? 0.55 : 1;
    paintWake(context, wake, palette.css.text);
  }
  context.globalAlpha = 1;
  if (playheadX !== undefined && playheadX >= -1 && playheadX <= widthPx) {
    context.fillStyle = palette.css.playhead;
    context.fillRect(playheadX - 0.75, 0, 1.5, heightPx);
  }
}

/** A dashed line: what is chosen to be played is no area. */
function paintEdge(context: CanvasRenderingContext2D, x: number, heightPx: number): void {
  for (let y = 0; y < heightPx; y += 8) context.fillRect(x, y, 1, 4);
}

function paintWake(
  context: CanvasRenderingContext2D,
  { x, fromY, toY }: WakeArrow,
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
