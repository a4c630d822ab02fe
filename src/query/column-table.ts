/**
 * A table function over columns that are in memory: the recording's side tables.
 *
 * Nothing is copied into DuckDB when a recording is opened; a query that names such a table
 * gets its rows from the same arrays.
 */
import type { DuckDBType } from '@duckdb/node-api';
import bindings from '@duckdb/node-bindings';
import type { Connection } from '@duckdb/node-bindings';
import { VECTOR_ROWS, writeRows } from './column-rows.ts';
import type { ColumnRows } from './column-rows.ts';

export interface MemoryColumn {
  name: string;
  type: DuckDBType;
  rows: ColumnRows;
}

export interface MemoryTable {
  name: string;
  rowCount: number;
  /** Each of `rowCount` rows. */
  columns: readonly MemoryColumn[];
}

interface ScanState {
  columns: readonly MemoryColumn[];
  row: number;
}

/** Register a table as the function `NAME()`. */
export function registerColumnTable(
  connection: Connection,
  { name, rowCount, columns }: MemoryTable,
): void {
  const types = columns.map(({ type }) => type.toLogicalType().logical_type);
  const scan = bindings.create_table_function();
  bindings.table_function_set_name(scan, name);
  bindings.table_function_supports_projection_pushdown(scan, true);
  bindings.table_function_set_bind(scan, (info) => {
    for (const [index, column] of columns.entries()) {
      bindings.bind_add_result_column(info, column.name, types[index]!);
    }
    bindings.bind_set_cardinality(info, rowCount, true);
  });
  bindings.table_function_set_init(scan, (info) => {
    const count = bindings.init_get_column_count(info);
    const state: ScanState = {
      columns: Array.from(
        { length: count },
        (_, index) => columns[bindings.init_get_column_index(info, index)]!,
      ),
      row: 0,
    };
    bindings.init_set_max_threads(info, 1);
    bindings.init_set_init_data(info, state);
  });
  bindings.table_function_set_function(scan, (info, output) => {
    const state = bindings.function_get_init_data(info) as ScanState;
    const count = Math.min(VECTOR_ROWS, rowCount - state.row);
    for (const [index, column] of count > 0 ? state.columns.entries() : []) {
      writeRows(bindings.data_chunk_get_vector(output, index), column.rows, state.row, count);
    }
    state.row += count;
    bindings.data_chunk_set_size(output, count);
  });
  bindings.register_table_function(connection, scan);
}
