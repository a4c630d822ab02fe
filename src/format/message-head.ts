/** Reads the head of a message where one belongs. */
import { decodeHead, metadataBytesAt, PREFIX_BYTES } from './message-decoder.ts';
import type { DecodedMessage } from './message-decoder.ts';
import type { RangeReader } from './range-reader.ts';

/** After the footer: its length, and the magic without padding. */
export const TRAILER_BYTES = 10;

/** Holds the heads and small bodies between two chunks, as a rule. */
export const WINDOW_BYTES = 32 * 1024;

/**
 * The head at a place, or why there is none: `torn` when head or body are not all there.
 *
 * @throws FormatError `bad-value`
 */
export async function readHead(
  reader: RangeReader,
  byteOffset: number,
): Promise<DecodedMessage | 'end' | 'nothing' | 'torn'> {
  if (byteOffset + PREFIX_BYTES > reader.byteLength) return 'torn';
  const prefix = await reader.read(byteOffset, PREFIX_BYTES, WINDOW_BYTES);
  const metadataBytes = metadataBytesAt(prefix, byteOffset);
  if (typeof metadataBytes === 'string') return metadataBytes;
  if (byteOffset + metadataBytes > reader.byteLength) return 'torn';
  const message = decodeHead(
    await reader.read(byteOffset, metadataBytes, WINDOW_BYTES),
    byteOffset,
  );
  return byteOffset + metadataBytes + message.bodyBytes > reader.byteLength ? 'torn' : message;
}
