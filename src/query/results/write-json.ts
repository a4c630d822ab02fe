/** Results as JSON: an array of one object for each row, or one object a line. */
import type { DuckDBResult } from '@duckdb/node-api';
import { chunkColumns } from './chunk-columns.ts';
import type { TextSink } from './result-format.ts';
import { valueJson } from './value-text.ts';

/** An array, one row a line; several results are several arrays, one after the other. */
export async function writeJson(result: DuckDBResult, sink: TextSink): Promise<void> {
  let separator = '[\n  ';
  for await (const rows of rowObjects(result)) {
    let text = '';
    for (const row of rows) {
      text += separator + row;
      separator = ',\n  ';
    }
    await sink(text);
  }
  await sink(separator.startsWith('[') ? '[]\n' : '\n]\n');
}

/** One object a line. */
export async function writeNdjson(result: DuckDBResult, sink: TextSink): Promise<void> {
  for await (const rows of rowObjects(result)) {
    let text = '';
    for (const row of rows) text += `${row}\n`;
    await sink(text);
  }
}

/** Rows of a chunk as objects; columns of one name are told apart as DuckDB does, `a`, `a_1`. */
async function* rowObjects(result: DuckDBResult): AsyncGenerator<Iterable<string>> {
  const keys = result.deduplicatedColumnNames().map((name) => `${JSON.stringify(name)}:`);
  const types = result.columnTypes();
  for await (const chunk of result) {
    const columns = chunkColumns(chunk, types);
    yield (function* () {
      for (let row = 0; row < chunk.rowCount; row++) {
        let text = '{';
        for (let column = 0; column < columns.length; column++) {
          if (column > 0) text += ',';
          text += keys[column]! + valueJson(columns[column]![row]!);
        }
        yield `${text}}`;
      }
    })();
  }
}
