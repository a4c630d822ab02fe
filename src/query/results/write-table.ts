/**
 * Results as a table for people: columns aligned, numbers to the right, NULL shown.
 *
 * The first rows decide how wide the columns are; what comes later and is wider sticks out,
 * or is cut when there is a terminal's width to keep to.
 */
import type { DuckDBResult } from '@duckdb/node-api';
import { chunkColumns } from './chunk-columns.ts';
import { isNumeric } from './column-kind.ts';
import type { ResultOptions, TextSink } from './result-format.ts';
import { cutToWidth, textWidth, withoutControls } from './text-width.ts';
import { valueText } from './value-text.ts';

/** Rows that are looked at before the first is written. */
const SAMPLE_ROWS = 1024;
/** A count of rows that are not shown stops here: it has to fetch them. */
const MAX_COUNTED_ROWS = 1_000_000;
/** No column is cut to less. */
const MIN_COLUMN_WIDTH = 6;
const SEPARATOR_WIDTH = 3;

export async function writeTable(
  result: DuckDBResult,
  sink: TextSink,
  { maxRows = Infinity, widthColumns }: ResultOptions,
): Promise<void> {
  const names = result.columnNames().map(withoutControls);
  const types = result.columnTypes();
  const isRight = types.map(isNumeric);
  let sample: string[][] | undefined = [];
  let widths: number[] = [];
  let shownCount = 0;
  let hiddenCount = 0;
  const line = (cells: readonly string[]): string =>
    `${cells
      .map((cell, column) => {
        const width = widths[column]!;
        const isCut = widthColumns !== undefined && !isRight[column]!;
        return padded(isCut ? cutToWidth(cell, width) : cell, width, isRight[column]!);
      })
      .join(' │ ')
      .trimEnd()}\n`;
  const writeHead = async (rows: readonly string[][]): Promise<void> => {
    widths = columnWidths([names, ...rows], isRight, widthColumns);
    const rule = widths.map((width) => '─'.repeat(width)).join('─┼─');
    await sink(`${line(names)}${rule}\n${rows.map(line).join('')}`);
  };
  for await (const chunk of result) {
    const columns = chunkColumns(chunk, types);
    const rowCount = Math.min(chunk.rowCount, maxRows - shownCount);
    const rows = Array.from({ length: rowCount }, (_, row) =>
      columns.map((column) => {
        const value = column[row] ?? null;
        return value === null ? 'NULL' : withoutControls(valueText(value));
      }),
    );
    shownCount += rowCount;
    hiddenCount += chunk.rowCount - rowCount;
    if (sample === undefined) {
      await sink(rows.map(line).join(''));
    } else {
      sample.push(...rows);
      if (sample.length >= SAMPLE_ROWS) {
        await writeHead(sample);
        sample = undefined;
      }
    }
    if (hiddenCount > MAX_COUNTED_ROWS) break;
  }
  if (sample) await writeHead(sample);
  if (hiddenCount > 0) {
    const more = hiddenCount > MAX_COUNTED_ROWS ? 'more than ' : '';
    const count = Math.min(hiddenCount, MAX_COUNTED_ROWS).toLocaleString('en-US');
    await sink(
      `… ${more}${count} more row${hiddenCount === 1 ? '' : 's'} (--max-rows 0 for all)\n`,
    );
  }
}

/** As wide as the cells, the widest text cut until the line fits. A number is never cut. */
function columnWidths(
  rows: readonly (readonly string[])[],
  isNumber: readonly boolean[],
  widthColumns: number | undefined,
): number[] {
  const widths = rows[0]!.map((_, column) =>
    rows.reduce((width, row) => Math.max(width, textWidth(row[column]!)), 1),
  );
  if (widthColumns === undefined) return widths;
  const total = () =>
    widths.reduce((sum, width) => sum + width, SEPARATOR_WIDTH * (widths.length - 1));
  while (total() > widthColumns) {
    const texts = widths.map((width, column) => (isNumber[column]! ? 0 : width));
    const widest = Math.max(...texts);
    if (widest <= MIN_COLUMN_WIDTH) break;
    widths[texts.indexOf(widest)]!--;
  }
  return widths;
}

function padded(text: string, width: number, isRight: boolean): string {
  const padding = ' '.repeat(Math.max(0, width - textWidth(text)));
  return isRight ? padding + text : text + padding;
}
