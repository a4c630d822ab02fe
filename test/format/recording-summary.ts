/** What a recording says, in few and plain values that a JSON file beside it can hold. */
import { EVENT_COLUMN_NAMES, EVENTS } from '../../src/format/index.ts';
import type { ChunkInfo, Recording } from '../../src/format/index.ts';
import { allEvents } from './opened.ts';

/** Columns that were added to the first ones. */
const LATER_COLUMNS = new Set<string>(['object', 'stack', 'value']);

/** Integers are strings where a double could round them. */
export async function recordingSummary(recording: Recording): Promise<unknown> {
  const chunks = await allEvents(recording);
  const { meta, functions, sites, types, probes, metrics } = recording;
  const sums = EVENT_COLUMN_NAMES.map((column) => {
    let sum = 0n;
    for (const events of chunks) {
      // Times its place in the chunk, so that rows in another order make another sum.
      for (const [row, value] of events[column].entries()) sum += BigInt(value) * BigInt(row + 1);
    }
    return [column, sum.toString()] as const;
  });
  // A recording without an optional column was summed up before there was one.
  const told = sums.filter(([column, sum]) => sum !== '0' || !LATER_COLUMNS.has(column));
  const checkpoint = await recording.readCheckpoint(recording.chunks.length - 1);
  return JSON.parse(
    JSON.stringify(
      {
        isComplete: recording.isComplete,
        byteLength: recording.byteLength,
        meta: { ...meta, history: meta.history.length > 0 ? meta.history : undefined },
        chunks: recording.chunks.map(withoutYounger),
        dictionaries: recording.dictionaries,
        functions,
        sites,
        types,
        probes,
        metrics,
        goroutines: Array.from(recording.goroutines.goid),
        end: Object.fromEntries(recording.end),
        endNs: recording.endNs,
        columnSums: Object.fromEntries(told),
        lastCheckpoint: {
          chunkIndex: checkpoint.chunkIndex,
          goids: Array.from(checkpoint.goroutines.goid),
        },
      },
      (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value),
    ),
  );
}

/** The events and causes of loss that there were when the first recordings were summed up. */
const FIRST = new Set<string>([...EVENTS.slice(1, 9), 'ring_full', 'bad_read', 'overrun']);

/** What came later is left out where there is none of it. */
function withoutYounger(chunk: ChunkInfo): unknown {
  const told = (counts: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(counts).filter(([name, n]) => n !== 0 || FIRST.has(name)));
  return { ...chunk, eventCounts: told(chunk.eventCounts), lost: told(chunk.lost) };
}
