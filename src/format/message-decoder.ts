/**
 * Arrow's encapsulated messages, from bytes: schemas, batches, dictionaries, the footer.
 *
 * A message is FF FF FF FF, the length of its head, the head (a flatbuffer) and a body.
 * Heads are decoded here, bodies only described: where which buffer is.
 * https://arrow.apache.org/docs/format/Columnar.html#encapsulated-message-format
 */
import type { ArrowField, ArrowSchema, ArrowType } from './arrow-schema.ts';
import { FormatError } from './errors.ts';
import { FlatTable } from './flat-table.ts';

/** A piece of a message's body. Bytes from the body's start. */
export interface Region {
  byteOffset: number;
  byteLength: number;
}

interface BatchContent {
  rowCount: number;
  /** Each buffer by itself, with zstd. */
  isCompressed: boolean;
  /** Rows and nulls of each column, as the head claims. */
  nodes: readonly { rowCount: number; nullCount: number }[];
  buffers: readonly Region[];
}

export type DecodedMessage = {
  /** Byte of the recording at which the message begins. */
  byteOffset: number;
  /** Prefix and head. */
  metadataBytes: number;
  bodyBytes: number;
  metadata: ReadonlyMap<string, string>;
} & (
  | { kind: 'schema'; schema: ArrowSchema }
  | { kind: 'batch'; batch: BatchContent }
  | { kind: 'dictionary'; dictionaryId: number; isDelta: boolean; batch: BatchContent }
);

/** A block of the footer: where a message is. */
export interface MessageBlock {
  byteOffset: number;
  metadataBytes: number;
  bodyBytes: number;
}

/** Length of what is before a head: the continuation marker and the head's length. */
export const PREFIX_BYTES = 8;

/** No head comes near: a schema with a full command line has 2 MiB. */
const MAX_HEAD_BYTES = 16 * 2 ** 20;

/** Values of `MessageHeader` in Message.fbs. */
const HEADER = { schema: 1, dictionary: 2, batch: 3 };

/**
 * What is at a message's start.
 *
 * @param bytes - at least PREFIX_BYTES of them
 * @returns bytes of prefix and head; `'end'` at the end-of-stream marker, `'nothing'` when
 *   the bytes are no message (zeros after a loss of power, for instance)
 * @throws FormatError `bad-value` when the head's length cannot be
 */
export function metadataBytesAt(bytes: Uint8Array, byteOffset: number): number | 'end' | 'nothing' {
  const view = new DataView(bytes.buffer, bytes.byteOffset, PREFIX_BYTES);
  if (view.getInt32(0, true) !== -1) return 'nothing';
  const length = view.getInt32(4, true);
  if (length === 0) return 'end';
  if (length < 8 || length % 8 !== 0 || length > MAX_HEAD_BYTES) {
    throw new FormatError('bad-value', byteOffset + 4, `a message's head of ${length} bytes`);
  }
  return PREFIX_BYTES + length;
}

/**
 * Decode a head.
 *
 * @param bytes - prefix and head, exactly
 * @param byteOffset - where they are in the recording, for errors
 * @returns offsets within the body are checked against `bodyBytes`; that the body is there is not
 * @throws FormatError `bad-value`
 */
export function decodeHead(bytes: Uint8Array, byteOffset: number): DecodedMessage {
  const message = FlatTable.root(bytes.subarray(PREFIX_BYTES), byteOffset + PREFIX_BYTES);
  const bodyBytes = message.int64(3);
  if (bodyBytes < 0 || bodyBytes % 8 !== 0) {
    throw new FormatError('bad-value', message.byteOffset, `a body of ${bodyBytes} bytes`);
  }
  const head = {
    byteOffset,
    metadataBytes: bytes.byteLength,
    bodyBytes,
    metadata: decodeMetadata(message.tables(4)),
  };
  const header = message.table(2);
  const type = message.int8(1);
  if (header === undefined) {
    throw new FormatError('bad-value', message.byteOffset, 'a message without header');
  }
  if (type === HEADER.schema) return { ...head, kind: 'schema', schema: decodeSchema(header) };
  if (type === HEADER.batch) {
    return { ...head, kind: 'batch', batch: decodeBatch(header, bodyBytes) };
  }
  const data = header.table(1);
  if (type !== HEADER.dictionary || data === undefined) {
    throw new FormatError('bad-value', message.byteOffset, `a message of type ${type}`);
  }
  return {
    ...head,
    kind: 'dictionary',
    dictionaryId: header.int64(0),
    isDelta: header.isTrue(2),
    batch: decodeBatch(data, bodyBytes),
  };
}

/**
 * Decode a footer.
 *
 * @param bytes - the flatbuffer, without its length and the closing magic
 * @throws FormatError `bad-value`
 */
