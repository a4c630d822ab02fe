/**
 * The fields of an event for people and for other programs: as the view `events` has them.
 *
 * A field that says nothing of an event is null. docs/format.md, "Columns".
 */
import { SIZED_EVENTS, VALUED_EVENTS, type EventArrays } from '../format/index.ts';
import type { EventColumn, EventName, Recording } from '../format/index.ts';

export type FieldValue = string | number | bigint | null;
/** Of one chunk: the value of a row. */
export type FieldReader = (row: number) => FieldValue;

/** In the order of the view `events`. */
export const FIELDS = [
  'time_ns',
  'event',
  'pid',
  'tid',
  'p',
  'goid',
  'by_goid',
  'from_state',
  'to_state',
  'wait_reason',
  'size_bytes',
  'type',
  'kind',
  'func',
  'file',
  'line',
  'site',
  'object',
  'stack',
  'value',
] as const;
export type Field = (typeof FIELDS)[number];

/** What a field is read from. */
export function columnsOf(field: Field): readonly EventColumn[] {
  if (field === 'file' || field === 'line') return ['site'];
  return field === 'size_bytes' || field === 'value' ? [field, 'event'] : [field];
}

export class EventFields {
  readonly #recording: Recording;
  #sites = new Map<number, { file: string; line: number }>();
  #siteCount = -1;

  constructor(recording: Recording) {
    this.#recording = recording;
  }

  /** @param arrays - of a chunk, with the columns of the field */
  reader(field: Field, arrays: EventArrays): FieldReader {
    const { dictionaries } = this.#recording;
    const site = (row: number) => this.#siteTable().get(arrays.site[row]!);
    switch (field) {
      case 'event':
      case 'from_state':
      case 'to_state':
      case 'wait_reason':
      case 'type':
      case 'kind':
      case 'func': {
        const [column, values] = [arrays[field], dictionaries[field]];
        return (row) => values[column[row]!] || null;
      }
      case 'file':
        return (row) => site(row)?.file || null;
      case 'line':
        return (row) => site(row)?.line || null;
      case 'p':
        return (row) => (arrays.p[row] === -1 ? null : arrays.p[row]!);
      case 'time_ns':
      case 'pid':
      case 'tid':
        return (row) => plain(arrays[field][row]!);
      case 'size_bytes':
      case 'value': {
        const names: readonly string[] = field === 'value' ? VALUED_EVENTS : SIZED_EVENTS;
        const says = dictionaries.event.map((name) => names.includes(name as EventName));
        return (row) => (says[arrays.event[row]!] ? plain(arrays[field][row]!) : null);
      }
      default:
        return (row) => plain(arrays[field][row]!) || null;
    }
  }

  /** New sites come with a recording that grows. */
  #siteTable(): ReadonlyMap<number, { file: string; line: number }> {
    const { sites } = this.#recording;
    if (sites.length !== this.#siteCount) {
      this.#siteCount = sites.length;
      this.#sites = new Map(sites.map((row) => [row.site, row]));
    }
    return this.#sites;
  }
}

/** int64 as a number where that is exact. */
function plain(value: number | bigint): number | bigint {
  if (typeof value === 'number') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
