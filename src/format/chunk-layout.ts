/**
 * Where a chunk's columns are: it follows from the schema and the number of rows alone.
 *
 * All columns of events have a fixed width, and a chunk's body holds them in the order of
 * the schema, each at the next multiple of 64. So an index entry is enough to read one
 * column, without the chunk's head. Compressed columns are where the head has them.
 * docs/format.md, "Chunks".
 */
import { aligned, EVENT_FIELDS, TYPE_WIDTH } from './arrow-schema.ts';
import type { ArrowSchema } from './arrow-schema.ts';
import { plainBuffer } from './compressed-buffer.ts';
import { FormatError } from './errors.ts';
import { isOptionalColumn } from './event-columns.ts';
import type { EventArrays, EventColumn } from './event-columns.ts';
import { decodeHead, metadataBytesAt } from './message-decoder.ts';
import type { DecodedMessage, Region } from './message-decoder.ts';
import type { ChunkInfo, RecordingMeta } from './recording.ts';
import { absentColumn, canBeStored, widened, withNeeded } from './stored-columns.ts';
import type { StoredColumns, StoredType } from './stored-columns.ts';

/** Where rows are compressed a chunk's length does not bound their number; this does. */
const MAX_COMPRESSED_ROWS = 2 ** 20;

/** A column whose bytes are to be read. From the chunk's first byte. */
export interface WantedColumn extends Region {
  column: EventColumn;
}

export class ChunkLayout {
  readonly columns: StoredColumns;
  readonly #pid: number;
  readonly #isCompressed: boolean;
  /** Bytes of a value by column, in the order of the file. */
  readonly #widths: readonly number[];
  readonly #positions: ReadonlyMap<string, number>;

  /**
   * @param byteOffset - of the schema, for errors
   * @throws FormatError `bad-value` when a column of events is missing or of another type
   */
  constructor(
    schema: ArrowSchema,
    { pid, compression }: Pick<RecordingMeta, 'pid' | 'compression'>,
    byteOffset: number,
  ) {
    this.#pid = pid;
    this.#isCompressed = compression === 'zstd';
    this.#widths = schema.fields.map(({ name, type }) => {
      const width = TYPE_WIDTH[type];
      if (width === 0) {
        throw new FormatError('bad-value', byteOffset, `column ${name} has no fixed width`);
      }
      return width;
    });
    this.#positions = new Map(schema.fields.map(({ name }, position) => [name, position]));
    const columns: Partial<Record<EventColumn, StoredType>> = {};
    for (const wanted of EVENT_FIELDS) {
      const column = wanted.name as EventColumn;
      const found = schema.fields[this.#positions.get(column) ?? -1];
      if (found === undefined && isOptionalColumn(column)) continue;
      const isDictionary = found?.dictionaryId !== undefined;
      if (
        found === undefined ||
        !canBeStored(column, found.type) ||
        isDictionary !== (wanted.dictionaryId !== undefined)
      ) {
        throw new FormatError('bad-value', byteOffset, `no column ${column} as it should be`);
      }
      columns[column] = found.type;
    }
    this.columns = columns;
  }

  /**
   * What has to be read for some columns, besides the head of a compressed chunk.
   *
   * @param head - of a compressed chunk, from `decodedHead`
   */
  wanted(chunk: ChunkInfo, columns: readonly EventColumn[], head?: DecodedMessage): WantedColumn[] {
    const wanted = withNeeded(columns, this.columns).flatMap((column) => {
      const position = this.#positions.get(column);
      if (position === undefined) return [];
      const region =
        head?.kind === 'batch'
          ? head.batch.buffers[position * 2 + 1]!
          : {
              byteOffset: this.#end(position, chunk.rowCount),
              byteLength: this.#widths[position]! * chunk.rowCount,
            };
      return [{ ...region, column, byteOffset: chunk.metadataBytes + region.byteOffset }];
    });
    return wanted.sort((a, b) => a.byteOffset - b.byteOffset);
  }

  /** Whether a chunk can only be read with its head. */
  get needsHead(): boolean {
    return this.#isCompressed;
  }

  /** The head of a chunk, checked. @param bytes - exactly it. @throws FormatError `bad-value` */
  decodedHead(chunk: ChunkInfo, bytes: Uint8Array): DecodedMessage {
    const { byteOffset, metadataBytes } = chunk;
    const message =
      metadataBytesAt(bytes, byteOffset) === metadataBytes
        ? decodeHead(bytes, byteOffset)
        : undefined;
    if (message?.kind !== 'batch' || message.batch.rowCount !== chunk.rowCount) {
      throw new FormatError('bad-value', byteOffset, 'no chunk where the index has one');
    }
    this.checkHead(message);
    return message;
  }

  /**
   * Columns from the bytes of `wanted`.
   *
   * @param columns - what was asked for
   * @param bytesOf - of one of `wanted`, exactly
   * @throws FormatError `bad-value`
   */
  arrays<C extends EventColumn>(
    chunk: ChunkInfo,
    columns: readonly C[],
    wanted: readonly WantedColumn[],
    bytesOf: (region: WantedColumn) => Uint8Array,
  ): Pick<EventArrays, C> {
    const { rowCount } = chunk;
    const found: Partial<Record<EventColumn, EventArrays[EventColumn]>> = {};
    for (const region of wanted) {
      const { column } = region;
      const stored = this.columns[column]!;
      const byteLength = TYPE_WIDTH[stored] * rowCount;
      const bytes = this.#isCompressed
        ? plainBuffer(bytesOf(region), byteLength, chunk.byteOffset)
        : bytesOf(region);
      found[column] = widened(column, stored, bytes);
    }
    const goid = found.goid as BigInt64Array | undefined;
    for (const column of columns) {
      found[column] ??= absentColumn(column, rowCount, { pid: this.#pid, goid });
    }
    return found as Pick<EventArrays, C>;
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
      (this.#isCompressed
        ? rowCount <= MAX_COMPRESSED_ROWS && bodyBytes >= 0
        : bodyBytes === this.bodyBytes(rowCount)) &&
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
    const { rowCount, isCompressed, nodes, buffers } = message.batch;
    const isSound =
      isCompressed === this.#isCompressed &&
      nodes.length === this.#widths.length &&
      buffers.length === nodes.length * 2 &&
      this.#widths.every(
        (width, position) =>
          nodes[position]!.rowCount === rowCount &&
          nodes[position]!.nullCount === 0 &&
          (isCompressed ||
            (buffers[position * 2 + 1]!.byteOffset === this.#end(position, rowCount) &&
              buffers[position * 2 + 1]!.byteLength === width * rowCount)),
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
