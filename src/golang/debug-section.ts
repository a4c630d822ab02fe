/**
 * Sections of debug information, decompressed.
 *
 * Go's linker compresses them by default. Decompressing is left to the caller, for Node and
 * browsers do it differently. Source: System V ABI, "Section Compression"; GNU's older form
 * has the section renamed `.zdebug_*` and begins with `ZLIB` and the size, big-endian.
 */
import type { ElfImage } from './elf-image.ts';

/**
 * Decompress a zlib stream (RFC 1950) whose content is said to have `sizeBytes`.
 *
 * @returns undefined when the stream is damaged or holds more than that
 */
export type Inflate = (bytes: Uint8Array, sizeBytes: number) => Uint8Array | undefined;

const ELFCOMPRESS_ZLIB = 1;
const CHDR_BYTES = 24;
/** No program's debug information is larger; what claims to be is not read. */
const MAX_SECTION_BYTES = 1 << 29;
/** Deflate gains no more than that, so that a larger claim is false. */
const MAX_RATIO = 1032;

/**
 * The bytes of `.debug_<name>`.
 *
 * @param name - `info`, `abbrev`, ...
 * @param inflate - without it compressed sections are as if they were not there
 * @returns undefined when there is none, or it cannot be decompressed
 * @throws GoProgramError `damaged` when the file ends within it
 */
export function debugSection(
  image: ElfImage,
  name: string,
  inflate: Inflate | undefined,
): Uint8Array | undefined {
  const plain = image.section(`.debug_${name}`);
  const section = plain ?? image.section(`.zdebug_${name}`);
  if (section === undefined || section.byteLength > MAX_SECTION_BYTES) return undefined;
  const bytes = image.file.slice(section.fileOffset, section.byteLength);
  const view = new DataView(bytes.buffer);
  let headerBytes: number;
  let sizeBytes: number;
  if (plain === undefined) {
    if (bytes.length < 12 || view.getUint32(0) !== 0x5a4c4942) return undefined;
    headerBytes = 12;
    sizeBytes = Number(view.getBigUint64(4));
  } else if (section.isCompressed) {
    if (bytes.length < CHDR_BYTES || view.getUint32(0, true) !== ELFCOMPRESS_ZLIB) return undefined;
    headerBytes = CHDR_BYTES;
    sizeBytes = Number(view.getBigUint64(8, true));
  } else {
    return bytes;
  }
  const stream = bytes.subarray(headerBytes);
  const limit = Math.min(MAX_SECTION_BYTES, stream.length * MAX_RATIO);
  if (inflate === undefined || sizeBytes === 0 || sizeBytes > limit) return undefined;
  const content = inflate(stream, sizeBytes);
  return content?.length === sizeBytes ? content : undefined;
}
