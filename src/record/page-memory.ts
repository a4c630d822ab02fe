/** The part of it that is used here; the types of Node 20 lack it. */
declare const WebAssembly: {
  Memory: new (pages: { initial: number; maximum: number }) => { buffer: ArrayBuffer };
};

const WASM_PAGE_BYTES = 65_536;

/**
 * Memory that begins on a page: that of WebAssembly does, that of an ArrayBuffer may begin anywhere.
 *
 * @param byteLength - a multiple of 65,536
 */
export function pageMemory(byteLength: number): Uint8Array<ArrayBuffer> {
  const pageCount = byteLength / WASM_PAGE_BYTES;
  const { buffer } = new WebAssembly.Memory({ initial: pageCount, maximum: pageCount });
  if (buffer.byteLength !== byteLength) throw new RangeError(`no memory of ${byteLength} bytes`);
  return new Uint8Array(buffer);
}
