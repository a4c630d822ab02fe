/**
 * Writes a recording anew from another: all of it, or a stretch of its time.
 *
 * A stretch is a recording that began later: times count from its beginning, and who lived then
 * is its part `goroutines`. Chunk after chunk is read and written, so that only one is held.
 * Names keep their numbers. docs/format.md, "Copies".
 */
import { distinctNames } from './distinct-names.ts';
import { FormatError } from './errors.ts';
import {
  EVENT_COLUMN_NAMES,
  EVENTS,
  LOSS_CAUSES,
  type EventArrays,
  type EventName,
  type LossCause,
} from './event-columns.ts';
import {
  checkpointOf,
  GoroutineTracker,
  TRACKED_COLUMNS,
  type LiveGoroutine,
} from './goroutine-tracker.ts';
import { int64At, int64Words } from './lanes/int64-view.ts';
import { RecordingWriter } from './recording-writer.ts';
import type { GoroutineColumns, ProcessRow, Recording } from './recording.ts';

export interface CopyOptions {
  /** What is being done, for the copy's `xgotop.history`. */
  history: string;
  /** Ns since the recording started; what is before is left out. Default: its beginning. */
  fromNs?: number;
  /** What is at or after it is left out. Default: its end. */
  toNs?: number;
}

/** Dictionaries that do not grow. */
const FIXED = ['event', 'from_state', 'to_state', 'wait_reason', 'kind'] as const;

/** What became of a chunk that could not be copied. */
export interface LeftOut {
  chunkIndex: number;
  rowCount: number;
  error: FormatError;
}

export class RecordingCopy {
  readonly #source: Recording;
  readonly #writer: RecordingWriter;
  readonly #fromNs: number;
  readonly #toNs: number;
  readonly #tracker: GoroutineTracker;
  readonly #leftOut: LeftOut[] = [];
  /** Rows of part `stacks` by number, of those that are not in the copy yet. */
  readonly #unwrittenStacks: Map<number, number>;
  #rowsSinceCheckpoint = 0;
  #rowCount = 0;
  #lastNs = 0;

  constructor(source: Recording, options: CopyOptions) {
    this.#source = source;
    this.#fromNs = Math.max(0, options.fromNs ?? 0);
    this.#toNs = options.toNs ?? Infinity;
    this.#tracker = new GoroutineTracker(source);
    this.#unwrittenStacks = new Map(
      Array.from(source.stacks.stack, (number, row): [number, number] => [number, row]),
    );
    const { meta, dictionaries } = source;
    // Of a damaged recording they may have a name twice, or more than there are numbers.
    const fixed = Object.fromEntries(
      FIXED.map((column) => [column, distinctNames(column, dictionaries[column]).slice(0, 128)]),
    ) as Record<(typeof FIXED)[number], string[]>;
    this.#writer = new RecordingWriter(
      {
        ...meta,
        startUnixNs: meta.startUnixNs + BigInt(this.#fromNs),
        startMonoNs: meta.startMonoNs + BigInt(this.#fromNs),
        launched: meta.launched && this.#fromNs === 0,
        history: [...meta.history, options.history],
      },
      fixed,
      { columns: source.columns },
    );
  }

  /** Rows written so far. */
  get rowCount(): number {
    return this.#rowCount;
  }

  /** Chunks that could not be read or made no sense. */
  get leftOut(): readonly LeftOut[] {
    return this.#leftOut;
  }

