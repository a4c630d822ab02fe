/** A view over a recording: its SQL and what its columns mean. */

/** Name, DuckDB type (`ENUM` for every ENUM), unit ("" when it has none), meaning. */
export type ViewColumn = readonly [name: string, type: string, unit: string, meaning: string];

export interface View {
  name: string;
  /** One line. */
  meaning: string;
  columns: readonly ViewColumn[];
  /** The SELECT behind it; names table functions of the engine and views before it. */
  sql: string;
}
