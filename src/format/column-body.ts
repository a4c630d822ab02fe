/**
 * Columns as the body of a batch: buffers one after the other, each 64-byte aligned.
 *
 * Encoding does not copy numbers: the pieces are views of the caller's arrays. Decoding
 * gives views of the bytes where they are aligned, as this writer's always are.
 */
import { ALIGNMENT, aligned, TYPE_WIDTH } from './arrow-schema.ts';
import type { ArrowField, ArrowType } from './arrow-schema.ts';
import { compressedBuffer, plainBuffer } from './compressed-buffer.ts';
import { FormatError } from './errors.ts';
import type { DecodedMessage, Region } from './message-decoder.ts';
import type { Compress } from './zstd.ts';

export type NumberColumn =
  | Int8Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;
/** Values of a column, by its type. */
export type ColumnValues = NumberColumn | readonly string[] | readonly boolean[];

/** A body not yet written: `pieces` joined have `bodyBytes` bytes, padding included. */
export interface EncodedBody {
  isCompressed: boolean;
  buffers: Region[];
  pieces: Uint8Array[];
  bodyBytes: number;
}

type BatchMessage = Extract<DecodedMessage, { kind: 'batch' | 'dictionary' }>;

const ZEROS = new Uint8Array(ALIGNMENT);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** @returns zeros that fill up to the next multiple of ALIGNMENT; shared, never to be changed */
export function paddingAfter(byteLength: number): Uint8Array {
  return ZEROS.subarray(0, aligned(byteLength) - byteLength);
}

/**
 * @param columns - one for each field, in their order, of the type the field says; kept, not copied
 * @param compress - compresses each buffer; undefined: they stay as they are
 */
export function encodeBody(
  fields: readonly ArrowField[],
  columns: readonly ColumnValues[],
  compress?: Compress,
): EncodedBody {
  const isCompressed = compress !== undefined;
  const body: EncodedBody = { isCompressed, buffers: [], pieces: [], bodyBytes: 0 };
  for (const [position, field] of fields.entries()) {
    // No column has nulls: an empty validity buffer says so.
    addBuffer(body, new Uint8Array());
    for (const buffer of columnBuffers(field.type, columns[position]!)) {
      const isPlain = compress === undefined || buffer.byteLength === 0;
      addBuffer(body, isPlain ? buffer : compressedBuffer(buffer, compress));
    }
  }
  return body;
}

function addBuffer(body: EncodedBody, bytes: Uint8Array): void {
  const { byteLength } = bytes;
  body.buffers.push({ byteOffset: body.bodyBytes, byteLength });
  if (byteLength > 0) body.pieces.push(bytes);
  const padding = paddingAfter(byteLength);
  if (padding.byteLength > 0) body.pieces.push(padding);
  body.bodyBytes += aligned(byteLength);
}

function columnBuffers(type: ArrowType, values: ColumnValues): Uint8Array[] {
  if (ArrayBuffer.isView(values)) {
    return [new Uint8Array(values.buffer, values.byteOffset, values.byteLength)];
  }
  if (type === 'utf8') return stringBuffers(values as readonly string[]);
  const bits = new Uint8Array(Math.ceil(values.length / 8));
  for (const [row, value] of values.entries()) {
    if (value) bits[row >> 3]! |= 1 << (row & 7);
  }
  return [bits];
}

/** Offsets and bytes of strings, as Arrow's utf8 wants them. */
function stringBuffers(values: readonly string[]): [Uint8Array, Uint8Array] {
  const encoded = values.map((value) => encoder.encode(value));
  const offsets = new Int32Array(values.length + 1);
  for (const [row, bytes] of encoded.entries()) offsets[row + 1] = offsets[row]! + bytes.byteLength;
  const joined = new Uint8Array(offsets[values.length]!);
  for (const [row, bytes] of encoded.entries()) joined.set(bytes, offsets[row]);
  return [new Uint8Array(offsets.buffer), joined];
}

