/** Writes the labels of a picture: cut where they do not fit, never over their mark's edge. */
import type { Label } from './paint-lanes.ts';
import type { Palette } from './palette.ts';

/** Labels written for one picture; more are not read by anybody and cost time. */
const MOST_LABELS = 600;

/** Widths by text; labels repeat. */
const widths = new Map<string, number>();

/** Write the labels; the context's unit is the CSS pixel. */
export function writeLabels(
  context: CanvasRenderingContext2D,
  labels: readonly Label[],
  palette: Palette,
): void {
  context.font = LABEL_FONT;
  context.textBaseline = 'alphabetic';
  let tone = '';
  for (const label of labels.slice(0, MOST_LABELS)) {
    if (textWidth(context, label.text) > label.widthPx) continue;
    if (tone !== label.tone) {
      tone = label.tone;
      context.fillStyle =
        tone === 'muted' ? palette.css.muted : tone === 'text' ? palette.css.text : palette.css.bg;
    }
    context.fillText(label.text, label.x, label.y);
  }
}

const LABEL_FONT = '10px system-ui, "DejaVu Sans", sans-serif';

function textWidth(context: CanvasRenderingContext2D, text: string): number {
  let width = widths.get(text);
  if (width === undefined) {
    width = context.measureText(text).width;
    if (widths.size > 5000) widths.clear();
    widths.set(text, width);
  }
  return width;
}
