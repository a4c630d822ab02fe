/**
 * How a recording stores its columns: which it has, and how wide.
 *
 * Readers see the types of event-columns.ts, whatever the file has: what is stored narrower is
 * widened, what is absent is what its absence means. docs/format.md, "Columns".
 */
import { EVENT_FIELDS, TYPE_WIDTH, type ArrowType } from './arrow-schema.ts';
import { numbersOf, type NumberColumn } from './column-body.ts';
import {
  EVENT_COLUMN_NAMES,
  KIND_EVENTS,
  P_EVENTS,
  SELF_EVENTS,
  SIZED_EVENTS,
  TYPED_EVENTS,
  VALUED_EVENTS,
  type EventArrays,
  type EventColumn,
  type EventName,
} from './event-columns.ts';

export type StoredType = Exclude<ArrowType, 'utf8' | 'bool' | 'float64'>;

/** The type of each column that a recording has; the others are absent. */
export type StoredColumns = Readonly<Partial<Record<EventColumn, StoredType>>>;

/** The types of event-columns.ts. */
export const WIDE_TYPES = Object.fromEntries(
  EVENT_FIELDS.map(({ name, type }) => [name, type]),
) as Record<EventColumn, StoredType>;

/** What a recorder stores instead where all values fit. */
export const NARROW_TYPES = {
  goid: 'int32',
  by_goid: 'int32',
  func: 'int16',
  site: 'int16',
  type: 'int16',
  p: 'int8',
} as const satisfies Partial<Record<EventColumn, StoredType>>;
export type NarrowColumn = keyof typeof NARROW_TYPES;

/** All columns, none narrower. */
export const ALL_COLUMNS: StoredColumns = WIDE_TYPES;

/** @returns whether the column may be stored so */
export function canBeStored(column: EventColumn, type: ArrowType): type is StoredType {
  return type === WIDE_TYPES[column] || type === NARROW_TYPES[column as NarrowColumn];
}

/**
 * The columns that a recording of these events needs.
 *
 * @param isOneProcess - only the process that the metadata names can be in it
 * @param hasObjects - some event fills `object` and `value`
 */
export function columnsOfEvents(
  events: readonly EventName[],
  {
    isOneProcess,
    hasObjects,
    hasStacks,
  }: Record<'isOneProcess' | 'hasObjects' | 'hasStacks', boolean>,
): EventColumn[] {
  const some = (names: readonly EventName[]) => events.some((event) => names.includes(event));
  const absent = new Set<EventColumn>();
  if (isOneProcess) absent.add('pid');
  if (events.every((event) => SELF_EVENTS.includes(event))) absent.add('by_goid');
  if (!some(SIZED_EVENTS)) absent.add('size_bytes');
  if (!some(TYPED_EVENTS)) absent.add('type');
  if (!some(P_EVENTS)) absent.add('p');
  if (!some(KIND_EVENTS)) absent.add('kind');
  if (!hasObjects) absent.add('object');
  if (!hasObjects && !some(VALUED_EVENTS)) absent.add('value');
  if (!hasStacks) absent.add('stack');
  return EVENT_COLUMN_NAMES.filter((name) => !absent.has(name));
}

/**
 * Stored bytes as the column's own type: a view of them when they are of it, and aligned.
 *
 * @param bytes - a whole number of values of the stored type
 */
export function widened<C extends EventColumn>(
  column: C,
  stored: StoredType,
  bytes: Uint8Array,
): EventArrays[C] {
  const values = numbersOf(stored, bytes);
  const type = WIDE_TYPES[column];
  if (stored === type) return values as EventArrays[C];
  const wide = numbersOf(type, new Uint8Array(values.length * TYPE_WIDTH[type]));
  if (wide instanceof BigInt64Array) {
    // Through halves of words: a bigint for each value costs ten times as much.
    const words = new Int32Array(wide.buffer);
    for (let row = 0; row < values.length; row++) {
      const value = values[row] as number;
      words[row * 2] = value;
      words[row * 2 + 1] = value >> 31;
    }
  } else wide.set(values as Exclude<NumberColumn, BigInt64Array>);
  return wide as EventArrays[C];
}

/** What an absent column says. @param goid - of the same rows, for `by_goid` */
export function absentColumn<C extends EventColumn>(
  column: C,
  rowCount: number,
  { pid, goid }: { pid: number; goid: BigInt64Array | undefined },
): EventArrays[C] {
  const type = WIDE_TYPES[column];
  const values = numbersOf(type, new Uint8Array(rowCount * TYPE_WIDTH[type]));
  if (column === 'pid') (values as Int32Array).fill(pid);
  if (column === 'p') (values as Int16Array).fill(-1);
  if (column === 'by_goid' && goid !== undefined) (values as BigInt64Array).set(goid);
  return values as EventArrays[C];
}

/**
 * Columns with those that are needed to read them: an absent `by_goid` is the same as `goid`.
 *
 * @param stored - those the recording has
 */
export function withNeeded(
  columns: readonly EventColumn[],
  stored: StoredColumns,
): readonly EventColumn[] {
  const needsGoid =
    columns.includes('by_goid') && stored.by_goid === undefined && !columns.includes('goid');
  return needsGoid ? [...columns, 'goid'] : columns;
}

/**
 * Values as a narrower column has them.
 *
 * @param values - of the column's own type, or of the stored one already
 * @throws RangeError when one does not fit: whoever chose the type was wrong
 */
export function narrowed(
  column: EventColumn,
  stored: StoredType,
  values: NumberColumn,
): NumberColumn {
  // The usual case, for which nothing as long as the column may be allocated.
  if (numbersOf(stored, new Uint8Array(0)).constructor === values.constructor) return values;
  const narrow = numbersOf(stored, new Uint8Array(values.length * TYPE_WIDTH[stored]));
  const words =
    values instanceof BigInt64Array
      ? new Int32Array(values.buffer, values.byteOffset, values.length * 2)
      : undefined;
  for (let row = 0; row < values.length; row++) {
    const value = words === undefined ? (values[row] as number) : words[row * 2]!;
    (narrow as Int32Array)[row] = value;
    const isWhole = words === undefined || words[row * 2 + 1] === value >> 31;
    if (!isWhole || narrow[row] !== value) {
      throw new RangeError(`${column} ${values[row]} does not fit into ${stored}`);
    }
  }
  return narrow;
}

/**
 * Columns for the rows of several recordings: those that one of them has, as wide as the widest.
 *
 * Names are numbered anew there, and there are several processes.
 */
export function columnsOfAll(recordings: readonly StoredColumns[]): StoredColumns {
  const all = EVENT_COLUMN_NAMES.flatMap((column) => {
    const types = recordings.map((columns) => columns[column]).filter((type) => type !== undefined);
    if (types.length === 0 && column !== 'pid') return [];
    const isRenumbered = column === 'func' || column === 'site' || column === 'type';
    const narrow = types.length > 0 && types.every((type) => type !== WIDE_TYPES[column]);
    return [[column, narrow && !isRenumbered ? types[0]! : WIDE_TYPES[column]] as const];
  });
  return Object.fromEntries(all);
}