/**
 * The columns of a batch.
 *
 * @param fields - what the batch's schema says
 * @param body - the message's body, at least its `bodyBytes`; columns of numbers are views of it
 * @returns one array for each field, of the batch's row count
 * @throws FormatError `bad-value` when head and body do not fit
 */
export function decodeBody(
  message: BatchMessage,
  fields: readonly ArrowField[],
  body: Uint8Array,
): ColumnValues[] {
  const { rowCount, isCompressed, nodes, buffers } = message.batch;
  const bodyOffset = message.byteOffset + message.metadataBytes;
  const fail = (detail: string): never => {
    throw new FormatError('bad-value', message.byteOffset, detail);
  };
  const bufferCount = fields.reduce((sum, field) => sum + (field.type === 'utf8' ? 3 : 2), 0);
  if (nodes.length !== fields.length || buffers.length !== bufferCount) {
    fail(`a batch with ${nodes.length} columns where ${fields.length} belong`);
  }
  let next = 0;
  /** The next buffer; without a wanted length all of it. */
  const take = (wantedBytes?: number): Uint8Array => {
    const { byteOffset, byteLength } = buffers[next++]!;
    const buffer = body.subarray(byteOffset, byteOffset + byteLength);
    if (isCompressed) return plainBuffer(buffer, wantedBytes, message.byteOffset);
    if (byteLength < (wantedBytes ?? 0)) fail(`${byteLength} bytes for ${rowCount} rows`);
    return buffer.subarray(0, wantedBytes ?? byteLength);
  };
  return fields.map(({ type }, position) => {
    const node = nodes[position]!;
    if (node.rowCount !== rowCount || node.nullCount !== 0) fail('a column of other rows or nulls');
    next++;
    if (type === 'utf8') {
      // A file of Arrow's may leave out the offsets of an empty column.
      if (rowCount === 0) return ((next += 2), []);
      const offsets = take((rowCount + 1) * 4);
      return decodeStrings(offsets, take(), rowCount, bodyOffset);
    }
    if (type === 'bool') {
      const bits = take(Math.ceil(rowCount / 8));
      return Array.from(
        { length: rowCount },
        (_, row) => ((bits[row >> 3]! >> (row & 7)) & 1) !== 0,
      );
    }
    return numbersOf(type, take(rowCount * TYPE_WIDTH[type]));
  });
}

function decodeStrings(
  offsetBytes: Uint8Array,
  bytes: Uint8Array,
  rowCount: number,
  bodyOffset: number,
): string[] {
  const offsets = new DataView(offsetBytes.buffer, offsetBytes.byteOffset, offsetBytes.byteLength);
  const values: string[] = [];
  let start = offsets.getInt32(0, true);
  for (let row = 0; row < rowCount; row++) {
    const end = offsets.getInt32((row + 1) * 4, true);
    if (start < 0 || end < start || end > bytes.byteLength) {
      throw new FormatError('bad-value', bodyOffset, `string ${row} lies outside of its column`);
    }
    values.push(decoder.decode(bytes.subarray(start, end)));
    start = end;
  }
  return values;
}

/**
 * Bytes as an array of numbers: a view of them when they are aligned, else a copy.
 *
 * @param bytes - a whole number of values, little-endian
 */
export function numbersOf(
  type: Exclude<ArrowType, 'utf8' | 'bool'>,
  bytes: Uint8Array,
): NumberColumn {
  const width = TYPE_WIDTH[type];
  const isUsable = bytes.buffer instanceof ArrayBuffer && bytes.byteOffset % width === 0;
  const buffer = isUsable ? bytes.buffer : new Uint8Array(bytes).buffer;
  const start = isUsable ? bytes.byteOffset : 0;
  const length = bytes.byteLength / width;
  switch (type) {
    case 'int8':
      return new Int8Array(buffer, start, length);
    case 'int16':
      return new Int16Array(buffer, start, length);
    case 'int32':
      return new Int32Array(buffer, start, length);
    case 'int64':
      return new BigInt64Array(buffer, start, length);
    case 'float64':
      return new Float64Array(buffer, start, length);
  }
}
