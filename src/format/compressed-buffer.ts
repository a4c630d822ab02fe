/**
 * Buffers of a compressed batch: eight bytes that say the length, then a zstd frame.
 * https://arrow.apache.org/docs/format/Columnar.html#compression
 */
import { FormatError } from './errors.ts';
import { decompress, type Compress } from './zstd.ts';

const PREFIX_BYTES = 8;
/** Zstd's longest runs: what says more than this of its bytes is no column. */
const MAX_RATIO = 40_000;
/** No buffer of a recording comes near. */
const MAX_BUFFER_BYTES = 2 ** 28;

/** A buffer as a compressed batch has it; what does not get smaller is stored as it is. */
export function compressedBuffer(bytes: Uint8Array, compress: Compress): Uint8Array {
  const frame = compress(bytes);
  const isSmaller = frame.byteLength < bytes.byteLength;
  const content = isSmaller ? frame : bytes;
  const buffer = new Uint8Array(PREFIX_BYTES + content.byteLength);
  // -1 says that what follows is not compressed.
  const view = new DataView(buffer.buffer);
  view.setBigInt64(0, BigInt(isSmaller ? bytes.byteLength : -1), true);
  buffer.set(content, PREFIX_BYTES);
  return buffer;
}

/**
 * The bytes of a buffer.
 *
 * @param wantedBytes - how many it must have; undefined where only it can tell
 * @param byteOffset - of the batch, for errors
 * @throws FormatError `bad-value`
 */
export function plainBuffer(
  buffer: Uint8Array,
  wantedBytes: number | undefined,
  byteOffset: number,
): Uint8Array {
  if (buffer.byteLength === 0 && (wantedBytes ?? 0) === 0) return buffer;
  const wrong = (what: string) => new FormatError('bad-value', byteOffset, what);
  if (buffer.byteLength < PREFIX_BYTES) throw wrong('a compressed buffer without a length');
  const view = new DataView(buffer.buffer, buffer.byteOffset, PREFIX_BYTES);
  const said = Number(view.getBigInt64(0, true));
  const content = buffer.subarray(PREFIX_BYTES);
  const byteLength = said === -1 ? content.byteLength : said;
  const isWanted = wantedBytes === undefined || byteLength === wantedBytes;
  const canBe = byteLength >= 0 && byteLength <= content.byteLength * MAX_RATIO;
  if (!isWanted || !canBe || byteLength > MAX_BUFFER_BYTES) {
    throw wrong(`a compressed buffer of ${byteLength} bytes`);
  }
  if (said === -1 || byteLength === 0) return content.subarray(0, byteLength);
  const plain = decompress(content, byteLength);
  if (plain === undefined) throw wrong('a buffer that zstd does not understand');
  return plain;
}
