/**
 * A dictionary of the recording as a DuckDB ENUM.
 *
 * The index is the same in both; index 0, the empty string, becomes NULL. DuckDB stores the
 * index in one, two or four bytes by the number of values, and trusts it: an index outside
 * of the dictionary would be read from beyond its end, so each is checked here.
 */
import { DuckDBTypeId, ENUM } from '@duckdb/node-api';
import type { DuckDBEnumType } from '@duckdb/node-api';
import { FormatError } from '../format/errors.ts';
import { emptyValidity } from './column-rows.ts';
import type { ColumnRows } from './column-rows.ts';

export interface EnumColumn {
  readonly type: DuckDBEnumType;
  /**
   * @param indices - into the dictionary
   * @param byteOffset - where they come from, for errors
   * @throws FormatError `bad-value` when an index is outside of the dictionary
   */
  readonly encode: (indices: Int32Array | Int8Array, byteOffset: number) => ColumnRows;
}

/**
 * Make a dictionary's ENUM.
 *
 * @param dictionary - index 0 is the empty string
 * @throws FormatError `bad-value` when a string occurs twice
 */
export function createEnumColumn(dictionary: readonly string[]): EnumColumn {
  const values = dictionary.length === 0 ? [''] : dictionary.map(withoutNul);
  if (new Set(values).size !== values.length) {
    throw new FormatError('bad-value', 0, 'a dictionary holds a string twice');
  }
  const type = ENUM(values);
  return {
    type,
    encode(indices, byteOffset) {
      const rowCount = indices.length;
      const encoded = arrayFor(type, rowCount);
      const validity = emptyValidity(rowCount);
      const valueCount = values.length;
      let validCount = 0;
      for (let row = 0; row < rowCount; row++) {
        const index = indices[row]!;
        if (index === 0) continue;
        if (index < 0 || index >= valueCount) {
          throw new FormatError(
            'bad-value',
            byteOffset,
            `index ${index} into a dictionary of ${valueCount}`,
          );
        }
        encoded[row] = index;
        validity[row >>> 5]! |= 1 << (row & 31);
        validCount++;
      }
      return { values: encoded, validity: validCount === rowCount ? undefined : validity };
    },
  };
}

function arrayFor(
  type: DuckDBEnumType,
  rowCount: number,
): Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer> {
  switch (type.internalTypeId) {
    case DuckDBTypeId.UTINYINT:
      return new Uint8Array(rowCount);
    case DuckDBTypeId.USMALLINT:
      return new Uint16Array(rowCount);
    default:
      return new Uint32Array(rowCount);
  }
}

/** DuckDB takes the values as C strings. */
function withoutNul(value: string): string {
  return value.replaceAll('\0', '\ufffd');
}
