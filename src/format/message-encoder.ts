/**
 * Arrow's encapsulated messages, to bytes; the inverse of message-decoder.ts.
 *
 * Built with the classes that apache-arrow generates from Arrow's flatbuffer schemas.
 * Its writers are not used: they leave out the Schema message at the start of a file and
 * cannot write dictionaries from raw bytes or choose what the footer lists.
 *
 * A head is padded so that its body begins at a multiple of 64 bytes of the file, a long body at
 * one of 4,096 (docs/format.md, "Alignment").
 */
import { Block } from 'apache-arrow/fb/block';
import { BodyCompression } from 'apache-arrow/fb/body-compression';
import { BodyCompressionMethod } from 'apache-arrow/fb/body-compression-method';
import { Bool } from 'apache-arrow/fb/bool';
import { Buffer as BufferRegion } from 'apache-arrow/fb/buffer';
import { CompressionType } from 'apache-arrow/fb/compression-type';
import { DictionaryBatch } from 'apache-arrow/fb/dictionary-batch';
import { DictionaryEncoding } from 'apache-arrow/fb/dictionary-encoding';
import { Field } from 'apache-arrow/fb/field';
import { FieldNode } from 'apache-arrow/fb/field-node';
import { FloatingPoint } from 'apache-arrow/fb/floating-point';
import { Footer } from 'apache-arrow/fb/footer';
import { Int } from 'apache-arrow/fb/int';
import { KeyValue } from 'apache-arrow/fb/key-value';
import { Message } from 'apache-arrow/fb/message';
import { MessageHeader } from 'apache-arrow/fb/message-header';
import { MetadataVersion } from 'apache-arrow/fb/metadata-version';
import { Precision } from 'apache-arrow/fb/precision';
import { RecordBatch } from 'apache-arrow/fb/record-batch';
import { Schema } from 'apache-arrow/fb/schema';
import { Type } from 'apache-arrow/fb/type';
import { Utf8 } from 'apache-arrow/fb/utf8';
import { Builder } from 'flatbuffers';

import { aligned, ALIGNMENT, TYPE_WIDTH } from './arrow-schema.ts';
import type { ArrowField, ArrowSchema, ArrowType } from './arrow-schema.ts';
import { PREFIX_BYTES } from './message-decoder.ts';
import type { MessageBlock, Region } from './message-decoder.ts';

/** What the head of a batch says. */
export interface BatchHead {
  rowCount: number;
  /** Each buffer by itself, with zstd. Default: not. */
  isCompressed?: boolean;
  /** Rows of each column, the same number, or 0 for a batch that carries a part. */
  columnCount: number;
  buffers: readonly Region[];
  bodyBytes: number;
  metadata: ReadonlyMap<string, string>;
}

/** What docs/format.md calls a long body, and where one begins. */
const LONG_BODY_BYTES = 256 * 1024;
const LONG_BODY_ALIGNMENT = 4096;

const NO_METADATA: ReadonlyMap<string, string> = new Map();

/**
 * A Schema message.
 *
 * @param byteOffset - where it will be; decides the padding
 */
export function encodeSchemaMessage(schema: ArrowSchema, byteOffset: number): Uint8Array {
  const builder = new Builder(4096);
  const header = schemaTable(builder, schema);
  return finishMessage(builder, MessageHeader.Schema, header, 0, NO_METADATA, byteOffset);
}

/** The head of a RecordBatch message. @param byteOffset - where it will be */
export function encodeBatchHead(head: BatchHead, byteOffset: number): Uint8Array {
  const builder = new Builder(2048);
  const header = batchTable(builder, head);
  const { bodyBytes, metadata } = head;
  return finishMessage(builder, MessageHeader.RecordBatch, header, bodyBytes, metadata, byteOffset);
}

/** The head of a DictionaryBatch message. @param byteOffset - where it will be */
export function encodeDictionaryHead(
  dictionaryId: number,
  isDelta: boolean,
  head: BatchHead,
  byteOffset: number,
): Uint8Array {
  const builder = new Builder(512);
  const data = batchTable(builder, head);
  DictionaryBatch.startDictionaryBatch(builder);
  DictionaryBatch.addId(builder, BigInt(dictionaryId));
  DictionaryBatch.addData(builder, data);
  DictionaryBatch.addIsDelta(builder, isDelta);
  const header = DictionaryBatch.endDictionaryBatch(builder);
  return finishMessage(
    builder,
    MessageHeader.DictionaryBatch,
    header,
    head.bodyBytes,
    NO_METADATA,
    byteOffset,
  );
}

/** The footer's flatbuffer, without its length and the closing magic. */
export function encodeFooter(
  schema: ArrowSchema,
  dictionaries: readonly MessageBlock[],
  batches: readonly MessageBlock[],
): Uint8Array {
  const builder = new Builder(4096 + (dictionaries.length + batches.length) * 24);
  const schemaOffset = schemaTable(builder, schema);
  Footer.startRecordBatchesVector(builder, batches.length);
  for (const block of batches.toReversed()) addBlock(builder, block);
  const batchesOffset = builder.endVector();
  Footer.startDictionariesVector(builder, dictionaries.length);
  for (const block of dictionaries.toReversed()) addBlock(builder, block);
  const dictionariesOffset = builder.endVector();
  Footer.startFooter(builder);
  Footer.addVersion(builder, MetadataVersion.V5);
  Footer.addSchema(builder, schemaOffset);
  Footer.addDictionaries(builder, dictionariesOffset);
  Footer.addRecordBatches(builder, batchesOffset);
  builder.finish(Footer.endFooter(builder));
  return builder.asUint8Array();
}