  /**
   * The pieces of the copy, in order; each array is to be written before the next is asked for.
   *
   * @param onChunk - told of each chunk of the original that is done
   * @throws what the source throws
   */
  async *pieces(onChunk: (chunkIndex: number) => void = () => undefined) {
    yield this.#writer.begin();
    yield this.#names();
    const { chunks } = this.#source;
    let chunkIndex = chunks.findIndex(({ maxNs }) => maxNs >= this.#fromNs);
    if (chunkIndex < 0) chunkIndex = chunks.length;
    await this.#reach(chunkIndex);
    yield this.#older();
    for (; chunkIndex < chunks.length; chunkIndex++) {
      if (chunks[chunkIndex]!.minNs >= this.#toNs) break;
      try {
        yield await this.#chunk(chunkIndex);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        this.#leftOut.push({ chunkIndex, rowCount: chunks[chunkIndex]!.rowCount, error });
      }
      onChunk(chunkIndex);
    }
    yield this.#writer.end(this.#endFacts());
  }

  /** Names and small parts, whole. */
  #names(): Uint8Array[] {
    const { dictionaries, functions, sites, frames, types, probes } = this.#source;
    const writer = this.#writer;
    return [
      ...writer.addNames('func', distinctNames('func', dictionaries.func).slice(1)),
      ...writer.addNames('type', distinctNames('type', dictionaries.type).slice(1)),
      ...writer.part('probes', probes),
      ...writer.part('processes', this.#processes()),
      ...writer.part('functions', functions),
      ...writer.part('sites', sites),
      ...writer.part('frames', frames),
      ...writer.part('types', types),
      ...writer.part('metrics', this.#within(this.#source.metrics)),
      ...writer.part('marks', this.#within(this.#source.marks)),
      ...writer.part('labels', this.#labels()),
    ];
  }

  /** Bring the tracker to the copy's beginning, which is in this chunk or before it. */
  async #reach(chunkIndex: number): Promise<void> {
    const { chunks, goroutines } = this.#source;
    this.#tracker.load(goroutines);
    if (this.#fromNs === 0) return;
    let first = chunks[chunkIndex]?.checkpointChunk ?? 0;
    if (first > 0) {
      const older = new Map(
        Array.from(this.#tracker.all(), (one) => [`${one.pid} ${one.goid}`, one]),
      );
      this.#tracker.load((await this.#source.readCheckpoint(chunkIndex)).goroutines);
      // A checkpoint says neither the place of the go statement nor times before the recording.
      for (const one of this.#tracker.all()) {
        const known = older.get(`${one.pid} ${one.goid}`);
        one.site = known?.site ?? 0;
        if (one.sinceNs === -1 && known !== undefined) one.sinceNs = known.sinceNs;
      }
    }
    for (first = Math.max(0, first); first <= chunkIndex && first < chunks.length; first++) {
      const arrays = await this.#source.readEvents(first, TRACKED_COLUMNS);
      this.#tracker.take(arrays, 0, firstRowFrom(arrays.time_ns, this.#fromNs));
    }
  }

  /** Part `goroutines`: as it is, or who lives at the beginning. */
  #older(): Uint8Array[] {
    const { goroutines } = this.#source;
    if (this.#fromNs === 0) {
      if (goroutines.count === 0) return [];
      return [...this.#neededStacks(goroutines.stack), ...this.#writer.goroutines(goroutines)];
    }
    return this.#writer.goroutines(olderGoroutines([...this.#tracker.all()], this.#fromNs));
  }

  async #chunk(chunkIndex: number): Promise<Uint8Array[]> {
    const chunk = this.#source.chunks[chunkIndex]!;
    const arrays = await this.#source.readEvents(chunkIndex, EVENT_COLUMN_NAMES);
    this.#check(arrays, chunk.byteOffset, chunkIndex);
    const start = this.#fromNs > 0 ? firstRowFrom(arrays.time_ns, this.#fromNs) : 0;
    const end = firstRowFrom(arrays.time_ns, this.#toNs);
    const rowCount = Math.max(0, end - start);
    const isLossy = Object.values(chunk.lost).some((count) => count > 0);
    if (rowCount === 0 && !isLossy) return [];

    const pieces = this.#neededStacks(arrays.stack.subarray(start, end));
    const isFirst = this.#writer.chunkCount === 0;
    if (isFirst || this.#rowsSinceCheckpoint >= this.#tracker.count) {
      pieces.push(...this.#writer.checkpoint(checkpointOf(this.#tracker.all(), this.#fromNs)));
      this.#rowsSinceCheckpoint = 0;
    }
    const goroutineCount = this.#tracker.count;
    this.#tracker.take(arrays, start, end);
    const kept = Object.fromEntries(
      EVENT_COLUMN_NAMES.map((name) => [name, arrays[name].slice(start, end)]),
    ) as unknown as EventArrays;
    for (let row = 0; this.#fromNs > 0 && row < rowCount; row++) {
      kept.time_ns[row]! -= BigInt(this.#fromNs);
    }
    const minNs = rowCount > 0 ? Number(kept.time_ns[0]) : Math.max(0, chunk.minNs - this.#fromNs);
    const maxNs = rowCount > 0 ? Number(kept.time_ns[rowCount - 1]) : minNs;
    this.#lastNs = Math.max(this.#lastNs, maxNs);
    this.#rowCount += rowCount;
    this.#rowsSinceCheckpoint += rowCount;
    pieces.push(
      ...this.#writer.chunk(kept, rowCount, {
        minNs,
        maxNs,
        eventCounts: countEvents(kept.event, this.#source.dictionaries.event),
        lost: Object.fromEntries(LOSS_CAUSES.map((cause) => [cause, chunk.lost[cause]])) as Record<
          LossCause,
          number
        >,
        goroutineCount,
      }),
    );
    return pieces;
  }

  /** Stacks that are named here and were not before, with what they are part of. */
  #neededStacks(numbers: Int32Array | undefined): Uint8Array[] {
    const { stack, parent, frame } = this.#source.stacks;
    const rows: number[] = [];
    for (const number of numbers ?? []) {
      let row = this.#unwrittenStacks.get(number);
      while (row !== undefined) {
        this.#unwrittenStacks.delete(stack[row]!);
        rows.push(row);
        row = this.#unwrittenStacks.get(parent[row]!);
      }
    }
    rows.sort((a, b) => a - b);
    const pick = (column: Int32Array) => Int32Array.from(rows, (row) => column[row]!);
    return this.#writer.stacks({
      count: rows.length,
      stack: pick(stack),
      parent: pick(parent),
      frame: pick(frame),
    });
  }

  /** What is damaged must not go on into a file that looks sound. @throws FormatError */
  #check(arrays: EventArrays, byteOffset: number, chunkIndex: number): void {
    const { dictionaries } = this.#source;
    const wrong = (what: string) =>
      new FormatError('bad-value', byteOffset, `chunk ${chunkIndex}: ${what}`);
    for (const column of [...FIXED, 'func', 'type'] as const) {
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

  #processes(): ProcessRow[] {
    const [fromNs, toNs] = [this.#fromNs, this.#toNs];
    return this.#source.processes
      .filter(({ startedNs, endedNs }) => startedNs < toNs && (endedNs < 0 || endedNs >= fromNs))
      .map((row) => {
        const isEnded = row.endedNs >= 0 && row.endedNs < toNs;
        return {
          ...row,
          startedNs: row.startedNs < fromNs ? -1 : row.startedNs - fromNs,
          endedNs: isEnded ? row.endedNs - fromNs : -1,
          exitCode: isEnded ? row.exitCode : -1,
          exitSignal: isEnded ? row.exitSignal : 0,
        };
      });
  }

  #within<T extends { timeNs: number }>(rows: readonly T[]): T[] {
    return rows
      .filter(({ timeNs }) => timeNs >= this.#fromNs && timeNs < this.#toNs)
      .map((row) => ({ ...row, timeNs: row.timeNs - this.#fromNs }));
  }

  /** A set that was given before the beginning may be inherited after it. */
  #labels() {
    return this.#source.labels
      .filter(({ timeNs }) => timeNs < this.#toNs)
      .map((row) => ({ ...row, timeNs: Math.max(0, row.timeNs - this.#fromNs) }));
  }

  #endFacts(): Record<string, string> {
    const { end, endNs, isComplete } = this.#source;
    const endedNs = Math.max(this.#lastNs, Math.min(endNs, this.#toNs) - this.#fromNs, 0);
    if (this.#toNs <= endNs) return { ended_ns: `${endedNs}`, reason: 'duration' };
    if (!isComplete) return { ended_ns: `${endedNs}`, reason: 'error' };
    return { ...Object.fromEntries(end), ended_ns: `${endedNs}` };
  }
}

/** Part `goroutines` of a recording that begins at `fromNs`. */
function olderGoroutines(all: readonly LiveGoroutine[], fromNs: number): GoroutineColumns {
  return {
    // The part has no createdNs, and whoever writes it leaves that out.
    ...checkpointOf(all, fromNs),
    site: Int32Array.from(all, ({ site }) => site),
    // Negative: so long before; -1 not known.
    sinceNs: BigInt64Array.from(all, ({ sinceNs }) =>
      BigInt(sinceNs === -1 ? -1 : Math.min(-2, sinceNs - fromNs)),
    ),
  };
}

/** The first row that is not before a time. */
function firstRowFrom(times: BigInt64Array, timeNs: number): number {
  const words = int64Words(times);
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (int64At(words, middle) < timeNs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function countEvents(event: Int8Array, names: readonly string[]): Record<EventName, number> {
  const counts = new Array<number>(names.length).fill(0);
  for (const kind of event) counts[kind]!++;
  return Object.fromEntries(
    EVENTS.slice(1).map((name) => [name, counts[names.indexOf(name)] ?? 0]),
  ) as Record<EventName, number>;
}
