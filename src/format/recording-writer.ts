/**
 * Writes a recording: every method returns the bytes to append to the file, in order.
 *
 * It does no I/O and keeps only what the end of the file needs: positions of messages,
 * the index, the dictionaries of names and the rows of the small parts. Columns are never
 * copied: the pieces are views of the caller's arrays, to be left alone until written.
 * docs/format.md, "Layout".
 */
import { EVENT_FIELDS, type ArrowSchema } from './arrow-schema.ts';
import { CRC_KEY, crcText, type Crc32 } from './chunk-crc.ts';
import { encodeChunkMetadata } from './chunk-metadata.ts';
import type { ChunkFacts } from './chunk-metadata.ts';
import { encodeBody, paddingAfter } from './column-body.ts';
import type { NumberColumn } from './column-body.ts';
import { EVENTS, KINDS, STATES } from './event-columns.ts';
import type { DictionaryColumn, EventColumn } from './event-columns.ts';
import { goroutineTable, smallStackTable, stackTable } from './goroutine-tables.ts';
import { indexTable } from './index-part.ts';
import type { MessageBlock } from './message-decoder.ts';
import {
  encodeBatchHead,
  encodeDictionaryHead,
  encodeFooter,
  encodeSchemaMessage,
} from './message-encoder.ts';
import type { BatchHead } from './message-encoder.ts';
import { NameTable } from './name-table.ts';
import { encodePart, tableFromRows } from './part-encoder.ts';
import type { PartTable } from './part-encoder.ts';
import type { PartName, PartRows, RowPart } from './part-shapes.ts';
import { latestProcesses } from './process-rows.ts';
import { encodeMeta } from './recording-meta.ts';
import type { ChunkInfo, GoroutineColumns, RecordingMeta, StackColumns } from './recording.ts';
import { ALL_COLUMNS, narrowed } from './stored-columns.ts';
import type { StoredColumns } from './stored-columns.ts';
import type { Compress } from './zstd.ts';

/** Rows of events by column: those that the recording has, of their own or the stored type. */
export type WrittenEvents = Readonly<Partial<Record<EventColumn, NumberColumn>>>;

/** How a recording is written. */
export interface WriterOptions {
  /** The columns to have, and how they are stored. Default: all, none narrower. */
  columns?: StoredColumns;
  /** Compresses every buffer with zstd. Default: nothing is compressed. */
  compress?: Compress | undefined;
  /** Compresses the buffers of part `stacks`, where `compress` does not. Default: nothing does. */
  compressStacks?: Compress | undefined;
  /** CRC-32 of bytes, going on from that of those before: each chunk says its own. Default: none does. */
  crc32?: Crc32 | undefined;
  /** Names that are known before the recording begins; none may come later then. */
  names?: Readonly<Record<NameColumn, readonly string[]>>;
}

/** Columns whose dictionaries grow while recording. */
export type NameColumn = 'func' | 'type';

/** Those that do not grow; what is absent is as event-columns.ts has it. */
export type FixedDictionaries = { wait_reason: readonly string[] } & Partial<
  Record<Exclude<DictionaryColumn, NameColumn>, readonly string[]>
>;

const MAGIC = new TextEncoder().encode('ARROW1');
const END_OF_STREAM = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);
const UTF8_FIELD = { name: 'value', type: 'utf8', dictionaryId: undefined } as const;

export class RecordingWriter {
  readonly #schema: ArrowSchema;
  readonly #columns: StoredColumns;
  readonly #compress: Compress | undefined;
  readonly #compressStacks: Compress | undefined;
  readonly #crc32: WriterOptions['crc32'];
  readonly #fixed: Partial<Record<DictionaryColumn, readonly string[]>>;
  readonly #names: Record<NameColumn, NameTable> = { func: new NameTable(), type: new NameTable() };
  /** Length of their first dictionaries. */
  readonly #firstNames: Record<NameColumn, number> = { func: 1, type: 1 };
  readonly #batches: MessageBlock[] = [];
  /** The dictionary of each column that the footer lists. */
  readonly #dictionaries = new Map<DictionaryColumn, MessageBlock>();
  /** Where each part is complete. */
  readonly #parts = new Map<PartName, MessageBlock>();
  readonly #rows: { [P in RowPart]?: PartRows[P][] } = {};
  readonly #stacks: StackColumns[] = [];
  readonly #chunks: ChunkInfo[] = [];
  #checkpoint: { chunkIndex: number; byteOffset: number } | undefined;
  #byteLength = 0;
  #isEnded = false;

