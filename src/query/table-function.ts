/**
 * A DuckDB table function whose rows come in batches of columns.
 *
 * What scans have in common: projection (a column that a query does not name is not made),
 * batches handed out 2,048 rows at a time, one thread (all calls run on JavaScript's), errors
 * passed on whole.
 */
import type { DuckDBType } from '@duckdb/node-api';
import bindings from '@duckdb/node-bindings';
import type { Connection, Value } from '@duckdb/node-bindings';
import { VECTOR_ROWS, writeRows } from './column-rows.ts';
import type { ColumnRows } from './column-rows.ts';

/** Rows of a scan: one entry for each column asked for, in that order. */
export interface Batch {
  rowCount: number;
  columns: readonly ColumnRows[];
}

/** What a call with certain arguments is going to give. */
export interface Scan {
  /** As far as is known; for DuckDB's planner. */
  rowCount: number;
  isExact: boolean;
  /**
   * Begin to read. Called once for each time a query names the function, maybe several times
   * for one call of `scan`.
   *
   * @param columns - indices of the columns asked for; may be none
   * @returns the next batch each time, undefined at the end
   */
  open(columns: readonly number[]): () => Batch | undefined;
}

export interface TableFunction {
  name: string;
  columns: readonly { name: string; type: DuckDBType }[];
  parameters: readonly DuckDBType[];
  /** @param values - one for each parameter, null for NULL */
  scan: (values: readonly (Value | null)[]) => Scan;
}

interface ScanState {
  next: () => Batch | undefined;
  batch: Batch;
  row: number;
}

const NO_ROWS: Batch = { rowCount: 0, columns: [] };

/**
 * Register the function.
 *
 * @param onError - told what a scan failed with, as DuckDB keeps only its message
 */
export function registerTableFunction(
  connection: Connection,
  { name, columns, parameters, scan }: TableFunction,
  onError: (error: unknown) => void,
): void {
  const reporting = <T>(call: () => T): T => {
    try {
      return call();
    } catch (error) {
      onError(error);
      throw error;
    }
  };
  const types = columns.map(({ type }) => type.toLogicalType().logical_type);
  const native = bindings.create_table_function();
  bindings.table_function_set_name(native, name);
  for (const type of parameters) {
    bindings.table_function_add_parameter(native, type.toLogicalType().logical_type);
  }
  bindings.table_function_supports_projection_pushdown(native, true);
  bindings.table_function_set_bind(native, (info) => {
    for (const [index, column] of columns.entries()) {
      bindings.bind_add_result_column(info, column.name, types[index]!);
    }
    const values = parameters.map((_, index) => {
      const value = bindings.bind_get_parameter(info, index);
      return bindings.is_null_value(value) ? null : value;
    });
    const bound = scan(values);
    bindings.bind_set_cardinality(info, bound.rowCount, bound.isExact);
    bindings.bind_set_bind_data(info, bound);
  });
  bindings.table_function_set_init(native, (info) => {
    const bound = bindings.init_get_bind_data(info) as Scan;
    const indices = Array.from({ length: bindings.init_get_column_count(info) }, (_, index) =>
      bindings.init_get_column_index(info, index),
    );
    const next = reporting(() => bound.open(indices));
    const state: ScanState = { next, batch: NO_ROWS, row: 0 };
    // More threads of DuckDB's would only wait for the one of JavaScript.
    bindings.init_set_max_threads(info, 1);
    bindings.init_set_init_data(info, state);
  });
  bindings.table_function_set_function(native, (info, output) => {
    const state = bindings.function_get_init_data(info) as ScanState;
    if (state.row >= state.batch.rowCount) {
      state.row = 0;
      do {
        state.batch = reporting(state.next) ?? { rowCount: -1, columns: [] };
      } while (state.batch.rowCount === 0);
    }
    const { batch, row } = state;
    // No rows: the end, to DuckDB.
    const rowCount = Math.max(0, Math.min(VECTOR_ROWS, batch.rowCount - row));
    for (const [index, column] of batch.columns.entries()) {
      writeRows(bindings.data_chunk_get_vector(output, index), column, row, rowCount);
    }
    state.row += rowCount;
    bindings.data_chunk_set_size(output, rowCount);
  });
  bindings.register_table_function(connection, native);
}
