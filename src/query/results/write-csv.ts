/** Results as CSV (RFC 4180, lines end in LF): a header, NULL empty, the empty string `""`. */
import type { DuckDBResult, DuckDBValue } from '@duckdb/node-api';
import { chunkColumns } from './chunk-columns.ts';
import type { TextSink } from './result-format.ts';
import { valueText } from './value-text.ts';

export async function writeCsv(result: DuckDBResult, sink: TextSink): Promise<void> {
  await sink(`${result.columnNames().map(quoted).join(',')}\n`);
  const types = result.columnTypes();
  for await (const chunk of result) {
    const columns = chunkColumns(chunk, types);
    let text = '';
    for (let row = 0; row < chunk.rowCount; row++) {
      for (let column = 0; column < columns.length; column++) {
        if (column > 0) text += ',';
        text += cell(columns[column]![row]!);
      }
      text += '\n';
    }
    await sink(text);
  }
}

function cell(value: DuckDBValue): string {
  if (value === null) return '';
  return typeof value === 'string' ? quoted(value) : quoted(valueText(value));
}

function quoted(text: string): string {
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
