/**
 * Part `index`: where the chunks are and what is in them, one row for each. docs/format.md, "Parts".
 */
import type { ArrowField, ArrowType } from './arrow-schema.ts';
import { FormatError } from './errors.ts';
import { EVENT_NAMES } from './chunk-metadata.ts';
import type { ColumnValues } from './column-body.ts';
import { LOSS_CAUSES } from './event-columns.ts';
import type { PartBatch } from './part-decoder.ts';
import type { PartTable } from './part-encoder.ts';
import { partFields } from './part-shapes.ts';
import type { ChunkInfo } from './recording.ts';

/** Columns of part `index`; one for each event and each cause of loss at the end. */
const INDEX_FIELDS: readonly ArrowField[] = [
  ...partFields({
    offset: 'int64',
    metadataBytes: 'int32',
    bodyBytes: 'int64',
    rows: 'int32',
    minNs: 'int64',
    maxNs: 'int64',
    goroutines: 'int32',
    checkpointChunk: 'int32',
    checkpointOffset: 'int64',
  }),
  ...EVENT_NAMES.map((event) => field(`n_${event}`, 'int32')),
  ...LOSS_CAUSES.map((cause) => field(`lost_${cause}`, 'int64')),
];

/** The chunks as the table that is written at the end. */
export function indexTable(chunks: readonly ChunkInfo[]): PartTable {
  const int64 = (of: (chunk: ChunkInfo) => number): ColumnValues =>
    BigInt64Array.from(chunks, (chunk) => BigInt(of(chunk)));
  const int32 = (of: (chunk: ChunkInfo) => number): ColumnValues => Int32Array.from(chunks, of);
  const columns = [
    int64((chunk) => chunk.byteOffset),
    int32((chunk) => chunk.metadataBytes),
    int64((chunk) => chunk.bodyBytes),
    int32((chunk) => chunk.rowCount),
    int64((chunk) => chunk.minNs),
    int64((chunk) => chunk.maxNs),
    int32((chunk) => chunk.goroutineCount),
    int32((chunk) => chunk.checkpointChunk),
    int64((chunk) => chunk.checkpointOffset),
    ...EVENT_NAMES.map((event) => int32((chunk) => chunk.eventCounts[event])),
    ...LOSS_CAUSES.map((cause) => int64((chunk) => chunk.lost[cause])),
  ];
  return { fields: INDEX_FIELDS, columns, rowCount: chunks.length };
}

/**
 * The chunks of a batch of the index; of them only the counts are checked.
 *
 * @param firstIndex - number of the batch's first chunk
 * @throws FormatError `bad-value`
 */
export function chunksFromIndex(batch: PartBatch, firstIndex: number): ChunkInfo[] {
  const int32 = (name: string): Int32Array => batch.column(name, 'int32') as Int32Array;
  const offset = batch.integers('offset');
  const metadataBytes = int32('metadata_bytes');
  const bodyBytes = batch.integers('body_bytes');
  const rows = int32('rows');
  const minNs = batch.integers('min_ns');
  const maxNs = batch.integers('max_ns');
  const goroutines = int32('goroutines');
  const checkpointChunk = int32('checkpoint_chunk');
  const checkpointOffset = batch.integers('checkpoint_offset');
  // Events and causes are added without a new format: those of another version may be missing.
  const counts = EVENT_NAMES.map(
    (event) => [event, batch.has(`n_${event}`) ? int32(`n_${event}`) : undefined] as const,
  );
  const losses = LOSS_CAUSES.map(
    (cause) =>
      [cause, batch.has(`lost_${cause}`) ? batch.integers(`lost_${cause}`) : undefined] as const,
  );
  for (const [name, values] of [...counts, ...losses]) {
    if (values?.some((count) => count < 0)) {
      throw new FormatError('bad-value', batch.byteOffset, `the index has a bad count of ${name}`);
    }
  }
  return Array.from({ length: batch.rowCount }, (_, row) => ({
    chunkIndex: firstIndex + row,
    byteOffset: offset[row]!,
    metadataBytes: metadataBytes[row]!,
    bodyBytes: bodyBytes[row]!,
    rowCount: rows[row]!,
    minNs: minNs[row]!,
    maxNs: maxNs[row]!,
    goroutineCount: goroutines[row]!,
    checkpointChunk: checkpointChunk[row]!,
    checkpointOffset: checkpointOffset[row]!,
    eventCounts: countsOf(counts, NO_EVENTS, row),
    lost: countsOf(losses, NO_LOSSES, row),
  }));
}

/**
 * Counts of a row, most of which are 0.
 *
 * An object that gets forty properties one by one becomes a hash table, and thousands of those
 * take longer than everything else in opening a recording; one from JSON does not, nor its copies.
 */
function countsOf<K extends string>(
  columns: readonly (readonly [K, ArrayLike<number> | undefined])[],
  none: Record<K, number>,
  row: number,
): Record<K, number> {
  const counts = { ...none };
  for (const [name, values] of columns) {
    const count = values?.[row] ?? 0;
    if (count !== 0) counts[name] = count;
  }
  return counts;
}

function noneOf<K extends string>(names: readonly K[]): Record<K, number> {
  return JSON.parse(`{${names.map((name) => `"${name}":0`).join(',')}}`) as Record<K, number>;
}

const NO_EVENTS = noneOf(EVENT_NAMES);
const NO_LOSSES = noneOf(LOSS_CAUSES);

function field(name: string, type: ArrowType): ArrowField {
  return { name, type, dictionaryId: undefined };
}
