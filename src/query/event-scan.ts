/**
 * `scan_events(start_ns, end_ns, only)`: the events of a recording as a DuckDB table function.
 *
 * Only the columns a query names are read, and only chunks that can hold what it asks for:
 * those that overlap [start_ns, end_ns) and, with `only` (names of events, separated by
 * commas), hold such an event. The rows that come out are exactly those asked for; NULL
 * stands for no limit. DuckDB pushes no filters into a table function, which is why these
 * are arguments.
 */
import { BIGINT, VARCHAR } from '@duckdb/node-api';
import bindings from '@duckdb/node-bindings';
import type { Connection, DataChunk } from '@duckdb/node-bindings';
import { EVENTS } from '../format/event-columns.ts';
import type { EventColumn, EventName } from '../format/event-columns.ts';
import type { ChunkInfo, Recording } from '../format/recording.ts';
import { VECTOR_ROWS, writeRows } from './column-rows.ts';
import type { ColumnRows } from './column-rows.ts';
import type { EventReader } from './event-reader.ts';
import type { ScanColumn } from './event-scan-columns.ts';
import { firstRowAt, keepWanted, rowsIn } from './row-range.ts';
import type { RowRange } from './row-range.ts';

interface ScanBounds {
  startNs: bigint | null;
  endNs: bigint | null;
  only: readonly EventName[] | null;
}

/** Where a scan is. One for each time a query names the function. */
interface ScanState {
  bounds: ScanBounds;
  columns: readonly ScanColumn[];
  nextChunk: number;
  /** Rows in the chunks before `nextChunk`. */
  rowsBefore: number;
  /** The current chunk's rows, by column, and how many of them are gone. */
  filled: readonly ColumnRows[];
  rowCount: number;
  row: number;
}

/**
 * Register the function.
 *
 * @param onError - told what a scan failed with, as DuckDB keeps only its message
 */
export function registerEventScan(
  connection: Connection,
  recording: Pick<Recording, 'chunks' | 'dictionaries'>,
  columns: readonly ScanColumn[],
  reader: EventReader,
  onError: (error: unknown) => void,
): void {
  const types = columns.map(({ type }) => type.toLogicalType().logical_type);
  const scan = bindings.create_table_function();
  bindings.table_function_set_name(scan, 'scan_events');
  for (const type of [BIGINT, BIGINT, VARCHAR]) {
    bindings.table_function_add_parameter(scan, type.toLogicalType().logical_type);
  }
  bindings.table_function_supports_projection_pushdown(scan, true);
  bindings.table_function_set_bind(scan, (info) => {
    for (const [index, { name }] of columns.entries()) {
      bindings.bind_add_result_column(info, name, types[index]!);
    }
    const parameter = (index: number) => {
      const value = bindings.bind_get_parameter(info, index);
      return bindings.is_null_value(value) ? null : value;
    };
    const [start, end, only] = [parameter(0), parameter(1), parameter(2)];
    const bounds: ScanBounds = {
      startNs: start && bindings.get_int64(start),
      endNs: end && bindings.get_int64(end),
      only: only && eventNames(bindings.get_varchar(only)),
    };
    const wanted = recording.chunks.filter((chunk) => mayHold(chunk, bounds));
    const isExact = bounds.startNs === null && bounds.endNs === null;
    const rowCount = wanted.reduce((sum, chunk) => sum + wantedRows(chunk, bounds.only), 0);
    bindings.bind_set_cardinality(info, rowCount, isExact);
    bindings.bind_set_bind_data(info, bounds);
  });
  bindings.table_function_set_init(scan, (info) => {
    const count = bindings.init_get_column_count(info);
    const state: ScanState = {
      bounds: bindings.init_get_bind_data(info) as ScanBounds,
      columns: Array.from(
        { length: count },
        (_, index) => columns[bindings.init_get_column_index(info, index)]!,
      ),
      nextChunk: 0,
      rowsBefore: 0,
      filled: [],
      rowCount: 0,
      row: 0,
    };
    // All calls run on JavaScript's one thread: more of DuckDB's would only wait for it.
    bindings.init_set_max_threads(info, 1);
    bindings.init_set_init_data(info, state);
  });
  bindings.table_function_set_function(scan, (info, output) => {
    const state = bindings.function_get_init_data(info) as ScanState;
    try {
      if (state.row >= state.rowCount) advance(state, recording, reader);
      writeNextRows(state, output);
    } catch (error) {
      onError(error);
      throw error;
    }
  });
  bindings.register_table_function(connection, scan);
}

