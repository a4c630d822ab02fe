/**
 * The ruler: round times, and under them what was said while it was recorded, each with a flag;
 * the chosen range as a band with edges, what is skipped as a cut, the playhead's handle.
 */
import { formatTime } from '../format/format-time.ts';
import {
  stretchesOnScreen,
  stretchOnScreen,
  timesOnScreen,
  type ScreenTime,
} from '../lanes/on-screen.ts';
import { paintCut } from '../lanes/paint-cut.ts';
import type { Palette } from '../lanes/palette.ts';
import type { Stretches } from '../transport/play-axis.ts';
import { ticksOf, ticksThatFit } from './ticks.ts';

/** Of the times, and of the flags under them where there are marks. */
export const TICKS_PX = 22;
export const FLAGS_PX = 16;

/** A flag's width, and from one to the next one's text, CSS pixels. */
const FLAG_PX = 7;
const TEXT_GAP_PX = 10;
const LEAST_TEXT_PX = 24;

/** What somebody said, in order of time. */
export interface MarkColumns {
  timeNs: Float64Array;
  text: readonly string[];
}

/** What is played again and again, or will be. */
export interface PlayedRange {
  startNs: number;
  endNs: number;
  isLooping: boolean;
}

export interface RulerScene extends ScreenTime {
  playheadNs: number;
  marks: MarkColumns;
  range: PlayedRange | undefined;
  /** What is skipped now. */
  cuts: Stretches | undefined;
  palette: Palette;
}

/** Height of the ruler, CSS pixels. */
export function rulerHeightPx(marks: MarkColumns): number {
  return TICKS_PX + (marks.timeNs.length > 0 ? FLAGS_PX : 0);
}

/** Draw; the context's unit is the CSS pixel, and nothing is drawn yet. */
export function paintRuler(context: CanvasRenderingContext2D, scene: RulerScene): void {
  const { startNs, spanNs, widthPx, palette, range, marks } = scene;
  const { css } = palette;
  const heightPx = rulerHeightPx(marks);
  const x = (timeNs: number): number => Math.round(((timeNs - startNs) / spanNs) * widthPx);
  for (const cut of stretchesOnScreen(scene.cuts, scene)) {
    paintCut(context, cut, 0, heightPx, palette);
  }
  if (range !== undefined) paintRange(context, range, heightPx, scene);
  context.font = '11px ui-monospace, "DejaVu Sans Mono", monospace';
  const ticks = ticksOf(startNs, spanNs, ticksThatFit(scene, widthPx));
  context.fillStyle = css.faint;
  const first = Math.ceil(startNs / ticks.minorNs);
  for (let i = first; i * ticks.minorNs <= startNs + spanNs; i++) {
    context.fillRect(x(i * ticks.minorNs), TICKS_PX - 5, 1, 5);
  }
  for (const timeNs of ticks.timesNs) {
    context.fillStyle = css.faint;
    context.fillRect(x(timeNs), TICKS_PX - 12, 1, 12);
    context.fillStyle = css.muted;
    context.fillText(formatTime(timeNs, ticks.stepNs), x(timeNs) + 4, 12);
  }
  paintMarks(context, scene, x);
  const at = x(scene.playheadNs);
  context.fillStyle = css.playhead;
  context.beginPath();
  context.moveTo(at - 6, 0);
  context.lineTo(at + 6, 0);
  context.lineTo(at, 9);
  context.fill();
  if (heightPx > TICKS_PX) context.fillRect(at - 0.75, 9, 1.5, heightPx - 9);
}

function paintRange(
  context: CanvasRenderingContext2D,
  range: PlayedRange,
  heightPx: number,
  scene: RulerScene,
): void {
  const band = stretchOnScreen(range.startNs, range.endNs, scene);
  if (band === undefined) return;
  const { fromX, toX } = band;
  context.fillStyle = scene.palette.css.accent;
  context.globalAlpha = range.isLooping ? 0.3 : 0.14;
  context.fillRect(fromX, 0, toX - fromX, heightPx);
  context.globalAlpha = 1;
  context.fillRect(fromX, 0, 2, heightPx);
  context.fillRect(toX - 2, 0, 2, heightPx);
  // Played again and again: the band is closed.
  if (range.isLooping) context.fillRect(fromX, 0, toX - fromX, 2);
}

function paintMarks(
  context: CanvasRenderingContext2D,
  scene: RulerScene,
  x: (timeNs: number) => number,
): void {
  const { marks, palette, widthPx } = scene;
  const shown = timesOnScreen(marks.timeNs, scene);
  context.font = '10px system-ui, "DejaVu Sans", sans-serif';
  for (const [i, mark] of shown.entries()) {
    const at = x(marks.timeNs[mark]!);
    context.fillStyle = palette.css.accent;
    context.fillRect(at, TICKS_PX, 1, FLAGS_PX);
    context.beginPath();
    context.moveTo(at, TICKS_PX + 1);
    context.lineTo(at + FLAG_PX, TICKS_PX + 4);
    context.lineTo(at, TICKS_PX + 8);
    context.fill();
    const next = shown[i + 1];
    const roomPx = (next === undefined ? widthPx : x(marks.timeNs[next]!)) - at - TEXT_GAP_PX - 4;
    if (roomPx < LEAST_TEXT_PX) continue;
    context.fillStyle = palette.css.text;
    const text = fitted(context, marks.text[mark]!, roomPx);
    context.fillText(text, at + TEXT_GAP_PX, TICKS_PX + 10);
  }
}

/** The text, or as much of it as there is room for. */
function fitted(context: CanvasRenderingContext2D, text: string, roomPx: number): string {
  if (context.measureText(text).width <= roomPx) return text;
  let [low, high] = [0, text.length];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (context.measureText(`${text.slice(0, middle)}…`).width <= roomPx) low = middle;
    else high = middle;
  }
  // Not through the middle of a pair.
  return `${text.slice(0, low).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** The mark whose flag is nearest to a place, and no further away than that; -1 none. */
export function markNear(
  { timeNs }: MarkColumns,
  placeX: number,
  slackPx: number,
  screen: ScreenTime,
): number {
  const { startNs, spanNs, widthPx } = screen;
  let found = -1;
  let bestPx = slackPx;
  for (const mark of timesOnScreen(timeNs, screen)) {
    const byPx = Math.abs(((timeNs[mark]! - startNs) / spanNs) * widthPx - placeX);
    if (byPx <= bestPx) [found, bestPx] = [mark, byPx];
  }
  return found;
}