  /**
   * @param dictionaries - `wait_reason` of the program's Go version; of a copy all that do not
   *   grow, as they are in the original; index 0 is ""
   * @throws RangeError when the dictionary does not begin with "", repeats a value or passes int8
   */
  constructor(
    meta: RecordingMeta,
    dictionaries: FixedDictionaries,
    { columns = ALL_COLUMNS, compress, compressStacks, crc32, names }: WriterOptions = {},
  ) {
    const reasons = dictionaries.wait_reason;
    if (reasons[0] !== '' || new Set(reasons).size !== reasons.length || reasons.length > 128) {
      throw new RangeError('wait_reason is no dictionary: "" first, at most 128, each once');
    }
    this.#columns = columns;
    this.#compress = compress;
    this.#compressStacks = compress ?? compressStacks;
    this.#crc32 = crc32;
    const fields = EVENT_FIELDS.flatMap((field) => {
      const type = columns[field.name as EventColumn];
      return type === undefined ? [] : [{ ...field, type }];
    });
    const compression =
      compress !== undefined ? 'zstd' : compressStacks !== undefined ? 'zstd-parts' : undefined;
    this.#schema = { fields, metadata: encodeMeta({ ...meta, compression }) };
    for (const column of ['func', 'type'] as const) {
      for (const name of names?.[column] ?? []) this.nameIndex(column, name);
    }
    this.#fixed = {
      event: EVENTS,
      from_state: STATES,
      to_state: STATES,
      kind: KINDS,
      ...dictionaries,
    };
  }

  /** Bytes returned so far. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** Chunks returned so far. */
  get chunkCount(): number {
    return this.#chunks.length;
  }

  /** Names and places that rows can refer to by now: the highest number among them. */
  get highestNumber(): number {
    const { func, type } = this.#names;
    return Math.max(func.values.length, type.values.length, this.#rows.sites?.length ?? 0);
  }

  /** Magic, Schema message, dictionaries. To be called first, once. */
  begin(): Uint8Array[] {
    if (this.#byteLength > 0) throw new Error('the recording has begun already');
    const magic = new Uint8Array(8);
    magic.set(MAGIC);
    const out = this.#append([magic, encodeSchemaMessage(this.#schema, magic.byteLength)]);
    for (const { name, dictionaryId } of this.#schema.fields) {
      if (dictionaryId === undefined) continue;
      const column = name as DictionaryColumn;
      const isGrowing = column === 'func' || column === 'type';
      const known = isGrowing ? ['', ...this.#names[column].takeNew()] : this.#fixed[column];
      out.push(...this.#dictionary(column, known ?? [''], false));
      if (isGrowing) this.#firstNames[column] = this.#names[column].values.length;
    }
    return out;
  }

  /**
   * The index of a name in the dictionary of its column. A new name is written with the
   * next chunk, part or `flushNames`.
   */
  nameIndex(column: NameColumn, name: string): number {
    return this.#names[column].indexOf(name);
  }

  /** Delta dictionaries of the names that are new since the last call. */
  flushNames(): Uint8Array[] {
    const out: Uint8Array[] = [];
    for (const column of this.#nameColumns()) {
      const values = this.#names[column].takeNew();
      if (values.length > 0) out.push(...this.#dictionary(column, values, true));
    }
    return out;
  }

  #nameColumns(): NameColumn[] {
    return (['func', 'type'] as const).filter((column) => this.#columns[column] !== undefined);
  }

  /** `nameIndex` of each name, then `flushNames`. */
  addNames(column: NameColumn, names: readonly string[]): Uint8Array[] {
    for (const name of names) this.nameIndex(column, name);
    return this.flushNames();
  }

  /** More rows of a part. They are kept, and written once more, all together, by `end`. */
  part<P extends Exclude<RowPart, 'end'>>(name: P, rows: readonly PartRows[P][]): Uint8Array[] {
    if (rows.length === 0) return [];
    const all: PartRows[P][] = (this.#rows[name] ??= []);
    for (const row of rows) all.push(row);
    return [...this.flushNames(), ...this.#part(name, tableFromRows(name, rows), true)];
  }

  /** All rows of a part, which is not written again. At most once, and no `part` of it. */
  wholePart<P extends Exclude<RowPart, 'end'>>(
    name: P,
    rows: readonly PartRows[P][],
  ): Uint8Array[] {
    if (rows.length === 0) return [];
    return this.#completePart(name, tableFromRows(name, rows));
  }

  /** Part `stacks`, whole; numbered from 1 without gaps. */
  wholeStacks(columns: StackColumns): Uint8Array[] {
    if (columns.count === 0) return [];
    return this.#completePart('stacks', smallStackTable([columns], true));
  }

  /** More rows of part `stacks`, kept as those of `part`; to be left alone from now on. */
  stacks(columns: StackColumns): Uint8Array[] {
    if (columns.count === 0) return [];
    this.#stacks.push(columns);
    const table =
      this.#compressStacks === undefined
        ? stackTable([columns])
        : smallStackTable([columns], false);
    return this.#part('stacks', table, true);
  }

  /** The goroutines that lived before the recording began; at most once, before the first chunk. */
  goroutines(columns: GoroutineColumns): Uint8Array[] {
    if (this.#parts.has('goroutines')) throw new Error('part goroutines is written once');
    const out = [
      ...this.flushNames(),
      ...this.#part('goroutines', goroutineTable('goroutines', columns), false),
    ];
    this.#parts.set('goroutines', this.#batches.at(-1)!);
    return out;
  }

  /** The goroutines alive when the next chunk begins. */
  checkpoint(columns: GoroutineColumns): Uint8Array[] {
    const out = this.flushNames();
    this.#checkpoint = { chunkIndex: this.#chunks.length, byteOffset: this.#byteLength };
    out.push(...this.#part('checkpoint', goroutineTable('checkpoint', columns), false));
    return out;
  }

  /**
   * A chunk of events.
   *
   * @param events - at least `rowCount` rows of each column that is stored; kept until written
   * @throws Error when the first chunk has no checkpoint before it
   */
  chunk(events: WrittenEvents, rowCount: number, facts: ChunkFacts): Uint8Array[] {
    if (this.#checkpoint === undefined) throw new Error('the first chunk needs a checkpoint');
    const out = this.flushNames();
    const chunkIndex = this.#chunks.length;
    const { fields } = this.#schema;
    const columns = fields.map(({ name }) => {
      const column = name as EventColumn;
      const values = events[column];
      if (values === undefined) throw new RangeError(`a chunk without ${column}`);
      return narrowed(column, this.#columns[column]!, values.subarray(0, rowCount));
    });
    const body = encodeBody(fields, columns, this.#compress);
    const metadata = encodeChunkMetadata(chunkIndex, facts);
    if (this.#crc32 !== undefined) {
      const crc = body.pieces.reduce((before, piece) => this.#crc32!(piece, before), 0);
      metadata.set(CRC_KEY, crcText(crc));
    }
    out.push(
      ...this.#batch({ ...body, rowCount, columnCount: columns.length, metadata }, body.pieces),
    );
    const block = this.#batches.at(-1)!;
    this.#chunks.push({
      ...facts,
      ...block,
      chunkIndex,
      rowCount,
      checkpointChunk: this.#checkpoint.chunkIndex,
      checkpointOffset: this.#checkpoint.byteOffset,
    });
    return out;
  }

  /**
   * The end of the file: complete dictionaries and parts, the index, the footer.
   *
   * @param facts - rows of part `end`
   */
  end(facts: Readonly<Record<string, string>>): Uint8Array[] {
    const out = this.flushNames();
    for (const column of this.#nameColumns()) {
      const { values } = this.#names[column];
      if (values.length > this.#firstNames[column])
        out.push(...this.#dictionary(column, values, false));
    }
    const { processes } = this.#rows;
    if (processes !== undefined) this.#rows.processes = latestProcesses(processes);
    for (const name of [
      'probes',
      'processes',
      'functions',
      'sites',
      'frames',
      'types',
      'metrics',
      'marks',
      'labels',
    ] as const) {
      const rows = this.#rows[name] as PartRows[typeof name][] | undefined;
      if (rows !== undefined) out.push(...this.#completePart(name, tableFromRows(name, rows)));
    }
    if (this.#stacks.length > 0) {
      const isSmall = this.#compressStacks !== undefined;
      const table = isSmall ? smallStackTable(this.#stacks, true) : stackTable(this.#stacks);
      out.push(...this.#completePart('stacks', table));
    }
    const endRows = Object.entries(facts).map(([key, value]) => ({ key, value }));
    out.push(...this.#completePart('end', tableFromRows('end', endRows)));
    out.push(...this.#index());

    const footer = encodeFooter(
      this.#schema,
      [...this.#dictionaries.values()].sort((a, b) => a.byteOffset - b.byteOffset),
      this.#batches,
    );
    const length = new Uint8Array(4);
    new DataView(length.buffer).setInt32(0, footer.byteLength, true);
    out.push(...this.#append([END_OF_STREAM, footer, length, MAGIC]));
    this.#isEnded = true;
    return out;
  }

  #index(): Uint8Array[] {
    const parts = [...this.#parts].map(([name, block]) => [
      name,
      [block.byteOffset, block.metadataBytes, block.bodyBytes],
    ]);
    return this.#part('index', indexTable(this.#chunks), false, [
      ['xgotop.parts', JSON.stringify(Object.fromEntries(parts))],
    ]);
  }

  #completePart(name: PartName, table: PartTable): Uint8Array[] {
    const out = this.#part(name, table, false);
    this.#parts.set(name, this.#batches.at(-1)!);
    return out;
  }

  /** A part: a batch without rows whose body is the side table. */
  #part(
    name: PartName,
    table: PartTable,
    isDelta: boolean,
    metadata: readonly [string, string][] = [],
  ): Uint8Array[] {
    const compress = name === 'stacks' ? this.#compressStacks : this.#compress;
    const { pieces, byteLength } = encodePart(table, compress);
    const padding = paddingAfter(byteLength);
    const head: BatchHead = {
      rowCount: 0,
      columnCount: this.#schema.fields.length,
      buffers: this.#schema.fields.flatMap(() => [
        { byteOffset: 0, byteLength: 0 },
        { byteOffset: 0, byteLength: 0 },
      ]),
      bodyBytes: byteLength + padding.byteLength,
      metadata: new Map([
        ['xgotop.part', name],
        ['xgotop.delta', isDelta ? '1' : '0'],
        ['xgotop.bytes', `${byteLength}`],
        ...metadata,
      ]),
    };
    return this.#batch(head, [...pieces, padding]);
  }

  #batch(head: BatchHead, body: Uint8Array[]): Uint8Array[] {
    const byteOffset = this.#byteLength;
    const bytes = encodeBatchHead(head, byteOffset);
    this.#batches.push({ byteOffset, metadataBytes: bytes.byteLength, bodyBytes: head.bodyBytes });
    return this.#append([bytes, ...body]);
  }

  #dictionary(column: DictionaryColumn, values: readonly string[], isDelta: boolean): Uint8Array[] {
    const byteOffset = this.#byteLength;
    // Never compressed: nanoarrow, and what builds on it, reads dictionaries only so.
    const body = encodeBody([UTF8_FIELD], [values]);
    const head = { ...body, rowCount: values.length, columnCount: 1, metadata: new Map() };
    const id = EVENT_FIELDS.find(({ name }) => name === column)!.dictionaryId!;
    const bytes = encodeDictionaryHead(id, isDelta, head, byteOffset);
    if (!isDelta) {
      const block = { byteOffset, metadataBytes: bytes.byteLength, bodyBytes: body.bodyBytes };
      this.#dictionaries.set(column, block);
    }
    return this.#append([bytes, ...body.pieces]);
  }

  #append(pieces: Uint8Array[]): Uint8Array[] {
    if (this.#isEnded) throw new Error('the recording has ended');
    for (const piece of pieces) this.#byteLength += piece.byteLength;
    return pieces;
  }
}
