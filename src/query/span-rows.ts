/**
 * Rows of spans while they are made: arrays that grow, then columns for DuckDB.
 *
 * 64-bit values are kept as two halves: a BigInt for each would cost more than all the rest.
 */
import { BIGINT, BOOLEAN, INTEGER, SMALLINT } from '@duckdb/node-api';
import type { DuckDBType } from '@duckdb/node-api';
import { validWhereNot, validWhereNotZero } from './column-rows.ts';
import type { ColumnRows } from './column-rows.ts';
import type { EventEnums } from './event-scan-columns.ts';
import { FIELD } from './open-spans.ts';

const INT64_COLUMNS = ['goid', 'start', 'end', 'by', 'previousStart'] as const;
const INT32_COLUMNS = ['pid', 'tid'] as const;
const INT8_COLUMNS = [
  'state',
  'waitReason',
  'nextState',
  'previousState',
  'previousReason',
  'isWhole',
  'isPreviousSeen',
] as const;

type Int64Column = (typeof INT64_COLUMNS)[number];
type SmallColumn = (typeof INT32_COLUMNS)[number] | (typeof INT8_COLUMNS)[number];

export class SpanRows {
  rowCount = 0;
  readonly int64: Record<Int64Column, BigInt64Array<ArrayBuffer>>;
  readonly int32: Record<(typeof INT32_COLUMNS)[number], Int32Array<ArrayBuffer>>;
  readonly int8: Record<(typeof INT8_COLUMNS)[number], Int8Array<ArrayBuffer>>;
  readonly p: Int16Array<ArrayBuffer>;
  readonly #halves: Record<Int64Column, Int32Array<ArrayBuffer>>;

  /** @param capacity - rows there is room for */
  constructor(capacity: number) {
    const each = <K extends string, A>(names: readonly K[], make: () => A) =>
      Object.fromEntries(names.map((name) => [name, make()])) as Record<K, A>;
    this.int64 = each(INT64_COLUMNS, () => new BigInt64Array(capacity));
    this.int32 = each(INT32_COLUMNS, () => new Int32Array(capacity));
    this.int8 = each(INT8_COLUMNS, () => new Int8Array(capacity));
    this.p = new Int16Array(capacity);
    this.#halves = Object.fromEntries(
      INT64_COLUMNS.map((name) => [name, new Int32Array(this.int64[name].buffer)]),
    ) as Record<Int64Column, Int32Array<ArrayBuffer>>;
  }

  /** The same rows with room for more. */
  grown(capacity: number): SpanRows {
    // Doubled, so that many small merges do not copy everything each time.
    const rows = new SpanRows(Math.max(capacity, this.p.length * 2));
    rows.rowCount = this.rowCount;
    for (const name of INT64_COLUMNS) rows.int64[name].set(this.int64[name]);
    for (const name of INT32_COLUMNS) rows.int32[name].set(this.int32[name]);
    for (const name of INT8_COLUMNS) rows.int8[name].set(this.int8[name]);
    rows.p.set(this.p);
    return rows;
  }

  /**
   * Add a span.
   *
   * @param fields - the record that begins at `at`, see open-spans.ts
   * @param nextState - what ended it; 0 the end of the recording
   */
  add(fields: Int32Array, at: number, endLow: number, endHigh: number, nextState: number): void {
    const row = this.rowCount++;
    const low = row * 2;
    const { goid, start, end, by, previousStart } = this.#halves;
    goid[low] = fields[at + FIELD.goid]!;
    goid[low + 1] = fields[at + FIELD.goid + 1]!;
    start[low] = fields[at + FIELD.start]!;
    start[low + 1] = fields[at + FIELD.start + 1]!;
    end[low] = endLow;
    end[low + 1] = endHigh;
    by[low] = fields[at + FIELD.by]!;
    by[low + 1] = fields[at + FIELD.by + 1]!;
    previousStart[low] = fields[at + FIELD.previousStart]!;
    previousStart[low + 1] = fields[at + FIELD.previousStart + 1]!;
    this.int32.pid[row] = fields[at + FIELD.pid]!;
    this.int32.tid[row] = fields[at + FIELD.tid]!;
    this.p[row] = fields[at + FIELD.p]!;
    const { int8 } = this;
    int8.state[row] = fields[at + FIELD.state]!;
    int8.waitReason[row] = fields[at + FIELD.waitReason]!;
    int8.nextState[row] = nextState;
    int8.previousState[row] = fields[at + FIELD.previousState]!;
    int8.previousReason[row] = fields[at + FIELD.previousReason]!;
    int8.isWhole[row] = nextState === 0 ? 0 : fields[at + FIELD.isSeen]!;
    int8.isPreviousSeen[row] = fields[at + FIELD.isPreviousSeen]!;
  }
}

export interface SpanColumn {
  name: string;
  type: DuckDBType;
  /** @param byteOffset - of the chunk the spans ended in, for errors */
  fill(rows: SpanRows, byteOffset: number): ColumnRows;
}

/** In the order in which `scan_spans()` has them. */
export function spanColumns({ to_state, wait_reason }: EventEnums): SpanColumn[] {
  const whole = (values: ColumnRows['values']): ColumnRows => ({ values, validity: undefined });
  const int64 = (name: string, column: 'goid' | 'start' | 'end'): SpanColumn => ({
    name,
    type: BIGINT,
    fill: ({ int64: columns, rowCount }) => whole(columns[column].subarray(0, rowCount)),
  });
  const small = (rows: SpanRows, column: SmallColumn) =>
    (column === 'pid' || column === 'tid' ? rows.int32[column] : rows.int8[column]).subarray(
      0,
      rows.rowCount,
    );
  const named = (
    name: string,
    column: (typeof INT8_COLUMNS)[number],
    { type, encode }: EventEnums['to_state'],
  ): SpanColumn => ({
    name,
    type,
    fill: (rows, byteOffset) => encode(rows.int8[column].subarray(0, rows.rowCount), byteOffset),
  });
  return [
    { name: 'pid', type: INTEGER, fill: (rows) => whole(small(rows, 'pid')) },
    int64('goid', 'goid'),
    int64('start_ns', 'start'),
    int64('end_ns', 'end'),
    named('state', 'state', to_state),
    named('wait_reason', 'waitReason', wait_reason),
    {
      name: 'p',
      type: SMALLINT,
      fill: ({ p, rowCount }) => {
        const values = p.subarray(0, rowCount);
        return { values, validity: validWhereNot(values, -1) };
      },
    },
    {
      name: 'tid',
      type: INTEGER,
      fill: (rows) => {
        const values = rows.int32.tid.subarray(0, rows.rowCount);
        return { values, validity: validWhereNot(values, -1) };
      },
    },
    named('next_state', 'nextState', to_state),
    { name: 'is_whole', type: BOOLEAN, fill: (rows) => whole(small(rows, 'isWhole')) },
    {
      name: 'by_goid',
      type: BIGINT,
      fill: ({ int64: { by }, rowCount }) => {
        const values = by.subarray(0, rowCount);
        return { values, validity: validWhereNotZero(values) };
      },
    },
    named('previous_state', 'previousState', to_state),
    named('previous_reason', 'previousReason', wait_reason),
    {
      name: 'previous_ns',
      type: BIGINT,
      fill: ({ int64: { previousStart }, int8, rowCount }) => ({
        values: previousStart.subarray(0, rowCount),
        validity: validWhereNot(int8.isPreviousSeen.subarray(0, rowCount), 0),
      }),
    },
  ];
}
