/**
 * The columns a scan of events offers: those of the file with "none" as NULL, and three more.
 *
 * `seq` is the row's position in the recording, which orders events of one time; `file` and
 * `line` are looked up through `site`. A column that is not asked for is not read.
 */
import { BIGINT, INTEGER, SMALLINT } from '@duckdb/node-api';
import type { DuckDBType } from '@duckdb/node-api';
import { SIZED_EVENTS, VALUED_EVENTS } from '../format/event-columns.ts';
import type {
  DictionaryColumn,
  EventArrays,
  EventColumn,
  EventName,
} from '../format/event-columns.ts';
import type { ChunkInfo, Recording } from '../format/recording.ts';
import { emptyValidity, validWhereNot, validWhereNotZero } from './column-rows.ts';
import type { ColumnRows } from './column-rows.ts';
import { createEnumColumn } from './enum-column.ts';
import type { EnumColumn } from './enum-column.ts';
import { takeRows } from './row-range.ts';
import type { RowRange } from './row-range.ts';
import type { SiteLookup } from './site-lookup.ts';

/** Rows of one chunk that a scan wants. */
export interface ScanBatch {
  chunk: ChunkInfo;
  /** Rows in the chunks before. */
  rowsBefore: number;
  rows: RowRange;
  /** The columns that the scan's columns said they read. */
  arrays: Partial<EventArrays>;
}

export interface ScanColumn {
  name: string;
  type: DuckDBType;
  reads: readonly EventColumn[];
  fill(batch: ScanBatch): ColumnRows;
}

/** ENUMs of the recording's dictionaries; one for both states, so that they can be compared. */
export type EventEnums = Record<DictionaryColumn, EnumColumn>;

/** @throws FormatError `bad-value` when a dictionary holds a string twice */
export function createEventEnums(dictionaries: Recording['dictionaries']): EventEnums {
  const { from_state, to_state } = dictionaries;
  const states = from_state.length > to_state.length ? from_state : to_state;
  const isShared = [from_state, to_state].every((names) => names.every((n, i) => n === states[i]));
  const stateEnum = createEnumColumn(states);
  return {
    event: createEnumColumn(dictionaries.event),
    from_state: isShared ? stateEnum : createEnumColumn(from_state),
    to_state: isShared ? stateEnum : createEnumColumn(to_state),
    wait_reason: createEnumColumn(dictionaries.wait_reason),
    kind: createEnumColumn(dictionaries.kind),
    func: createEnumColumn(dictionaries.func),
    type: createEnumColumn(dictionaries.type),
  };
}

/** In the order in which the table function has them. */
export function eventScanColumns(
  enums: EventEnums,
  sites: SiteLookup,
  dictionaries: Recording['dictionaries'],
): ScanColumn[] {
  const has = (names: readonly EventName[]) =>
    dictionaries.event.map((name) => names.some((one) => one === name));
  const isSized = has(SIZED_EVENTS);
  const isValued = has(VALUED_EVENTS);
  return [
    {
      name: 'seq',
      type: BIGINT,
      // Of the chunk's rows alone; any column tells how many there are.
      reads: [],
      fill: ({ rows, rowsBefore }) => ({
        values: positions(rows, rowsBefore),
        validity: undefined,
      }),
    },
    plain('time_ns', BIGINT, () => undefined),
    enumColumn('event', enums),
    plain('pid', INTEGER, () => undefined),
    plain('tid', INTEGER, () => undefined),
    plain('p', SMALLINT, (p) => validWhereNot(p, -1)),
    plain('goid', BIGINT, validWhereNotZero),
    plain('by_goid', BIGINT, validWhereNotZero),
    enumColumn('from_state', enums),
    enumColumn('to_state', enums),
    enumColumn('wait_reason', enums),
    {
      name: 'size_bytes',
      type: BIGINT,
      // 0 is a size that can be asked for: what says "none" is the event.
      reads: ['size_bytes', 'event'],
      fill: ({ rows, arrays }) => ({
        values: takeRows(arrays.size_bytes!, rows),
        validity: validWhere(takeRows(arrays.event!, rows), isSized),
      }),
    },
    enumColumn('type', enums),
    enumColumn('kind', enums),
    enumColumn('func', enums),
    {
      name: 'file',
      type: sites.files.type,
      reads: ['site'],
      fill: ({ chunk, rows, arrays }) =>
        sites.files.encode(sites.fileIndices(takeRows(arrays.site!, rows)), chunk.byteOffset),
    },
    {
      name: 'line',
      type: INTEGER,
      reads: ['site'],
      fill: ({ rows, arrays }) => {
        const values = sites.lines(takeRows(arrays.site!, rows));
        return { values, validity: validWhereNot(values, 0) };
      },
    },
    plain('site', INTEGER, (site) => validWhereNot(site, 0)),
    plain('object', BIGINT, validWhereNotZero),
    plain('stack', INTEGER, (stack) => validWhereNot(stack, 0)),
    {
      name: 'value',
      type: BIGINT,
      reads: ['value', 'event'],
      fill: ({ rows, arrays }) => ({
        values: takeRows(arrays.value!, rows),
        validity: validWhere(takeRows(arrays.event!, rows), isValued),
      }),
    },
  ];
}

type PlainColumn =
  'time_ns' | 'goid' | 'by_goid' | 'pid' | 'tid' | 'p' | 'site' | 'object' | 'stack';

function plain<C extends PlainColumn>(
  name: C,
  type: DuckDBType,
  validityOf: (values: EventArrays[C]) => ColumnRows['validity'],
): ScanColumn {
  return {
    name,
    type,
    reads: [name],
    fill: ({ rows, arrays }) => {
      const values = takeRows(arrays[name] as EventArrays[C], rows);
      return { values, validity: validityOf(values) };
    },
  };
}

function enumColumn(name: DictionaryColumn, enums: EventEnums): ScanColumn {
  return {
    name,
    type: enums[name].type,
    reads: [name],
    fill: ({ chunk, rows, arrays }) =>
      enums[name].encode(takeRows(arrays[name]!, rows), chunk.byteOffset),
  };
}

function positions(
  { first, end, indices }: RowRange,
  rowsBefore: number,
): BigInt64Array<ArrayBuffer> {
  const rowCount = indices?.length ?? end - first;
  const values = new BigInt64Array(rowCount);
  // Low and high half apart: no BigInt is made for a row.
  const halves = new Int32Array(values.buffer);
  for (let row = 0; row < rowCount; row++) {
    const position = rowsBefore + (indices === undefined ? first + row : indices[row]!);
    halves[row * 2] = position;
    halves[row * 2 + 1] = Math.floor(position / 2 ** 32);
  }
  return values;
}

function validWhere(values: Int8Array, isWanted: readonly boolean[]): Uint32Array<ArrayBuffer> {
  const validity = emptyValidity(values.length);
  for (let row = 0; row < values.length; row++) {
    if (isWanted[values[row]!] === true) validity[row >>> 5]! |= 1 << (row & 31);
  }
  return validity;
}
