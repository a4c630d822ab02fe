/**
 * The part of Arrow's type system that recordings use: named columns without nulls.
 *
 * Columns of events and of parts are both described so. Arrow's other types are refused
 * where they would have to be understood (docs/format.md, "Columns" and "Parts").
 */
import { COLUMN_WIDTH, EVENT_COLUMNS, EVENT_COLUMN_NAMES } from './event-columns.ts';
import type { DictionaryColumn, EventColumn } from './event-columns.ts';

export type ArrowType = 'int8' | 'int16' | 'int32' | 'int64' | 'float64' | 'utf8' | 'bool';

/** One column. With a `dictionaryId`, `type` is that of the indices and the values are utf8. */
export interface ArrowField {
  name: string;
  type: ArrowType;
  dictionaryId: number | undefined;
}

/** A schema and its key-value metadata. */
export interface ArrowSchema {
  fields: readonly ArrowField[];
  metadata: ReadonlyMap<string, string>;
}

/** Bytes of a value; 0 where a value is not a whole number of bytes. */
export const TYPE_WIDTH: Record<ArrowType, number> = {
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  float64: 8,
  utf8: 0,
  bool: 0,
};

/** What a buffer's offset and a message's position are multiples of, in bytes. */
export const ALIGNMENT = 64;

/** @returns the next multiple of `alignment`, not below `byteLength`; safe above 2^31 */
export function aligned(byteLength: number, alignment = ALIGNMENT): number {
  return Math.ceil(byteLength / alignment) * alignment;
}

/** The columns of events as fields; a dictionary's id is the position of its column. */
export const EVENT_FIELDS: readonly ArrowField[] = EVENT_COLUMN_NAMES.map((name, position) => {
  const type = EVENT_COLUMNS[name];
  if (type === 'dict8') return { name, type: 'int8', dictionaryId: position };
  if (type === 'dict32') return { name, type: 'int32', dictionaryId: position };
  return { name, type, dictionaryId: undefined };
});

/** @returns whether indices into a dictionary are stored in the column */
export function isDictionaryColumn(column: EventColumn): column is DictionaryColumn {
  return EVENT_COLUMNS[column].startsWith('dict');
}

/** Columns of events that are dictionaries, in the order of the file. */
export const DICTIONARY_COLUMNS: readonly DictionaryColumn[] =
  EVENT_COLUMN_NAMES.filter(isDictionaryColumn);

/** Bytes of one event, without padding. */
export const EVENT_WIDTH = EVENT_COLUMN_NAMES.reduce(
  (sum, name) => sum + COLUMN_WIDTH[EVENT_COLUMNS[name]],
  0,
);
