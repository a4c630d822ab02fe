/** A canvas's context that notes what is drawn: rectangles, paths and texts, with their colour. */

export interface Drawn {
  rects: { x: number; y: number; width: number; height: number; color: string; alpha: number }[];
  texts: { text: string; x: number; y: number; color: string }[];
  /** Corners of each path that was filled or stroked. */
  paths: { corners: [x: number, y: number][]; color: string }[];
}

/** Every character is six pixels wide. */
export const CHAR_PX = 6;

/** Draw with a context that notes. */
export function drawnBy(draw: (context: CanvasRenderingContext2D) => void): Drawn {
  const drawn: Drawn = { rects: [], texts: [], paths: [] };
  let corners: [number, number][] = [];
  const context = {
    fillStyle: '',
    strokeStyle: '',
    font: '',
    lineWidth: 1,
    globalAlpha: 1,
    clearRect() {
      drawn.rects.length = drawn.texts.length = drawn.paths.length = 0;
    },
    fillRect(x: number, y: number, width: number, height: number) {
      const { fillStyle: color, globalAlpha: alpha } = context;
      drawn.rects.push({ x, y, width, height, color, alpha });
    },
    fillText(text: string, x: number, y: number) {
      drawn.texts.push({ text, x, y, color: context.fillStyle });
    },
    measureText: (text: string) => ({ width: CHAR_PX * text.length }),
    beginPath() {
      corners = [];
    },
    moveTo: (x: number, y: number) => corners.push([x, y]),
    lineTo: (x: number, y: number) => corners.push([x, y]),
    bezierCurveTo: (...at: number[]) => corners.push([at.at(-2)!, at.at(-1)!]),
    fill() {
      drawn.paths.push({ corners, color: context.fillStyle });
    },
    stroke() {
      drawn.paths.push({ corners, color: context.strokeStyle });
    },
  };
  draw(context as unknown as CanvasRenderingContext2D);
  return drawn;
}
