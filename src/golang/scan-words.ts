/** Looking for a value in an executable's segments, for tables that no section header names. */
import type { ElfImage, Segment } from './elf-image.ts';

const WINDOW_BYTES = 1 << 20;

/**
 * Addresses, all multiples of 8, at which the 32-bit word `value` stands.
 *
 * @param wanted - which segments are searched, in the order of the file
 */
export function* findWords(
  image: ElfImage,
  value: number,
  wanted: (segment: Segment) => boolean,
): Generator<number> {
  for (const segment of image.segments) {
    if (!wanted(segment)) continue;
    const end = Math.min(segment.fileBytes, image.file.byteLength - segment.fileOffset);
    const skew = (8 - (segment.address % 8)) % 8;
    for (let from = skew; from + 8 <= end; from += WINDOW_BYTES) {
      const byteLength = Math.floor(Math.min(WINDOW_BYTES, end - from) / 8) * 8;
      const words = new Uint32Array(image.file.slice(segment.fileOffset + from, byteLength).buffer);
      for (let i = 0; i < words.length; i += 2) {
        if (words[i] === value) yield segment.address + from + i * 4;
      }
    }
  }
}
