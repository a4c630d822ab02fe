/**
 * Where a chunk's columns are: it follows from the schema and the number of rows alone.
 *
 * All columns of events have a fixed width, and a chunk's body holds them in the order of
 * the schema, each at the next multiple of 64. So an index entry is enough to read one
 * column, without the chunk's head. docs/format.md, "Chunks".
 */
import { aligned, EVENT_FIELDS, TYPE_WIDTH } from './arrow-schema.ts';
import type { ArrowSchema } from './arrow-schema.ts';
import { FormatError } from './errors.ts';
import { isOptionalColumn } from './event-columns.ts';
import type { EventColumn } from './event-columns.ts';
import type { DecodedMessage, Region } from './message-decoder.ts';
import type { ChunkInfo } from './recording.ts';

export class ChunkLayout {
  /** Bytes of a value by column, in the order of the file. */
  readonly #widths: readonly number[];
  readonly #positions: ReadonlyMap<string, number>;

  /**
   * @param byteOffset - of the schema, for errors
   * @throws FormatError `bad-value` when a column of events is missing or of another type
   */
  constructor(schema: ArrowSchema, byteOffset: number) {
    this.#widths = schema.fields.map(({ name, type }) => {
      const width = TYPE_WIDTH[type];
      if (width === 0) {
        throw new FormatError('bad-value', byteOffset, `column ${name} has no fixed width`);
      }
      return width;
    });
    this.#positions = new Map(schema.fields.map(({ name }, position) => [name, position]));
    for (const wanted of EVENT_FIELDS) {
      const found = schema.fields[this.#positions.get(wanted.name) ?? -1];
      if (found === undefined && isOptionalColumn(wanted.name as EventColumn)) continue;
      const isDictionary = found?.dictionaryId !== undefined;
      if (found?.type !== wanted.type || isDictionary !== (wanted.dictionaryId !== undefined)) {
        throw new FormatError('bad-value', byteOffset, `no column ${wanted.name} as it should be`);
      }
    }
  }

  /** Where the column's values are in the body of a chunk of so many rows; undefined when the recording has no such column. */
  region(column: EventColumn, rowCount: number): Region | undefined {
    const position = this.#positions.get(column);
    if (position === undefined) return undefined;
    return {
      byteOffset: this.#end(position, rowCount),
      byteLength: this.#widths[position]! * rowCount,
    };
  }

  /** Length of the body of a chunk of so many rows. */
  bodyBytes(rowCount: number): number {
    return this.#end(this.#widths.length, rowCount);
  }

  /**
   * Check what is said of a chunk before anything is read by it; its counts are checked where
   * they are decoded.
   *
   * @param endOffset - the chunk must end here or before
   * @throws FormatError `bad-value`
   */
  check(chunk: ChunkInfo, endOffset: number): void {
    const { byteOffset, metadataBytes, bodyBytes, rowCount } = chunk;
    const isSound =
      rowCount >= 0 &&
      byteOffset >= 8 &&
      metadataBytes >= 8 &&
      bodyBytes === this.bodyBytes(rowCount) &&
      byteOffset + metadataBytes + bodyBytes <= endOffset &&
      chunk.minNs >= 0 &&
      chunk.minNs <= chunk.maxNs &&
      chunk.goroutineCount >= 0 &&
      chunk.checkpointChunk >= -1 &&
      chunk.checkpointChunk <= chunk.chunkIndex &&
      chunk.checkpointOffset >= -1 &&
      chunk.checkpointOffset < byteOffset;
    if (!isSound) {
      throw new FormatError(
        'bad-value',
        Math.max(0, byteOffset),
        `chunk ${chunk.chunkIndex} cannot be so`,
      );
    }
  }

  /**
   * Check that a chunk's head places the buffers where the layout has them.
   *
   * @throws FormatError `bad-value`
   */
  checkHead(message: Extract<DecodedMessage, { kind: 'batch' }>): void {
    const { rowCount, nodes, buffers } = message.batch;
    const isSound =
      nodes.length === this.#widths.length &&
      buffers.length === nodes.length * 2 &&
      this.#widths.every(
        (width, position) =>
          nodes[position]!.rowCount === rowCount &&
          nodes[position]!.nullCount === 0 &&
          buffers[position * 2 + 1]!.byteOffset === this.#end(position, rowCount) &&
          buffers[position * 2 + 1]!.byteLength === width * rowCount,
      );
    if (!isSound) {
      throw new FormatError('bad-value', message.byteOffset, 'a chunk of another layout');
    }
  }

  /** Where the columns before `position` end, padding included. */
  #end(position: number, rowCount: number): number {
    let end = 0;
    for (let before = 0; before < position; before++) {
      end += aligned(this.#widths[before]! * rowCount);
    }
    return end;
  }
}