/** Go to the next chunk with a row that is asked for; without one the scan has ended. */
function advance(
  state: ScanState,
  { chunks, dictionaries }: Pick<Recording, 'chunks' | 'dictionaries'>,
  reader: EventReader,
): void {
  const { bounds, columns } = state;
  state.row = 0;
  state.rowCount = 0;
  while (state.nextChunk < chunks.length && state.rowCount === 0) {
    const chunk = chunks[state.nextChunk++]!;
    const { rowsBefore } = state;
    state.rowsBefore += chunk.rowCount;
    if (!mayHold(chunk, bounds)) continue;
    const names = new Set<EventColumn>(columns.flatMap(({ reads }) => reads));
    const isCut = isCutBy(chunk, bounds);
    if (isCut) names.add('time_ns');
    if (bounds.only !== null) names.add('event');
    const arrays = reader.readEvents(chunk, [...names]);
    let rows: RowRange = { first: 0, end: chunk.rowCount, indices: undefined };
    if (isCut && arrays.time_ns) {
      const { startNs, endNs } = bounds;
      if (startNs !== null) rows.first = firstRowAt(arrays.time_ns, startNs);
      if (endNs !== null) rows.end = Math.max(rows.first, firstRowAt(arrays.time_ns, endNs));
    }
    if (bounds.only !== null && arrays.event) {
      const only: readonly string[] = bounds.only;
      rows = keepWanted(
        rows,
        arrays.event,
        dictionaries.event.map((name) => only.includes(name)),
      );
    }
    state.rowCount = rowsIn(rows);
    if (state.rowCount === 0) continue;
    state.filled = columns.map((column) => column.fill({ chunk, rowsBefore, rows, arrays }));
  }
}

function writeNextRows(state: ScanState, output: DataChunk): void {
  const rowCount = Math.min(VECTOR_ROWS, state.rowCount - state.row);
  // No rows: the end, to DuckDB.
  for (const [index, column] of rowCount > 0 ? state.filled.entries() : []) {
    writeRows(bindings.data_chunk_get_vector(output, index), column, state.row, rowCount);
  }
  state.row += rowCount;
  bindings.data_chunk_set_size(output, rowCount);
}

function mayHold(chunk: ChunkInfo, { startNs, endNs, only }: ScanBounds): boolean {
  if (chunk.rowCount === 0) return false;
  // Numbers and BigInts compare by value, without rounding.
  if (startNs !== null && chunk.maxNs < startNs) return false;
  if (endNs !== null && chunk.minNs >= endNs) return false;
  return wantedRows(chunk, only) > 0;
}

function isCutBy(chunk: ChunkInfo, { startNs, endNs }: ScanBounds): boolean {
  return (startNs !== null && chunk.minNs < startNs) || (endNs !== null && chunk.maxNs >= endNs);
}

function wantedRows(chunk: ChunkInfo, only: readonly EventName[] | null): number {
  if (only === null) return chunk.rowCount;
  return only.reduce((sum, name) => sum + chunk.eventCounts[name], 0);
}

function eventNames(text: string): EventName[] {
  return text.split(',').map((name) => {
    if (name === '' || !(EVENTS as readonly string[]).includes(name)) {
      throw new Error(`scan_events knows no event '${name}'`);
    }
    return name as EventName;
  });
}
