/** The checksum of a chunk beside its bytes. docs/format.md, "Checksums". */
import type { ByteSource } from './byte-source.ts';
import { FormatError } from './errors.ts';
import { decodeHead } from './message-decoder.ts';
import { RangeReader } from './range-reader.ts';
import type { ChunkInfo } from './recording.ts';

/** CRC-32 of bytes, going on from that of those before (0: none), as `crc32` of node:zlib. */
export type Crc32 = (bytes: Uint8Array, before: number) => number;

/** The key of a chunk's metadata. */
export const CRC_KEY = 'xgotop.crc32';

/** As it stands in the metadata. */
export function crcText(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}

/**
 * Compare a chunk's body with its checksum.
 *
 * @throws FormatError `bad-value` when they differ; nothing when the chunk has none
 */
export async function verifyChunkCrc(
  source: ByteSource,
  { chunkIndex, byteOffset, metadataBytes, bodyBytes }: ChunkInfo,
  crc32: Crc32,
): Promise<void> {
  const bodyOffset = byteOffset + metadataBytes;
  const reader = new RangeReader(source, bodyOffset + bodyBytes);
  const head = decodeHead(await reader.read(byteOffset, metadataBytes), byteOffset);
  const said = head.metadata.get(CRC_KEY);
  if (said === undefined) return;
  const found = crcText(crc32(await reader.read(bodyOffset, bodyBytes), 0));
  if (said !== found) {
    const text = `chunk ${chunkIndex}: its checksum is ${found} and not ${said}: bytes have changed`;
    throw new FormatError('bad-value', bodyOffset, text);
  }
}
