/** Goroutines and stacks, which are kept by column, as tables of a part. */
import type { ColumnValues } from './column-body.ts';
import type { PartTable } from './part-encoder.ts';
import { COLUMN_SHAPES, OPTIONAL_GOROUTINE_COLUMNS, partFields } from './part-shapes.ts';
import type { GoroutinePart } from './part-shapes.ts';
import type { GoroutineColumns, StackColumns } from './recording.ts';

/** Part `stacks`, of rows that came in pieces. */
export function stackTable(pieces: readonly StackColumns[]): PartTable {
  const rowCount = pieces.reduce((sum, { count }) => sum + count, 0);
  const columns = (['stack', 'parent', 'frame'] as const).map((name) => {
    const all = new Int32Array(rowCount);
    let start = 0;
    for (const piece of pieces) {
      all.set(piece[name].subarray(0, piece.count), start);
      start += piece.count;
    }
    return all;
  });
  return { fields: partFields(COLUMN_SHAPES.stacks), columns, rowCount };
}

/**
 * A part that lists goroutines.
 *
 * @throws RangeError when a column is missing or too short
 */
export function goroutineTable(part: GoroutinePart, columns: GoroutineColumns): PartTable {
  const optional = Object.entries(OPTIONAL_GOROUTINE_COLUMNS).filter(
    ([property]) => part === 'goroutines' && property in columns,
  );
  const shape = { ...COLUMN_SHAPES[part], ...Object.fromEntries(optional) };
  const values = Object.keys(shape).map((property) => {
    const column = columns[property as Exclude<keyof GoroutineColumns, 'count'>];
    if (column === undefined || column.length < columns.count) {
      throw new RangeError(`part ${part} lacks ${property}`);
    }
    return column.subarray(0, columns.count) as ColumnValues;
  });
  return { fields: partFields(shape), columns: values, rowCount: columns.count };
}
