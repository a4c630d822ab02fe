/** The formats in which results are written, and who writes them. */
import { ResultReturnType } from '@duckdb/node-api';
import type { DuckDBResult } from '@duckdb/node-api';
import { writeCsv } from './write-csv.ts';
import { writeJson, writeNdjson } from './write-json.ts';
import { writeMarkdown } from './write-markdown.ts';
import { writeTable } from './write-table.ts';

export const RESULT_FORMATS = ['table', 'csv', 'json', 'ndjson', 'markdown'] as const;
export type ResultFormat = (typeof RESULT_FORMATS)[number];

/** Takes text; its promise is fulfilled when more may come. */
export type TextSink = (text: string) => Promise<void>;

export interface ResultOptions {
  /** Of `table`: rows shown, a note tells of the rest; undefined all. */
  maxRows: number | undefined;
  /** Of `table`: columns of the terminal, cells are cut to fit; undefined no limit. */
  widthColumns: number | undefined;
}

const WRITERS: Record<
  ResultFormat,
  (result: DuckDBResult, sink: TextSink, options: ResultOptions) => Promise<void>
> = {
  table: writeTable,
  csv: writeCsv,
  json: writeJson,
  ndjson: writeNdjson,
  markdown: writeMarkdown,
};

/** It is an answer; other statements (CREATE VIEW, INSERT) are done when they were run. */
export function isAnswer(result: DuckDBResult): boolean {
  return result.returnType === ResultReturnType.QUERY_RESULT && result.columnCount > 0;
}

/**
 * Write a result while it is fetched: no more than a chunk of it is held, of `table` the rows
 * that decide how wide its columns are.
 */
export async function writeResult(
  result: DuckDBResult,
  format: ResultFormat,
  sink: TextSink,
  options: ResultOptions,
): Promise<void> {
  await WRITERS[format](result, sink, options);
}
