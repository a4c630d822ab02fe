/**
 * A table function over columns that are in memory: the recording's side tables.
 *
 * Nothing is copied into DuckDB when a recording is opened; a query that names such a table
 * gets its rows from the same arrays.
 */
import type { DuckDBType } from '@duckdb/node-api';
import type { ColumnRows } from './column-rows.ts';
import type { TableFunction } from './table-function.ts';

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

/** The function `NAME()` that gives the table's rows. */
export function columnTable({ name, rowCount, columns }: MemoryTable): TableFunction {
  return {
    name,
    columns,
    parameters: [],
    scan: () => ({
      rowCount,
      isExact: true,
      open: (indices) => {
        let isDone = rowCount === 0;
        return () => {
          if (isDone) return undefined;
          isDone = true;
          return { rowCount, columns: indices.map((index) => columns[index]!.rows) };
        };
      },
    }),
  };
}
