/** Results as a table of GitHub's Markdown, numbers to the right. */
import type { DuckDBResult } from '@duckdb/node-api';
import { chunkColumns } from './chunk-columns.ts';
import { isNumeric } from './column-kind.ts';
import type { TextSink } from './result-format.ts';
import { valueText } from './value-text.ts';

export async function writeMarkdown(result: DuckDBResult, sink: TextSink): Promise<void> {
  const types = result.columnTypes();
  const rules = types.map((type) => (isNumeric(type) ? '---:' : '---'));
  await sink(`${line(result.columnNames().map(escaped))}${line(rules)}`);
  for await (const chunk of result) {
    const columns = chunkColumns(chunk, types);
    let text = '';
    for (let row = 0; row < chunk.rowCount; row++) {
      text += line(
        columns.map((column) => {
          const value = column[row] ?? null;
          return value === null ? 'NULL' : escaped(valueText(value));
        }),
      );
    }
    await sink(text);
  }
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |\n`;
}

function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replaceAll(/\r\n|\r|\n/g, '<br>');
}
