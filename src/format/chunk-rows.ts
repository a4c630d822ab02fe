/** The rows of a chunk that is about to be copied: where they begin, what they are, whether they are sound. */
import { FormatError } from './errors.ts';
import { EVENTS, type EventArrays, type EventName } from './event-columns.ts';
import { int64At, int64Words } from './lanes/int64-view.ts';
import type { Recording } from './recording.ts';

/** The first row that is not before a time. */
export function firstRowFrom(times: BigInt64Array, timeNs: number): number {
  const words = int64Words(times);
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (int64At(words, middle) < timeNs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** @param names - the dictionary of `event` */
export function countEvents(event: Int8Array, names: readonly string[]): Record<EventName, number> {
  const counts = new Array<number>(names.length).fill(0);
  for (const kind of event) counts[kind]!++;
  return Object.fromEntries(
    EVENTS.slice(1).map((name) => [name, counts[names.indexOf(name)] ?? 0]),
  ) as Record<EventName, number>;
}

/** What is damaged must not go on into a file that looks sound. @throws FormatError */
export function checkRows(
  arrays: EventArrays,
  dictionaries: Recording['dictionaries'],
  byteOffset: number,
  chunkIndex: number,
): void {
  const wrong = (what: string) =>
    new FormatError('bad-value', byteOffset, `chunk ${chunkIndex}: ${what}`);
  for (const column of [
    'event',
    'func',
    'type',
    'from_state',
    'to_state',
    'wait_reason',
    'kind',
  ] as const) {
    const [lowest, limit] = [column === 'event' ? 1 : 0, dictionaries[column].length];
    for (const index of arrays[column]) {
      if (index < lowest || index >= limit) throw wrong(`no ${column} has the number ${index}`);
    }
  }
  const time = int64Words(arrays.time_ns);
  let before = 0;
  for (let row = 0; row < arrays.event.length; row++) {
    const timeNs = int64At(time, row);
    if (timeNs < before) throw wrong(`row ${row} is earlier than the one before`);
    before = timeNs;
  }
  if (before > Number.MAX_SAFE_INTEGER) throw wrong('its times are beyond 2^53');
}
