/**
 * A recording with a footer: footer, part `index`, and what the index says is where.
 *
 * All that is needed lies in the tail, but for the first dictionaries and part
 * `goroutines`, which are near the start. docs/format.md, "Layout".
 */
import { FormatError } from './errors.ts';
import { chunksFromIndex } from './index-part.ts';
import { decodeFooter, decodeHead, metadataBytesAt } from './message-decoder.ts';
import type { DecodedMessage, MessageBlock } from './message-decoder.ts';
import { TRAILER_BYTES } from './message-head.ts';
import { checkMagic, MAGIC_BYTES, partBytes } from './message-walk.ts';
import { decodePart } from './part-decoder.ts';
import type { RangeReader } from './range-reader.ts';
import { RecordingContents } from './recording-contents.ts';
import { loadZstd } from './zstd.ts';

/** Holds the footer, the index and the parts of most recordings. */
const TAIL_BYTES = 256 * 1024;

/**
 * Whether the bytes end as a complete file does. Reads the tail, which `reader` keeps.
 */
export async function endsWithFooter(reader: RangeReader): Promise<boolean> {
  const { byteLength } = reader;
  if (byteLength < MAGIC_BYTES + TRAILER_BYTES) return false;
  const tailBytes = Math.min(TAIL_BYTES, byteLength);
  await reader.prefetch([{ byteOffset: byteLength - tailBytes, byteLength: tailBytes }]);
  const magic = await reader.read(byteLength - 6, 6);
  return String.fromCharCode(...magic) === 'ARROW1';
}

/**
 * Read all but events and checkpoints.
 *
 * @throws FormatError, also when only the footer or the index are damaged: a walk may do then
 */
export async function readCompleteFile(reader: RangeReader): Promise<RecordingContents> {
  const lengthOffset = reader.byteLength - TRAILER_BYTES;
  const lengthBytes = await reader.read(lengthOffset, 4);
  const footerBytes = new DataView(lengthBytes.buffer, lengthBytes.byteOffset).getInt32(0, true);
  const footerOffset = lengthOffset - footerBytes;
  if (footerBytes <= 0 || footerOffset < MAGIC_BYTES) {
    throw new FormatError('bad-value', lengthOffset, `a footer of ${footerBytes} bytes`);
  }
  const footer = decodeFooter(await reader.read(footerOffset, footerBytes), footerOffset);
  for (const block of [...footer.dictionaries, ...footer.batches]) checkBlock(block, footerOffset);
  const contents = new RecordingContents(footer.schema, footerOffset);
  if (contents.meta.compression !== undefined) await loadZstd();

  const indexBlock = footer.batches.at(-1);
  if (indexBlock === undefined) {
    throw new FormatError('bad-value', footerOffset, 'a footer without batches');
  }
  const index = await readPart(reader, indexBlock, 'index');
  for (const batch of decodePart(index.bytes, index.byteOffset)) {
    for (const chunk of chunksFromIndex(batch, contents.chunks.length)) {
      contents.takeChunk(chunk, indexBlock.byteOffset);
    }
  }
  const parts = partBlocks(index.message, footerOffset);
  await reader.prefetch(
    [{ byteOffset: 0, metadataBytes: 0, bodyBytes: MAGIC_BYTES }]
      .concat(footer.dictionaries, [...parts.values()])
      .map(({ byteOffset, metadataBytes, bodyBytes }) => ({
        byteOffset,
        byteLength: metadataBytes + bodyBytes,
      })),
  );
  await checkMagic(reader);
  for (const block of footer.dictionaries) {
    const { message, body } = await readMessage(reader, block);
    if (message.kind !== 'dictionary') {
      throw new FormatError(
        'bad-value',
        block.byteOffset,
        'no dictionary where the footer has one',
      );
    }
    contents.takeDictionary(message, body);
  }
  for (const [name, block] of parts) {
    const part = await readPart(reader, block, name);
    contents.takePart(name, false, part.bytes, part.byteOffset);
  }
  return contents;
}

async function readMessage(
  reader: RangeReader,
  block: MessageBlock,
): Promise<{ message: DecodedMessage; body: Uint8Array }> {
  const { byteOffset, metadataBytes, bodyBytes } = block;
  const bytes = await reader.read(byteOffset, metadataBytes + bodyBytes);
  if (metadataBytesAt(bytes, byteOffset) !== metadataBytes) {
    throw new FormatError('bad-value', byteOffset, 'no message where the footer has one');
  }
  const message = decodeHead(bytes.subarray(0, metadataBytes), byteOffset);
  if (message.bodyBytes !== bodyBytes) {
    throw new FormatError('bad-value', byteOffset, 'a message of another length');
  }
  return { message, body: bytes.subarray(metadataBytes) };
}

async function readPart(
  reader: RangeReader,
  block: MessageBlock,
  name: string,
): Promise<{ message: DecodedMessage; bytes: Uint8Array; byteOffset: number }> {
  const { message, body } = await readMessage(reader, block);
  if (message.kind !== 'batch' || message.metadata.get('xgotop.part') !== name) {
    throw new FormatError('bad-value', block.byteOffset, `no part ${name} here`);
  }
  const byteOffset = block.byteOffset + block.metadataBytes;
  return { message, bytes: body.subarray(0, partBytes(message)), byteOffset };
}

/** `xgotop.parts` of the index: name to [offset, bytes of head, bytes of body]. */
function partBlocks(index: DecodedMessage, endOffset: number): Map<string, MessageBlock> {
  const blocks = new Map<string, MessageBlock>();
  let parts: unknown;
  try {
    parts = JSON.parse(index.metadata.get('xgotop.parts') ?? '');
  } catch {
    parts = undefined;
  }
  if (typeof parts !== 'object' || parts === null) {
    throw new FormatError('bad-value', index.byteOffset, 'an index without xgotop.parts');
  }
  for (const [name, place] of Object.entries(parts)) {
    if (!RecordingContents.isHeld(name)) continue;
    const numbers: unknown[] = Array.isArray(place) ? place : [];
    const [byteOffset = NaN, metadataBytes = NaN, bodyBytes = NaN] = numbers.map((number) =>
      typeof number === 'number' ? number : NaN,
    );
    const block = { byteOffset, metadataBytes, bodyBytes };
    checkBlock(block, endOffset);
    blocks.set(name, block);
  }
  return blocks;
}

function checkBlock(block: MessageBlock, endOffset: number): void {
  const { byteOffset, metadataBytes, bodyBytes } = block;
  const isSound =
    Number.isSafeInteger(byteOffset) &&
    byteOffset >= MAGIC_BYTES &&
    metadataBytes >= 16 &&
    metadataBytes % 8 === 0 &&
    bodyBytes >= 0 &&
    byteOffset + metadataBytes + bodyBytes <= endOffset;
  if (!isSound) {
    throw new FormatError('bad-value', endOffset, `a message at ${byteOffset} outside of the file`);
  }
}
