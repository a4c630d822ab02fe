/**
 * Side tables from bytes: the Arrow IPC stream in the body of a part. docs/format.md, "Parts".
 *
 * Columns are found by name. One that is missing is an error, one that is not known is ignored.
 */
import type { ArrowSchema, ArrowType } from './arrow-schema.ts';
import { decodeBody } from './column-body.ts';
import type { ColumnValues } from './column-body.ts';
import { FormatError } from './errors.ts';
import { exactNumbers } from './exact-numbers.ts';
import { decodeHead, metadataBytesAt, PREFIX_BYTES } from './message-decoder.ts';
import {
  columnName,
  COLUMN_SHAPES,
  OPTIONAL_GOROUTINE_COLUMNS,
  optionalRowColumns,
  ROW_SHAPES,
} from './part-shapes.ts';
import type { GoroutinePart, PartRows, PropertyType, RowPart } from './part-shapes.ts';
import type { GoroutineColumns, StackColumns } from './recording.ts';

/** The columns of one batch of a part, by name. */
export class PartBatch {
  readonly rowCount: number;
  readonly byteOffset: number;
  readonly #columns: ReadonlyMap<string, { type: ArrowType; values: ColumnValues }>;

  constructor(schema: ArrowSchema, columns: readonly ColumnValues[], rows: number, at: number) {
    this.rowCount = rows;
    this.byteOffset = at;
    this.#columns = new Map(
      schema.fields.map(({ name, type }, position) => [name, { type, values: columns[position]! }]),
    );
  }

  /** Whether there is such a column. */
  has(name: string): boolean {
    return this.#columns.has(name);
  }

  /**
   * The column's values.
   *
   * @throws FormatError `bad-value` when it is missing or has another type
   */
  column(name: string, type: ArrowType): ColumnValues {
    const column = this.#columns.get(name);
    if (column?.type !== type) {
      const what = column === undefined ? 'missing' : column.type;
      throw new FormatError('bad-value', this.byteOffset, `column ${name} of a part is ${what}`);
    }
    return column.values;
  }

  /** An int64 column as exact numbers. @throws FormatError `bad-value` beyond 2^53 */
  integers(name: string): Float64Array {
    return exactNumbers(this.column(name, 'int64') as BigInt64Array, this.byteOffset);
  }
}

/**
 * The batches of a part's stream.
 *
 * @param bytes - the side table; columns of numbers are views of it
 * @param byteOffset - where it is in the recording, for errors
 * @throws FormatError `bad-value`, `truncated`
 */
export function decodePart(bytes: Uint8Array, byteOffset: number): PartBatch[] {
  const batches: PartBatch[] = [];
  let schema: ArrowSchema | undefined;
  let position = 0;
  while (position + PREFIX_BYTES <= bytes.byteLength) {
    const at = byteOffset + position;
    const metadataBytes = metadataBytesAt(bytes.subarray(position), at);
    if (metadataBytes === 'end') break;
    if (metadataBytes === 'nothing') throw new FormatError('bad-value', at, 'no message');
    const bodyStart = position + metadataBytes;
    if (bodyStart > bytes.byteLength) throw new FormatError('truncated', at, 'a head in a part');
    const message = decodeHead(bytes.subarray(position, bodyStart), at);
    position = bodyStart + message.bodyBytes;
    if (position > bytes.byteLength) throw new FormatError('truncated', at, 'a body in a part');
    if (message.kind === 'schema') schema = message.schema;
    else if (message.kind === 'batch' && schema !== undefined) {
      const columns = decodeBody(message, schema.fields, bytes.subarray(bodyStart, position));
      batches.push(new PartBatch(schema, columns, message.batch.rowCount, at));
    } else throw new FormatError('bad-value', at, `a ${message.kind} in a part`);
  }
  if (schema === undefined) throw new FormatError('bad-value', byteOffset, 'a part without schema');
  return batches;
}

/** The batch's rows as plain objects. @throws FormatError `bad-value` */
export function rowsFromBatch<P extends RowPart>(part: P, batch: PartBatch): PartRows[P][] {
  const optional = Object.entries(optionalRowColumns(part)).filter(([property]) =>
    batch.has(columnName(property)),
  );
  const shape: Record<string, PropertyType> = {
    ...ROW_SHAPES[part],
    ...Object.fromEntries(optional),
  };
  const columns = Object.entries(shape).map(([property, type]) => {
    const name = columnName(property);
    if (type === 'int64') return { property, values: batch.integers(name) };
    if (type === 'address') {
      // int64 in the file, as every number; an address has no sign.
      const signed = batch.column(name, 'int64') as BigInt64Array;
      return { property, values: Array.from(signed, (value) => BigInt.asUintN(64, value)) };
    }
    return { property, values: batch.column(name, type) };
  });
  return Array.from({ length: batch.rowCount }, (_, row) => {
    const entries = columns.map(({ property, values }) => [property, values[row]] as const);
    return Object.fromEntries(entries) as unknown as PartRows[P];
  });
}

/**
 * The columns of part `goroutines` or `checkpoint`, batches joined.
 *
 * @throws FormatError `bad-value`
 */
export function goroutinesFromBatches(
  part: GoroutinePart,
  batches: readonly PartBatch[],
): GoroutineColumns {
  const count = batches.reduce((sum, batch) => sum + batch.rowCount, 0);
  const optional = Object.entries(OPTIONAL_GOROUTINE_COLUMNS).filter(
    ([property]) =>
      part === 'goroutines' &&
      batches.length > 0 &&
      batches.every((batch) => batch.has(columnName(property))),
  );
  const shape = [...Object.entries(COLUMN_SHAPES[part]), ...optional];
  const entries = shape.map(([property, type]) => {
    const name = columnName(property);
    const first = batches.length === 1 ? batches[0]!.column(name, type) : undefined;
    return [property, first ?? joined(batches, name, type, count)] as const;
  });
  return { count, ...Object.fromEntries(entries) } as unknown as GoroutineColumns;
}

/** The columns of part `stacks`, batches joined. @throws FormatError `bad-value` */
export function stacksFromBatches(batches: readonly PartBatch[]): StackColumns {
  const count = batches.reduce((sum, batch) => sum + batch.rowCount, 0);
  const column = (name: string) => joined(batches, name, 'int32', count) as Int32Array;
  const hasAll = (name: string) => batches.every((batch) => batch.has(name));
  // First the column that is always there: only with it the count of rows is more than a claim.
  const frame = column('frame');
  const stack = hasAll('stack') ? column('stack') : frame.map((_, row) => row + 1);
  if (hasAll('parent')) return { count, stack, parent: column('parent'), frame };
  const distance = column('distance');
  const parent = distance.map((rows, row) => (rows === 0 ? 0 : stack[row]! - rows));
  return { count, stack, parent, frame };
}

function joined(
  batches: readonly PartBatch[],
  name: string,
  type: 'int8' | 'int32' | 'int64',
  count: number,
): ColumnValues {
  // Before room is made: a batch without the column may say that it has any number of rows.
  const columns = batches.map((batch) => batch.column(name, type));
  let start = 0;
  if (type === 'int64') {
    const all = new BigInt64Array(count);
    for (const column of columns as BigInt64Array[]) {
      all.set(column, start);
      start += column.length;
    }
    return all;
  }
  const all = type === 'int8' ? new Int8Array(count) : new Int32Array(count);
  for (const column of columns as (Int8Array | Int32Array)[]) {
    all.set(column, start);
    start += column.length;
  }
  return all;
}
