/** Whether the rows of one chunk are what is said of them, and point at what exists. */
import { DICTIONARY_COLUMNS } from './arrow-schema.ts';
import type { EventArrays, EventName } from './event-columns.ts';
import { int64At, int64Words } from './lanes/int64-view.ts';
import type { ChunkInfo, Recording } from './recording.ts';

/** What is wrong: a word for its kind, and a sentence. */
export type ChunkFault = [code: 'facts' | 'order' | 'reference', text: string];

/** Numbers that rows may refer to, besides dictionaries. */
export interface Referable {
  sites: ReadonlySet<number>;
  stacks: ReadonlySet<number>;
}

/** @returns what is wrong, of each kind the first and how many more */
export function checkChunk(
  chunk: ChunkInfo,
  arrays: EventArrays,
  dictionaries: Recording['dictionaries'],
  { sites, stacks }: Referable,
): ChunkFault[] {
  const faults: ChunkFault[] = [...factFaults(chunk, arrays, dictionaries.event)];
  const early = outOfOrder(arrays.time_ns);
  if (early.count > 0) {
    faults.push(['order', `row ${early.first} is earlier than the one before${more(early.count)}`]);
  }
  const reference = (
    name: string,
    values: Iterable<number>,
    exists: (value: number) => boolean,
  ) => {
    let [row, count, first, wrong] = [0, 0, 0, 0];
    for (const value of values) {
      if (!exists(value)) {
        if (count === 0) [first, wrong] = [row, value];
        count++;
      }
      row++;
    }
    if (count === 0) return;
    faults.push([
      'reference',
      `row ${first} has ${name} ${wrong}, which does not exist${more(count)}`,
    ]);
  };
  for (const column of DICTIONARY_COLUMNS) {
    const lowest = column === 'event' ? 1 : 0;
    const { length } = dictionaries[column];
    reference(column, arrays[column], (index) => index >= lowest && index < length);
  }
  reference('site', arrays.site, (site) => site === 0 || sites.has(site));
  reference('stack', arrays.stack, (stack) => stack === 0 || stacks.has(stack));
  return faults;
}

function* factFaults(
  { rowCount, minNs, maxNs, eventCounts }: ChunkInfo,
  { time_ns: times, event }: EventArrays,
  names: readonly string[],
): Generator<ChunkFault> {
  if (rowCount > 0) {
    const [first, last] = [Number(times[0]), Number(times[rowCount - 1])];
    if (first !== minNs || last !== maxNs) {
      yield ['facts', `its times are said to be ${minNs} to ${maxNs}, and are ${first} to ${last}`];
    }
  }
  const counts = new Array<number>(256).fill(0);
  for (const kind of event) counts[kind & 0xff]!++;
  for (const [name, said] of Object.entries(eventCounts) as [EventName, number][]) {
    const found = counts[names.indexOf(name)] ?? 0;
    if (found !== said) yield ['facts', `it is said to have ${said} ${name}, and has ${found}`];
  }
}

function outOfOrder(times: BigInt64Array): { count: number; first: number } {
  const words = int64Words(times);
  let [count, first] = [0, 0];
  for (let row = 1; row < times.length; row++) {
    if (int64At(words, row) >= int64At(words, row - 1)) continue;
    if (count === 0) first = row;
    count++;
  }
  return { count, first };
}

function more(count: number): string {
  return count > 1 ? `, and ${count - 1} more` : '';
}
