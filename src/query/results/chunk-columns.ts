/**
 * Values of a chunk of a result, by column.
 *
 * ENUMs are read here: the API would fetch every value of the type from DuckDB again for
 * each chunk of 2,048 rows, and functions and types have thousands.
 */
import { DuckDBEnumType, DuckDBTypeId } from '@duckdb/node-api';
import type { DuckDBDataChunk, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import bindings from '@duckdb/node-bindings';

/**
 * @param types - of the result's columns, asked for once
 * @returns one array for each column, of the chunk's row count
 */
export function chunkColumns(
  chunk: DuckDBDataChunk,
  types: readonly DuckDBType[],
): (readonly DuckDBValue[])[] {
  return types.map((type, column) =>
    type instanceof DuckDBEnumType
      ? enumValues(chunk, column, type)
      : chunk.getColumnValues(column),
  );
}

function enumValues(
  { chunk, rowCount }: DuckDBDataChunk,
  column: number,
  { values, internalTypeId }: DuckDBEnumType,
): DuckDBValue[] {
  const vector = bindings.data_chunk_get_vector(chunk, column);
  const width =
    internalTypeId === DuckDBTypeId.UTINYINT
      ? 1
      : internalTypeId === DuckDBTypeId.USMALLINT
        ? 2
        : 4;
  const data = bindings.vector_get_data(vector, rowCount * width);
  const indices = new DataView(data.buffer, data.byteOffset, data.byteLength);
  // The mask is words of 64 bits, absent when every row is valid.
  const validity = bindings.vector_get_validity(vector, Math.ceil(rowCount / 64) * 8) as
    Uint8Array | undefined | null;
  return Array.from({ length: rowCount }, (_, row) => {
    if (validity && ((validity[row >>> 3]! >> (row & 7)) & 1) === 0) return null;
    const at = row * width;
    const index =
      width === 1
        ? indices.getUint8(at)
        : width === 2
          ? indices.getUint16(at, true)
          : indices.getUint32(at, true);
    return values[index]!;
  });
}
