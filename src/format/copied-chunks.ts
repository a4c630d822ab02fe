/**
 * The chunks of a recording that is made of others: with their facts, and with checkpoints where
 * docs/format.md wants them. Who lives is what the rows that were written say, and nothing else.
 */
import { countEvents } from './chunk-rows.ts';
import {
  EVENT_COLUMN_NAMES,
  LOSS_CAUSES,
  type EventArrays,
  type LossCause,
} from './event-columns.ts';
import { checkpointOf, type GoroutineTracker } from './goroutine-tracker.ts';
import type { RecordingWriter } from './recording-writer.ts';

export type Losses = Record<LossCause, number>;

export class CopiedChunks {
  /** Rows written so far. */
  rowCount = 0;
  /** Latest time written, ns since the copy's beginning. */
  lastNs = 0;
  readonly #writer: RecordingWriter;
  readonly #tracker: GoroutineTracker;
  readonly #eventNames: readonly string[];
  readonly #fromNs: number;
  #rowsSinceCheckpoint = 0;

  /**
   * @param tracker - those who live at the copy's beginning
   * @param eventNames - the dictionary of `event`
   * @param fromNs - the copy's beginning, in the time of the tracker and of the rows
   */
  constructor(
    writer: RecordingWriter,
    tracker: GoroutineTracker,
    eventNames: readonly string[],
    fromNs: number,
  ) {
    this.#writer = writer;
    this.#tracker = tracker;
    this.#eventNames = eventNames;
    this.#fromNs = fromNs;
  }

  /**
   * The rows `start` to `end` (not included) as a chunk, with a checkpoint before it where one is
   * due.
   *
   * @param arrays - copied
   * @param emptyNs - the time of a chunk without rows
   * @returns nothing when there is neither a row nor a loss
   */
  write(
    arrays: EventArrays,
    start: number,
    end: number,
    lost: Losses,
    emptyNs: number,
  ): Uint8Array[] {
    const rowCount = Math.max(0, end - start);
    if (rowCount === 0 && LOSS_CAUSES.every((cause) => lost[cause] === 0)) return [];
    const pieces: Uint8Array[] = [];
    if (this.#writer.chunkCount === 0 || this.#rowsSinceCheckpoint >= this.#tracker.count) {
      pieces.push(...this.#writer.checkpoint(checkpointOf(this.#tracker.all(), this.#fromNs)));
      this.#rowsSinceCheckpoint = 0;
    }
    const goroutineCount = this.#tracker.count;
    this.#tracker.take(arrays, start, end);
    const kept = Object.fromEntries(
      EVENT_COLUMN_NAMES.map((name) => [name, arrays[name].slice(start, end)]),
    ) as unknown as EventArrays;
    if (this.#fromNs > 0) this.#move(kept, rowCount);
    const minNs = rowCount > 0 ? Number(kept.time_ns[0]) : Math.max(0, emptyNs - this.#fromNs);
    const maxNs = rowCount > 0 ? Number(kept.time_ns[rowCount - 1]) : minNs;
    this.lastNs = Math.max(this.lastNs, maxNs);
    this.rowCount += rowCount;
    this.#rowsSinceCheckpoint += rowCount;
    const eventCounts = countEvents(kept.event, this.#eventNames);
    const facts = { minNs, maxNs, eventCounts, lost: { ...lost }, goroutineCount };
    pieces.push(...this.#writer.chunk(kept, rowCount, facts));
    return pieces;
  }

  /** Times are to count from the beginning; the only value that is a time is that of a timer. */
  #move({ time_ns, event, value }: EventArrays, rowCount: number): void {
    const from = BigInt(this.#fromNs);
    const timerSet = this.#eventNames.indexOf('timer_set');
    for (let row = 0; row < rowCount; row++) {
      time_ns[row]! -= from;
      if (event[row] === timerSet && value[row] !== 0n) value[row]! -= from;
    }
  }
}
