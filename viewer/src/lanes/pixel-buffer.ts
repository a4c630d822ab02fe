/**
 * Rectangles and hatches written straight into the pixels of an ImageData.
 *
 * A picture of lanes is tens of thousands of tiny opaque rectangles; as array fills they
 * cost a tenth of what canvas calls do, with and without a graphics card, and edges are sharp.
 * All coordinates are device pixels; what lies outside is cut off.
 */
export class PixelBuffer {
  readonly width: number;
  readonly height: number;
  readonly image: ImageData;
  readonly #pixels: Uint32Array;

  constructor(width: number, height: number) {
    this.width = Math.max(1, Math.round(width));
    this.height = Math.max(1, Math.round(height));
    this.image = new ImageData(this.width, this.height);
    this.#pixels = new Uint32Array(this.image.data.buffer);
  }

  clear(color: number): void {
    this.#pixels.fill(color);
  }

  /** A filled rectangle from (x0, y0) to before (x1, y1). */
  fill(x0: number, y0: number, x1: number, y1: number, color: number): void {
    const left = Math.max(0, x0);
    const right = Math.min(this.width, x1);
    const bottom = Math.min(this.height, y1);
    if (right <= left) return;
    const pixels = this.#pixels;
    for (let y = Math.max(0, y0); y < bottom; y++) {
      const row = y * this.width;
      // Array.fill costs a call; most marks are a few pixels wide.
      if (right - left < 8) for (let x = left; x < right; x++) pixels[row + x] = color;
      else pixels.fill(color, row + left, row + right);
    }
  }

  /**
   * A rectangle of diagonal stripes.
   *
   * @param periodPx - from stripe to stripe, sideways
   * @param stripePx - width of a stripe, sideways
   */
  hatch(
    x0: number,
    y0: number,
    x1: number,
    y1: number,
    stripe: number,
    ground: number,
    periodPx: number,
    stripePx: number,
  ): void {
    const left = Math.max(0, x0);
    const right = Math.min(this.width, x1);
    const bottom = Math.min(this.height, y1);
    for (let y = Math.max(0, y0); y < bottom; y++) {
      const row = y * this.width;
      for (let x = left; x < right; x++) {
        this.#pixels[row + x] = (x + y) % periodPx < stripePx ? stripe : ground;
      }
    }
  }

  /** Diagonal stripes over whatever is there. */
  stripes(
    x0: number,
    y0: number,
    x1: number,
    y1: number,
    color: number,
    periodPx: number,
    stripePx: number,
  ): void {
    const left = Math.max(0, x0);
    const right = Math.min(this.width, x1);
    const bottom = Math.min(this.height, y1);
    for (let y = Math.max(0, y0); y < bottom; y++) {
      const row = y * this.width;
      for (let x = left; x < right; x++) {
        if ((x + y) % periodPx < stripePx) this.#pixels[row + x] = color;
      }
    }
  }

  /** Crossed thin lines over whatever is there. */
  crossHatch(
    x0: number,
    y0: number,
    x1: number,
    y1: number,
    color: number,
    periodPx: number,
  ): void {
    const left = Math.max(0, x0);
    const right = Math.min(this.width, x1);
    const bottom = Math.min(this.height, y1);
    for (let y = Math.max(0, y0); y < bottom; y++) {
      const row = y * this.width;
      for (let x = left; x < right; x++) {
        const isLine = (x + y) % periodPx === 0 || (x - y + periodPx * 4096) % periodPx === 0;
        if (isLine) this.#pixels[row + x] = color;
      }
    }
  }

  /** Packed colour of a pixel; 0 outside. */
  at(x: number, y: number): number {
    return x < 0 || y < 0 || x >= this.width || y >= this.height
      ? 0
      : this.#pixels[y * this.width + x]!;
  }
}
