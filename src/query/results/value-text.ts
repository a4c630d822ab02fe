/** One value of a result as text and as JSON. Nothing is rounded. */
import {
  DuckDBArrayValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBUnionValue,
} from '@duckdb/node-api';
import type { DuckDBValue } from '@duckdb/node-api';

/** As DuckDB writes it; NULL is the caller's to show. */
export function valueText(value: Exclude<DuckDBValue, null>): string {
  return typeof value === 'string' ? value : String(value);
}

/**
 * As JSON.
 *
 * A number of SQL is a number of JSON when reading it as a double gives the same value back,
 * and a string of its digits otherwise: integers beyond 2^53, decimals with too many digits,
 * NaN and the infinities. Lists are arrays; structs, and maps whose keys are strings, are
 * objects; other maps arrays of `{"key": ..., "value": ...}`. All else is a string, as DuckDB
 * writes it.
 */
export function valueJson(value: DuckDBValue): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'boolean':
      return String(value);
    case 'number':
      return Number.isFinite(value) ? JSON.stringify(value) : `"${value}"`;
    case 'bigint': {
      const isExact = value === BigInt.asIntN(54, value) && Number.isSafeInteger(Number(value));
      return isExact ? String(value) : `"${value}"`;
    }
    case 'string':
      return JSON.stringify(value);
  }
  if (value instanceof DuckDBDecimalValue) return decimalJson(value.toString());
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) {
    return `[${value.items.map(valueJson).join(',')}]`;
  }
  if (value instanceof DuckDBStructValue) return objectJson(Object.entries(value.entries));
  if (value instanceof DuckDBMapValue) {
    const { entries } = value;
    if (entries.every(({ key }) => typeof key === 'string')) {
      return objectJson(entries.map((entry) => [String(entry.key), entry.value]));
    }
    const pairs = entries.map((entry) =>
      objectJson([
        ['key', entry.key],
        ['value', entry.value],
      ]),
    );
    return `[${pairs.join(',')}]`;
  }
  if (value instanceof DuckDBUnionValue) return valueJson(value.value);
  return JSON.stringify(String(value));
}

function objectJson(entries: [string, DuckDBValue][]): string {
  return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${valueJson(value)}`).join(',')}}`;
}

function decimalJson(digits: string): string {
  const shortest = digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
  return String(Number(digits)) === shortest ? digits : `"${digits}"`;
}