export function decodeFooter(
  bytes: Uint8Array,
  byteOffset: number,
): { schema: ArrowSchema; dictionaries: MessageBlock[]; batches: MessageBlock[] } {
  const footer = FlatTable.root(bytes, byteOffset);
  const schema = footer.table(1);
  if (schema === undefined) {
    throw new FormatError('bad-value', byteOffset, 'a footer without schema');
  }
  return {
    schema: decodeSchema(schema),
    dictionaries: decodeBlocks(footer, 2),
    batches: decodeBlocks(footer, 3),
  };
}

function decodeMetadata(pairs: FlatTable[]): Map<string, string> {
  return new Map(pairs.map((pair) => [pair.string(0), pair.string(1)]));
}

/** Schema.fbs: endianness, fields, custom_metadata. */
function decodeSchema(schema: FlatTable): ArrowSchema {
  if (schema.int16(0) !== 0) {
    throw new FormatError('bad-value', schema.byteOffset, 'a big-endian recording');
  }
  return {
    fields: schema.tables(1).map(decodeField),
    metadata: decodeMetadata(schema.tables(2)),
  };
}

/** Field: name, nullable, type_type, type, dictionary, children, custom_metadata. */
function decodeField(field: FlatTable): ArrowField {
  const name = field.string(0);
  const dictionary = field.table(4);
  if (dictionary === undefined) {
    return {
      name,
      type: decodeType(field, field.int8(2), field.table(3)),
      dictionaryId: undefined,
    };
  }
  // DictionaryEncoding: id, indexType (int32 when absent), isOrdered, dictionaryKind.
  const index = dictionary.table(1);
  const type = index === undefined ? 'int32' : decodeType(dictionary, 2, index);
  return { name, type, dictionaryId: dictionary.int64(0) };
}

/** @param type - number of the member of `union Type` */
function decodeType(owner: FlatTable, type: number, details: FlatTable | undefined): ArrowType {
  if (type === 5) return 'utf8';
  if (type === 6) return 'bool';
  if (type === 3 && details?.int16(0) === 2) return 'float64';
  const isSigned = details?.isTrue(1) ?? false;
  if (type === 2 && isSigned) {
    switch (details?.int32(0)) {
      case 8:
        return 'int8';
      case 16:
        return 'int16';
      case 32:
        return 'int32';
      case 64:
        return 'int64';
    }
  }
  throw new FormatError('bad-value', owner.byteOffset, `a column of Arrow type ${type}`);
}

/** RecordBatch: length, nodes, buffers, compression. */
function decodeBatch(batch: FlatTable, bodyBytes: number): BatchContent {
  const rowCount = batch.int64(0);
  if (rowCount < 0) throw new FormatError('bad-value', batch.byteOffset, `${rowCount} rows`);
  // BodyCompression: codec (1 is zstd), method (0: buffer by buffer).
  const compression = batch.table(3);
  if (compression !== undefined && (compression.int8(0) !== 1 || compression.int8(1) !== 0)) {
    throw new FormatError('bad-value', batch.byteOffset, 'a batch that is not compressed by zstd');
  }
  const nodeVector = batch.vector(1, 16);
  const nodes = Array.from({ length: nodeVector.count }, (_, index) => ({
    rowCount: batch.structInt64(nodeVector.position + index * 16),
    nullCount: batch.structInt64(nodeVector.position + index * 16 + 8),
  }));
  const bufferVector = batch.vector(2, 16);
  // Buffers that share bytes would make many columns of few: more memory than the file is long.
  let roomBytes = bodyBytes;
  const buffers = Array.from({ length: bufferVector.count }, (_, index) => {
    const byteOffset = batch.structInt64(bufferVector.position + index * 16);
    const byteLength = batch.structInt64(bufferVector.position + index * 16 + 8);
    roomBytes -= byteLength;
    if (byteOffset < 0 || byteLength < 0 || byteOffset + byteLength > bodyBytes || roomBytes < 0) {
      throw new FormatError('bad-value', batch.byteOffset, `buffer ${index} leaves the body`);
    }
    return { byteOffset, byteLength };
  });
  return { rowCount, isCompressed: compression !== undefined, nodes, buffers };
}

/** Block: offset int64, metaDataLength int32, padding, bodyLength int64. */
function decodeBlocks(footer: FlatTable, field: number): MessageBlock[] {
  const { position, count } = footer.vector(field, 24);
  return Array.from({ length: count }, (_, index) => ({
    byteOffset: footer.structInt64(position + index * 24),
    metadataBytes: footer.structInt32(position + index * 24 + 8),
    bodyBytes: footer.structInt64(position + index * 24 + 16),
  }));
}
