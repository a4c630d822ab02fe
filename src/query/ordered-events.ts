/**
 * The state changes of a recording in the order of their time.
 *
 * Rows of a chunk are in that order, but a chunk may begin some microseconds before the one
 * before it ended (docs/format.md, "Columns"). So rows later than the beginning of a chunk
 * still to come wait for it, and are merged with it; rows of one time stay in the order of
 * the file.
 */
import type { EventArrays } from '../format/event-columns.ts';
import type { ChunkInfo, Recording } from '../format/recording.ts';
import type { EventReader } from './event-reader.ts';
import { firstRowAt, keepWanted, takeRows } from './row-range.ts';

const COLUMNS = [
  'time_ns',
  'goid',
  'by_goid',
  'pid',
  'tid',
  'p',
  'event',
  'from_state',
  'to_state',
  'wait_reason',
] as const;

/** Columns of state changes. */
export type ChangeArrays = Pick<EventArrays, (typeof COLUMNS)[number]>;

/** Rows `[row, end)` of a chunk that have not been taken. */
interface Run {
  chunk: ChunkInfo;
  arrays: ChangeArrays;
  row: number;
  end: number;
}

/** Take the rows `[first, end)` of the arrays; all are of `chunk`. */
export type TakeChanges = (
  chunk: ChunkInfo,
  arrays: ChangeArrays,
  first: number,
  end: number,
) => void;

/**
 * Read the state changes.
 *
 * @returns each call reads a chunk and hands out what is in order by then; false at the end
 */
export function readOrderedChanges(
  { chunks, dictionaries }: Pick<Recording, 'chunks' | 'dictionaries'>,
  reader: EventReader,
  take: TakeChanges,
): () => boolean {
  const isChange = dictionaries.event.map((name) => /^go_(create|state|exit)$/.test(name));
  const wanted = chunks.filter(
    ({ eventCounts: counts }) => counts.go_create + counts.go_state + counts.go_exit > 0,
  );
  // Earliest time from a chunk on.
  const earliestNs = wanted.map(({ minNs }) => minNs);
  for (let index = earliestNs.length - 2; index >= 0; index--) {
    earliestNs[index] = Math.min(earliestNs[index]!, earliestNs[index + 1]!);
  }
  let runs: Run[] = [];
  let next = 0;
  return () => {
    const chunk = wanted[next++];
    if (chunk === undefined) return false;
    runs.push(readRun(chunk, reader, isChange));
    const limitNs = BigInt(earliestNs[next] ?? Number.MAX_SAFE_INTEGER);
    mergeRuns(runs, next < wanted.length ? limitNs : undefined, take);
    runs = runs.filter(({ row, end }) => row < end);
    return true;
  };
}

function readRun(chunk: ChunkInfo, reader: EventReader, isChange: readonly boolean[]): Run {
  const read = reader.readEvents(chunk, COLUMNS) as ChangeArrays;
  const all = { first: 0, end: chunk.rowCount, indices: undefined };
  const rows = keepWanted(all, read.event, isChange);
  const arrays = Object.fromEntries(
    COLUMNS.map((name) => [name, takeRows(read[name], rows)]),
  ) as unknown as ChangeArrays;
  return { chunk, arrays, row: 0, end: arrays.event.length };
}

/** Hand out the rows before a time, those of one time in the order of the runs. */
function mergeRuns(runs: readonly Run[], limitNs: bigint | undefined, take: TakeChanges): void {
  for (;;) {
    let first: Run | undefined;
    let otherNs: bigint | undefined;
    for (const run of runs) {
      const timeNs = run.arrays.time_ns[run.row];
      if (run.row >= run.end || timeNs === undefined) continue;
      if (first === undefined || timeNs < first.arrays.time_ns[first.row]!) {
        otherNs = first?.arrays.time_ns[first.row] ?? otherNs;
        first = run;
      } else if (otherNs === undefined || timeNs < otherNs) {
        otherNs = timeNs;
      }
    }
    if (first === undefined) return;
    const { chunk, arrays, row } = first;
    const untilNs =
      limitNs !== undefined && (otherNs === undefined || limitNs < otherNs) ? limitNs : otherNs;
    let end = untilNs === undefined ? first.end : firstRowAt(arrays.time_ns, untilNs);
    if (end <= row) {
      if (limitNs !== undefined && arrays.time_ns[row]! >= limitNs) return;
      // Of one time with another run's row, and before it in the file.
      end = row + 1;
    }
    take(chunk, arrays, row, end);
    first.row = end;
  }
}
