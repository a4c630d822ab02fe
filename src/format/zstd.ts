/**
 * Zstandard, for recordings that were made smaller. docs/format.md, "Compression".
 *
 * Decompression is a WebAssembly module that is loaded when a compressed recording is opened;
 * who compresses brings the function for it.
 */
import { ZSTDDecoder } from 'zstddec';

/** @returns the bytes compressed as one zstd frame, the caller's to keep */
export type Compress = (bytes: Uint8Array) => Uint8Array;

const decoder = new ZSTDDecoder();
let isReady = false;

/** To be awaited before `decompress`. */
export async function loadZstd(): Promise<void> {
  await decoder.init();
  isReady = true;
}

/**
 * @param byteLength - of the result, checked by the caller before it is asked for
 * @returns undefined when the bytes are not what they should be
 */
export function decompress(
  bytes: Uint8Array,
  byteLength: number,
): Uint8Array<ArrayBuffer> | undefined {
  if (!isReady || byteLength === 0) return undefined;
  let plain: Uint8Array;
  try {
    plain = decoder.decode(bytes, byteLength);
  } catch {
    return undefined;
  }
  // A copy of its own, whose numbers are aligned.
  return plain.byteLength === byteLength ? new Uint8Array(plain) : undefined;
}
