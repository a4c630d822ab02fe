/** Goroutines and stacks, which are kept by column, as tables of a part. */
import type { ColumnValues } from './column-body.ts';
import type { PartTable } from './part-encoder.ts';
import { COLUMN_SHAPES, OPTIONAL_GOROUTINE_COLUMNS, partFields } from './part-shapes.ts';
import type { GoroutinePart, PropertyType } from './part-shapes.ts';
import type { GoroutineColumns, StackColumns } from './recording.ts';

/** Part `stacks`, of rows that came in pieces. */
export function stackTable(pieces: readonly StackColumns[]): PartTable {
  const columns = joinedStacks(pieces);
  const { stack, parent, frame, count } = columns;
  return {
    fields: partFields(COLUMN_SHAPES.stacks),
    columns: [stack, parent, frame],
    rowCount: count,
  };
}

/**
 * The same as it compresses well: distances instead of parents, and no numbers where the rows are
 * all there are and in order.
 */
export function smallStackTable(pieces: readonly StackColumns[], areAll: boolean): PartTable {
  const { stack, parent, frame, count } = joinedStacks(pieces);
  const distance = stack.map((number, row) => (parent[row] === 0 ? 0 : number - parent[row]!));
  const isInOrder = areAll && stack.every((number, row) => number === row + 1);
  const fields: Record<string, PropertyType> = { distance: 'int32', frame: 'int32' };
  const columns = [distance, frame];
  return isInOrder
    ? { fields: partFields(fields), columns, rowCount: count }
    : {
        fields: partFields({ stack: 'int32', ...fields }),
        columns: [stack, ...columns],
        rowCount: count,
      };
}

function joinedStacks(pieces: readonly StackColumns[]) {
  const count = pieces.reduce((sum, piece) => sum + piece.count, 0);
  const joined = { count, stack: new Int32Array(count), parent: new Int32Array(count), frame: new Int32Array(count) }; // prettier-ignore
  let start = 0;
  for (const piece of pieces) {
    for (const name of ['stack', 'parent', 'frame'] as const) {
      joined[name].set(piece[name].subarray(0, piece.count), start);
    }
    start += piece.count;
  }
  return joined;
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
