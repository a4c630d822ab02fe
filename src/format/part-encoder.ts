/** Side tables to bytes: the Arrow IPC stream that is the body of a part. docs/format.md, "Parts". */
import type { ArrowField } from './arrow-schema.ts';
import { encodeBody } from './column-body.ts';
import type { ColumnValues } from './column-body.ts';
import { encodeBatchHead, encodeSchemaMessage } from './message-encoder.ts';
import { optionalRowColumns, partFields, ROW_SHAPES } from './part-shapes.ts';
import type { PartRows, PropertyType, RowPart } from './part-shapes.ts';
import type { Compress } from './zstd.ts';

/** A side table before it is bytes. */
export interface PartTable {
  fields: readonly ArrowField[];
  columns: readonly ColumnValues[];
  rowCount: number;
}

const END_OF_STREAM = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);

/**
 * A whole Arrow IPC stream: schema, one batch, end.
 *
 * @returns pieces to be joined; numbers are views of the table's columns. Positions inside
 *   are multiples of 64 when the stream begins at one
 */
export function encodePart(
  table: PartTable,
  compress?: Compress,
): { pieces: Uint8Array[]; byteLength: number } {
  const schema = encodeSchemaMessage({ fields: table.fields, metadata: new Map() }, 0);
  const { pieces, ...body } = encodeBody(table.fields, table.columns, compress);
  const head = encodeBatchHead(
    {
      ...body,
      rowCount: table.rowCount,
      columnCount: table.fields.length,
      metadata: new Map(),
    },
    schema.byteLength,
  );
  const byteLength =
    schema.byteLength + head.byteLength + body.bodyBytes + END_OF_STREAM.byteLength;
  return { pieces: [schema, head, ...pieces, END_OF_STREAM], byteLength };
}

/**
 * Rows as columns.
 *
 * @throws RangeError when an int64 that is a number is not exact: a bug in the caller
 */
export function tableFromRows<P extends RowPart>(part: P, rows: readonly PartRows[P][]): PartTable {
  const optional = Object.entries(optionalRowColumns(part)).filter(
    ([property]) => rows.length > 0 && rows.every((row) => property in row),
  );
  const shape: Record<string, PropertyType> = {
    ...ROW_SHAPES[part],
    ...Object.fromEntries(optional),
  };
  const columns = Object.entries(shape).map(([property, type]) => {
    const values = rows.map((row) => row[property as keyof PartRows[P]]);
    return columnFrom(type, values, `${part}.${property}`);
  });
  return { fields: partFields(shape), columns, rowCount: rows.length };
}

function columnFrom(type: PropertyType, values: readonly unknown[], place: string): ColumnValues {
  switch (type) {
    case 'utf8':
      return values as string[];
    case 'bool':
      return values as boolean[];
    case 'address':
      return BigInt64Array.from(values as bigint[]);
    case 'int64':
      return BigInt64Array.from(values as number[], (value) => {
        if (!Number.isSafeInteger(value)) throw new RangeError(`${place} is ${value}`);
        return BigInt(value);
      });
    case 'int32':
      return Int32Array.from(values as number[], (value) => {
        if (value !== (value | 0)) throw new RangeError(`${place} is ${value}`);
        return value;
      });
  }
}
