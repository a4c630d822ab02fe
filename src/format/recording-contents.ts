/**
 * What is known of a recording, as its messages tell it.
 *
 * Filled message by message when a file is walked, or in any order from the footer. It
 * holds the index, the dictionaries and the small parts, never events or checkpoints.
 */
import { DICTIONARY_COLUMNS } from './arrow-schema.ts';
import type { ArrowSchema } from './arrow-schema.ts';
import { ChunkLayout } from './chunk-layout.ts';
import { decodeBody } from './column-body.ts';
import { FormatError } from './errors.ts';
import type { DictionaryColumn } from './event-columns.ts';
import type { DecodedMessage } from './message-decoder.ts';
import {
  decodePart,
  goroutinesFromBatches,
  rowsFromBatch,
  stacksFromBatches,
} from './part-decoder.ts';
import type { PartBatch } from './part-decoder.ts';
import { ROW_SHAPES } from './part-shapes.ts';
import type { PartRows, RowPart } from './part-shapes.ts';
import { latestProcesses } from './process-rows.ts';
import { decodeMeta } from './recording-meta.ts';
import type { ChunkInfo, GoroutineColumns, RecordingMeta, StackColumns } from './recording.ts';

type DictionaryMessage = Extract<DecodedMessage, { kind: 'dictionary' }>;

const UTF8_FIELD = { name: 'value', type: 'utf8', dictionaryId: undefined } as const;

export class RecordingContents {
  readonly meta: RecordingMeta;
  readonly layout: ChunkLayout;
  readonly chunks: ChunkInfo[] = [];
  readonly dictionaries = {} as Record<DictionaryColumn, string[]>;
  readonly rows: { [P in RowPart]: PartRows[P][] } = {
    probes: [],
    processes: [],
    functions: [],
    sites: [],
    frames: [],
    types: [],
    metrics: [],
    marks: [],
    labels: [],
    end: [],
  };
  /** Largest time of the chunks, ns. */
  lastNs = 0;
  /** Where the last chunk ends. */
  #chunksEnd = 0;
  #goroutineBatches: PartBatch[] = [];
  #goroutines: GoroutineColumns | undefined;
  #stackBatches: PartBatch[] = [];
  #stacks: StackColumns | undefined;
  readonly #columnOfDictionary: ReadonlyMap<number, DictionaryColumn>;

  /**
   * @param byteOffset - of the schema, for errors
   * @throws FormatError `not-a-recording`, `too-new`, `bad-value`
   */
  constructor(schema: ArrowSchema, byteOffset: number) {
    this.meta = decodeMeta(schema.metadata, byteOffset);
    this.layout = new ChunkLayout(schema, this.meta, byteOffset);
    const ids = new Map(schema.fields.map(({ name, dictionaryId }) => [name, dictionaryId]));
    this.#columnOfDictionary = new Map(
      DICTIONARY_COLUMNS.flatMap((column): [number, DictionaryColumn][] => {
        const id = ids.get(column);
        return id === undefined ? [] : [[id, column]];
      }),
    );
    for (const column of DICTIONARY_COLUMNS) this.dictionaries[column] = [''];
  }

  /** Alive before the recording began. */
  get goroutines(): GoroutineColumns {
    return (this.#goroutines ??= goroutinesFromBatches('goroutines', this.#goroutineBatches));
  }

  /** Part `stacks`. */
  get stacks(): StackColumns {
    return (this.#stacks ??= stacksFromBatches(this.#stackBatches));
  }

  /** Part `end`. */
  get end(): ReadonlyMap<string, string> {
    return new Map(this.rows.end.map(({ key, value }) => [key, value]));
  }

  /** @param body - the message's body. @throws FormatError `bad-value` */
  takeDictionary(message: DictionaryMessage, body: Uint8Array): void {
    const found = this.names(message, body);
    if (found === undefined) return;
    const { column, values } = found;
    if (message.isDelta) {
      for (const value of values) this.dictionaries[column].push(value);
    } else this.dictionaries[column] = values;
  }

  /**
   * What a dictionary says.
   *
   * @returns undefined for one of a column that is not known: of a later version
   * @throws FormatError `bad-value`
   */
  names(
    message: DictionaryMessage,
    body: Uint8Array,
  ): { column: DictionaryColumn; values: string[] } | undefined {
    const column = this.#columnOfDictionary.get(message.dictionaryId);
    if (column === undefined) return undefined;
    const [values] = decodeBody(message, [UTF8_FIELD], body) as [string[]];
    return { column, values };
  }

  /**
   * @param bytes - the side table
   * @param isDelta - more rows, as opposed to all of them
   * @param byteOffset - of the side table, for errors
   * @throws FormatError
   */
  takePart(part: string, isDelta: boolean, bytes: Uint8Array, byteOffset: number): void {
    if (part === 'goroutines') {
      const batches = decodePart(bytes, byteOffset);
      // Wrong columns are found now; all batches are joined when somebody asks.
      goroutinesFromBatches(part, batches);
      if (!isDelta) this.#goroutineBatches = [];
      for (const batch of batches) this.#goroutineBatches.push(batch);
      this.#goroutines = undefined;
    } else if (part === 'stacks') {
      const batches = decodePart(bytes, byteOffset);
      // Wrong columns are found now, not when somebody asks for stacks.
      stacksFromBatches(batches);
      if (!isDelta) this.#stackBatches = [];
      for (const batch of batches) this.#stackBatches.push(batch);
      this.#stacks = undefined;
    } else if (isRowPart(part)) this.#takeRows(part, isDelta, bytes, byteOffset);
  }

  /** @param endOffset - where the bytes end that may hold it. @throws FormatError `bad-value` */
  takeChunk(chunk: ChunkInfo, endOffset: number): void {
    this.layout.check(chunk, endOffset);
    if (chunk.chunkIndex !== this.chunks.length) {
      throw new FormatError('bad-value', chunk.byteOffset, `chunk ${chunk.chunkIndex} out of turn`);
    }
    // An index that names one chunk many times would make a long recording of a short file.
    if (chunk.byteOffset < this.#chunksEnd) {
      const detail = `chunk ${chunk.chunkIndex} lies in the one before`;
      throw new FormatError('bad-value', chunk.byteOffset, detail);
    }
    this.#chunksEnd = chunk.byteOffset + chunk.metadataBytes + chunk.bodyBytes;
    this.chunks.push(chunk);
    this.lastNs = Math.max(this.lastNs, chunk.maxNs);
  }

  /** Whether the part is read when a recording is opened. */
  static isHeld(part: string): boolean {
    return part === 'goroutines' || part === 'stacks' || isRowPart(part);
  }

  #takeRows(part: RowPart, isDelta: boolean, bytes: Uint8Array, byteOffset: number): void {
    const batches = decodePart(bytes, byteOffset);
    const rows = batches.flatMap((batch): unknown[] => rowsFromBatch(part, batch));
    const held: unknown[] = this.rows[part];
    if (!isDelta) held.length = 0;
    for (const row of rows) held.push(row);
    if (part === 'processes') this.rows.processes = latestProcesses(this.rows.processes);
  }
}

function isRowPart(part: string): part is RowPart {
  return Object.hasOwn(ROW_SHAPES, part);
}