function addBlock(builder: Builder, block: MessageBlock): void {
  Block.createBlock(
    builder,
    BigInt(block.byteOffset),
    block.metadataBytes,
    BigInt(block.bodyBytes),
  );
}

function finishMessage(
  builder: Builder,
  type: MessageHeader,
  header: number,
  bodyBytes: number,
  metadata: ReadonlyMap<string, string>,
  byteOffset: number,
): Uint8Array {
  const metadataOffset =
    metadata.size === 0
      ? 0
      : Message.createCustomMetadataVector(builder, keyValues(builder, metadata));
  Message.startMessage(builder);
  Message.addVersion(builder, MetadataVersion.V5);
  Message.addHeaderType(builder, type);
  Message.addHeader(builder, header);
  Message.addBodyLength(builder, BigInt(bodyBytes));
  if (metadataOffset !== 0) Message.addCustomMetadata(builder, metadataOffset);
  builder.finish(Message.endMessage(builder));
  const flat = builder.asUint8Array();

  const alignment = bodyBytes < LONG_BODY_BYTES ? ALIGNMENT : LONG_BODY_ALIGNMENT;
  const bodyOffset = aligned(byteOffset + PREFIX_BYTES + flat.byteLength, alignment);
  const bytes = new Uint8Array(bodyOffset - byteOffset);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, -1, true);
  view.setInt32(4, bytes.byteLength - PREFIX_BYTES, true);
  bytes.set(flat, PREFIX_BYTES);
  return bytes;
}

function keyValues(builder: Builder, metadata: ReadonlyMap<string, string>): number[] {
  return [...metadata].map(([key, value]) => {
    const keyOffset = builder.createString(key);
    const valueOffset = builder.createString(value);
    return KeyValue.createKeyValue(builder, keyOffset, valueOffset);
  });
}

function schemaTable(builder: Builder, schema: ArrowSchema): number {
  const fields = schema.fields.map((field) => fieldTable(builder, field));
  const fieldsOffset = Schema.createFieldsVector(builder, fields);
  const metadataOffset = Schema.createCustomMetadataVector(
    builder,
    keyValues(builder, schema.metadata),
  );
  Schema.startSchema(builder);
  Schema.addFields(builder, fieldsOffset);
  if (schema.metadata.size > 0) Schema.addCustomMetadata(builder, metadataOffset);
  return Schema.endSchema(builder);
}

function fieldTable(builder: Builder, field: ArrowField): number {
  const { dictionaryId } = field;
  const name = builder.createString(field.name);
  const valueType = dictionaryId === undefined ? field.type : 'utf8';
  const [type, typeOffset] = typeTable(builder, valueType);
  // Readers in C++ and Go ask for the children of every field.
  const children = Field.createChildrenVector(builder, []);
  const dictionary =
    dictionaryId === undefined ? 0 : encodingTable(builder, dictionaryId, field.type);
  Field.startField(builder);
  Field.addName(builder, name);
  Field.addNullable(builder, false);
  Field.addTypeType(builder, type);
  Field.addType(builder, typeOffset);
  if (dictionary !== 0) Field.addDictionary(builder, dictionary);
  Field.addChildren(builder, children);
  return Field.endField(builder);
}

function encodingTable(builder: Builder, dictionaryId: number, indexType: ArrowType): number {
  const [, index] = typeTable(builder, indexType);
  DictionaryEncoding.startDictionaryEncoding(builder);
  DictionaryEncoding.addId(builder, BigInt(dictionaryId));
  DictionaryEncoding.addIndexType(builder, index);
  DictionaryEncoding.addIsOrdered(builder, false);
  return DictionaryEncoding.endDictionaryEncoding(builder);
}

function typeTable(builder: Builder, type: ArrowType): [Type, number] {
  switch (type) {
    case 'utf8':
      Utf8.startUtf8(builder);
      return [Type.Utf8, Utf8.endUtf8(builder)];
    case 'bool':
      Bool.startBool(builder);
      return [Type.Bool, Bool.endBool(builder)];
    case 'float64':
      return [Type.FloatingPoint, FloatingPoint.createFloatingPoint(builder, Precision.DOUBLE)];
    default:
      return [Type.Int, Int.createInt(builder, TYPE_WIDTH[type] * 8, true)];
  }
}

function batchTable(builder: Builder, head: BatchHead): number {
  RecordBatch.startBuffersVector(builder, head.buffers.length);
  for (const { byteOffset, byteLength } of head.buffers.toReversed()) {
    BufferRegion.createBuffer(builder, BigInt(byteOffset), BigInt(byteLength));
  }
  const buffers = builder.endVector();
  RecordBatch.startNodesVector(builder, head.columnCount);
  for (let column = 0; column < head.columnCount; column++) {
    FieldNode.createFieldNode(builder, BigInt(head.rowCount), 0n);
  }
  const nodes = builder.endVector();
  const compression = head.isCompressed
    ? BodyCompression.createBodyCompression(
        builder,
        CompressionType.ZSTD,
        BodyCompressionMethod.BUFFER,
      )
    : 0;
  RecordBatch.startRecordBatch(builder);
  RecordBatch.addLength(builder, BigInt(head.rowCount));
  RecordBatch.addNodes(builder, nodes);
  RecordBatch.addBuffers(builder, buffers);
  if (head.isCompressed) RecordBatch.addCompression(builder, compression);
  return RecordBatch.endRecordBatch(builder);
}
