/**
 * Looks for the next message behind bytes that are none.
 *
 * What looks like a message is looked at, and may claim to be long. In a file that is made so
 * that everything looks like one this would take for ever: what may be looked at is bounded.
 */
import { FormatError } from './errors.ts';
import { PREFIX_BYTES } from './message-decoder.ts';
import { readHead, TRAILER_BYTES, WINDOW_BYTES } from './message-head.ts';
import type { RangeReader } from './range-reader.ts';

/** Where a message can begin: bodies end at multiples of it. */
const MESSAGE_ALIGNMENT = 64;

/** A search begins with a window and doubles it: most gaps are short, and some are not. */
const SEARCH_BYTES = 1024 * 1024;

/** What is damaged, and no more, is looked at three times at most; a hostile file at all of it. */
const MAX_LOOKS = 8;
const FREE_BYTES = 64 * 1024 * 1024;

/**
 * The next whole message behind a place.
 *
 * @returns undefined when there is none, or too much was looked at to go on
 */
export async function findMessage(
  reader: RangeReader,
  byteOffset: number,
): Promise<number | undefined> {
  const maxBytes = FREE_BYTES + MAX_LOOKS * reader.byteLength;
  let at = (Math.floor(byteOffset / MESSAGE_ALIGNMENT) + 1) * MESSAGE_ALIGNMENT;
  let wanted = WINDOW_BYTES;
  while (at + PREFIX_BYTES <= reader.byteLength) {
    const bytes = await reader.read(at, Math.min(wanted, reader.byteLength - at));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let i = 0; i + PREFIX_BYTES <= bytes.byteLength; i += MESSAGE_ALIGNMENT) {
      if (view.getInt32(i, true) !== -1) continue;
      if (reader.askedBytes > maxBytes) return undefined;
      if (await isMessage(reader, at + i)) return at + i;
    }
    at += Math.ceil(bytes.byteLength / MESSAGE_ALIGNMENT) * MESSAGE_ALIGNMENT;
    wanted = Math.min(wanted * 2, SEARCH_BYTES);
  }
  return undefined;
}

/**
 * Whether a message of the recording begins there: those in a part's side table look alike, but
 * say neither that they are a part nor a chunk, and no footer follows their end.
 */
async function isMessage(reader: RangeReader, byteOffset: number): Promise<boolean> {
  try {
    const message = await readHead(reader, byteOffset);
    if (message === 'end') return await isBeforeFooter(reader, byteOffset + PREFIX_BYTES);
    if (typeof message === 'string') return false;
    const { kind, metadata } = message;
    if (kind === 'batch') return metadata.has('xgotop.part') || metadata.has('xgotop.chunk');
    return kind === 'dictionary';
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}

/** Whether nothing but a footer, or a piece of one, is from here to the end. */
async function isBeforeFooter(reader: RangeReader, byteOffset: number): Promise<boolean> {
  const restBytes = reader.byteLength - byteOffset - TRAILER_BYTES;
  if (restBytes <= 0) return true;
  const trailer = await reader.read(byteOffset + restBytes, TRAILER_BYTES);
  const footerBytes = new DataView(trailer.buffer, trailer.byteOffset).getInt32(0, true);
  return footerBytes === restBytes;
}
