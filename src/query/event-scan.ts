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
import { EVENTS } from '../format/event-columns.ts';
import type { EventColumn, EventName } from '../format/event-columns.ts';
import type { ChunkInfo, Recording } from '../format/recording.ts';
import type { EventReader } from './event-reader.ts';
import type { ScanColumn } from './event-scan-columns.ts';
import { firstRowAt, keepWanted, rowsIn } from './row-range.ts';
import type { RowRange } from './row-range.ts';
import type { Batch, TableFunction } from './table-function.ts';

interface ScanBounds {
  startNs: bigint | null;
  endNs: bigint | null;
  only: readonly EventName[] | null;
}

/** The function, over the chunks the recording has now. */
export function eventScan(
  recording: Pick<Recording, 'chunks' | 'dictionaries'>,
  columns: readonly ScanColumn[],
  reader: EventReader,
): TableFunction {
  return {
    name: 'scan_events',
    columns,
    parameters: [BIGINT, BIGINT, VARCHAR],
    scan: ([start, end, only]) => {
      const bounds: ScanBounds = {
        startNs: start ? bindings.get_int64(start) : null,
        endNs: end ? bindings.get_int64(end) : null,
        only: only ? eventNames(bindings.get_varchar(only)) : null,
      };
      const wanted = recording.chunks.filter((chunk) => mayHold(chunk, bounds));
      return {
        rowCount: wanted.reduce((sum, chunk) => sum + wantedRows(chunk, bounds.only), 0),
        isExact: bounds.startNs === null && bounds.endNs === null,
        open: (indices) =>
          openScan(
            recording,
            indices.map((index) => columns[index]!),
            reader,
            bounds,
          ),
      };
    },
  };
}

function openScan(
  { chunks, dictionaries }: Pick<Recording, 'chunks' | 'dictionaries'>,
  columns: readonly ScanColumn[],
  reader: EventReader,
  bounds: ScanBounds,
): () => Batch | undefined {
  const { startNs, endNs, only } = bounds;
  const isWanted = only && dictionaries.event.map((name) => only.some((event) => event === name));
  let nextChunk = 0;
  let rowsBefore = 0;
  return () => {
    while (nextChunk < chunks.length) {
      const chunk = chunks[nextChunk++]!;
      const rowsSoFar = rowsBefore;
      rowsBefore += chunk.rowCount;
      if (!mayHold(chunk, bounds)) continue;
      const names = new Set<EventColumn>(columns.flatMap(({ reads }) => reads));
      const isCut = isCutBy(chunk, bounds);
      if (isCut) names.add('time_ns');
      if (isWanted) names.add('event');
      const arrays = reader.readEvents(chunk, [...names]);
      let rows: RowRange = { first: 0, end: chunk.rowCount, indices: undefined };
      if (isCut && arrays.time_ns) {
        if (startNs !== null) rows.first = firstRowAt(arrays.time_ns, startNs);
        if (endNs !== null) rows.end = Math.max(rows.first, firstRowAt(arrays.time_ns, endNs));
      }
      if (isWanted && arrays.event) rows = keepWanted(rows, arrays.event, isWanted);
      const rowCount = rowsIn(rows);
      if (rowCount === 0) continue;
      const batch = { chunk, rowsBefore: rowsSoFar, rows, arrays };
      return { rowCount, columns: columns.map((column) => column.fill(batch)) };
    }
    return undefined;
  };
}

function mayHold(chunk: ChunkInfo, { startNs, endNs, only }: ScanBounds): boolean {
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
