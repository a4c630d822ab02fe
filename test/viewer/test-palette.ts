/** What painting needs of a browser: colours, and ImageData. */
import type { Palette, Token } from '../../viewer/src/lanes/palette.ts';

const TOKENS = (
  'bg panel raised line line-strong text muted faint accent playhead running runnable syscall ' +
  'waiting gc other chan sync net sleep lost'
).split(' ') as Token[];

/** Every token a colour of its own that no mixture hits; as text its name. */
export const TEST_PALETTE: Palette = {
  css: Object.fromEntries(TOKENS.map((token) => [token, token])) as Palette['css'],
  packed: Object.fromEntries(
    TOKENS.map((token, i) => [token, (0xff000000 + (i + 1) * 0x0a0b0d) >>> 0]),
  ) as Palette['packed'],
};

/** What PixelBuffer needs of the browser's ImageData. */
export function fakeImageData(): void {
  globalThis.ImageData = class {
    readonly data: Uint8ClampedArray;
    constructor(width: number, height: number) {
      this.data = new Uint8ClampedArray(width * height * 4);
    }
  } as unknown as typeof ImageData;
}
