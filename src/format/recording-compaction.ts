/**
 * Writes a recording anew, as small as it gets: compressed, in full chunks, its rows in order of
 * time throughout, every name and part once. docs/format.md, "Compression" and "Copies".
 *
 * Chunk after chunk is read, so that at most three are held.
 */
import { TYPE_WIDTH } from './arrow-schema.ts';
import type { Crc32 } from './chunk-crc.ts';
import type { NumberColumn } from './column-body.ts';
import { numbersOf } from './column-body.ts';
import { checkRows, countEvents, firstRowFrom } from './chunk-rows.ts';
import { distinctNames } from './distinct-names.ts';
import { FormatError } from './errors.ts';
import {
  EVENT_COLUMN_NAMES,
  LOSS_CAUSES,
  type EventArrays,
  type LossCause,
} from './event-columns.ts';
import { checkpointOf, GoroutineTracker } from './goroutine-tracker.ts';
import { int64At, int64Words } from './lanes/int64-view.ts';
import type { LeftOut, RecordingPieces } from './recording-pieces.ts';
import { RecordingWriter } from './recording-writer.ts';
import type { Recording, StackColumns } from './recording.ts';
import { WIDE_TYPES } from './stored-columns.ts';
import type { Compress } from './zstd.ts';

/** As a recorder's full chunks. */
const CHUNK_ROWS = 65_536;

export interface CompactionOptions {
  /** What is being done, for the copy's `xgotop.history`. */
  history: string;
  compress: Compress;
  crc32?: Crc32 | undefined;
}

export class RecordingCompaction implements RecordingPieces {
  readonly #source: Recording;
  readonly #writer: RecordingWriter;
  readonly #tracker: GoroutineTracker;
  /** By number of a stack in the original: its number here; empty where they are the same. */
  readonly #stackNumbers: ReadonlyMap<number, number>;
  readonly #stacks: StackColumns;
  /** Rows not yet written, in order of time. */
  #pending = emptyArrays();
  /** Losses of the chunks that were read and not yet told. */
  #lost = noLoss();
  #rowCount = 0;
  #rowsSinceCheckpoint = 0;

  constructor(source: Recording, { history, compress, crc32 }: CompactionOptions) {
    this.#source = source;
    this.#tracker = new GoroutineTracker(source);
    this.#tracker.load(source.goroutines);
    const { stacks, numbers } = withoutGaps(source.stacks);
    this.#stacks = stacks;
    this.#stackNumbers = numbers;
    const { meta, dictionaries, columns } = source;
    const { func, type, ...fixed } = dictionaries;
    this.#writer = new RecordingWriter({ ...meta, history: [...meta.history, history] }, fixed, {
      columns,
      compress,
      crc32,
      names: {
        func: distinctNames('func', func).slice(1),
        type: distinctNames('type', type).slice(1),
      },
    });
  }

  get sourceChunkCount(): number {
    return this.#source.chunks.length;
  }

  get rowCount(): number {
    return this.#rowCount;
  }

  /** None: damage ends the compaction, as what is not sound is not to be made smaller. */
  get leftOut(): readonly LeftOut[] {
    return [];
  }

  async *pieces(onChunk: (doneCount: number) => void = () => undefined) {
    yield this.#writer.begin();
    yield this.#parts();
    const { chunks } = this.#source;
    const earliestNs = earliestFrom(chunks.map(({ minNs }) => minNs));
    for (const chunk of chunks) {
      const { chunkIndex } = chunk;
      const arrays = await this.#source.readEvents(chunkIndex, EVENT_COLUMN_NAMES);
      checkRows(arrays, this.#source.dictionaries, chunk.byteOffset, chunkIndex);
      this.#renumberStacks(arrays.stack, chunk.byteOffset);
      this.#pending = joinedByTime(this.#pending, arrays);
      for (const cause of LOSS_CAUSES) this.#lost[cause] += chunk.lost[cause];
      // What is not before all that follows may have an earlier row come behind it.
      const untilNs = earliestNs[chunkIndex + 1] ?? Infinity;
      while (this.#settledRows(untilNs) >= CHUNK_ROWS) yield this.#chunk(CHUNK_ROWS);
      onChunk(chunkIndex + 1);
    }
    const isUntold = Object.values(this.#lost).some((count) => count > 0);
    const rest = this.#pending.time_ns.length;
    if (rest > 0 || isUntold) yield this.#chunk(rest);
    const { end, isComplete, endNs } = this.#source;
    const facts = isComplete ? Object.fromEntries(end) : { ended_ns: `${endNs}`, reason: 'error' };
    yield this.#writer.end(facts);
  }

  /** All parts, whole. */
  #parts(): Uint8Array[] {
    const { probes, processes, functions, sites, frames, types } = this.#source;
    const { metrics, marks, labels, goroutines } = this.#source;
    const writer = this.#writer;
    const stack = goroutines.stack?.map((number) => this.#stackNumbers.get(number) ?? number);
    return [
      ...writer.wholePart('probes', probes),
      ...writer.wholePart('processes', processes),
      ...writer.wholePart('functions', functions),
      ...writer.wholePart('sites', sites),
      ...writer.wholePart('frames', frames),
      ...writer.wholeStacks(this.#stacks),
      ...writer.wholePart('types', types),
      ...writer.wholePart('metrics', metrics),
      ...writer.wholePart('marks', marks),
      ...writer.wholePart('labels', labels),
      ...(goroutines.count === 0
        ? []
        : writer.goroutines(stack === undefined ? goroutines : { ...goroutines, stack })),
    ];
  }

  #renumberStacks(stack: Int32Array, byteOffset: number): void {
    const { count } = this.#stacks;
    const hasGaps = this.#stackNumbers.size > 0;
    for (const [row, number] of stack.entries()) {
      if (number === 0) continue;
      const renumbered = hasGaps ? this.#stackNumbers.get(number) : number;
      if (renumbered === undefined || renumbered < 0 || renumbered > count) {
        const text = `row ${row} has stack ${number}, which does not exist`;
        throw new FormatError('bad-value', byteOffset, text);
      }
      stack[row] = renumbered;
    }
  }

  /** Rows of `#pending` that are before a time. */
  #settledRows(untilNs: number): number {
    return firstRowFrom(this.#pending.time_ns, untilNs);
  }

  /** The first rows of `#pending`. */
  #chunk(rowCount: number): Uint8Array[] {
    const writer = this.#writer;
    const pieces: Uint8Array[] = [];
    if (writer.chunkCount === 0 || this.#rowsSinceCheckpoint >= this.#tracker.count) {
      pieces.push(...writer.checkpoint(checkpointOf(this.#tracker.all(), 0)));
      this.#rowsSinceCheckpoint = 0;
    }
    const goroutineCount = this.#tracker.count;
    const arrays = sliced(this.#pending, 0, rowCount);
    this.#tracker.take(arrays, 0, rowCount);
    const endNs = Math.min(this.#source.endNs, Number.MAX_SAFE_INTEGER);
    pieces.push(
      ...writer.chunk(arrays, rowCount, {
        minNs: rowCount > 0 ? Number(arrays.time_ns[0]) : endNs,
        maxNs: rowCount > 0 ? Number(arrays.time_ns[rowCount - 1]) : endNs,
        eventCounts: countEvents(arrays.event, this.#source.dictionaries.event),
        lost: this.#lost,
        goroutineCount,
      }),
    );
    this.#lost = noLoss();
    this.#rowCount += rowCount;
    this.#rowsSinceCheckpoint += rowCount;
    this.#pending = sliced(this.#pending, rowCount, this.#pending.time_ns.length);
    return pieces;
  }
}

/** By position, the smallest of the values from there on. */
function earliestFrom(values: readonly number[]): number[] {
  const earliest = [...values];
  for (let i = earliest.length - 2; i >= 0; i--) {
    earliest[i] = Math.min(earliest[i]!, earliest[i + 1]!);
  }
  return earliest;
}

/** Stacks numbered from 1, and their old numbers where those are others. */
function withoutGaps(stacks: StackColumns): {
  stacks: StackColumns;
  numbers: ReadonlyMap<number, number>;
} {
  const { count, stack, parent, frame } = stacks;
  if (stack.every((number, row) => number === row + 1)) return { stacks, numbers: new Map() };
  const numbers = new Map(Array.from(stack, (number, row): [number, number] => [number, row + 1]));
  return {
    stacks: {
      count,
      stack: stack.map((_, row) => row + 1),
      parent: parent.map((number) => numbers.get(number) ?? 0),
      frame,
    },
    numbers,
  };
}

/** Rows of both, in order of time; of rows of one time those of `first` come first. */
function joinedByTime(first: EventArrays, second: EventArrays): EventArrays {
  const all = joined(first, second);
  const times = int64Words(all.time_ns);
  const firstCount = first.time_ns.length;
  const rowCount = all.time_ns.length;
  const isEarly = (row: number) =>
    row > 0 && row < rowCount && int64At(times, row) < int64At(times, row - 1);
  if (!isEarly(firstCount)) return all;
  // Only the rows around the seam: those of `first` after the earliest of `second`, and back.
  let from = firstCount;
  const earliest = int64At(times, firstCount);
  while (from > 0 && int64At(times, from - 1) > earliest) from--;
  let to = firstCount;
  const latest = int64At(times, firstCount - 1);
  while (to < rowCount && int64At(times, to) < latest) to++;
  const order = Array.from({ length: to - from }, (_, i) => from + i);
  order.sort((a, b) => int64At(times, a) - int64At(times, b) || a - b);
  for (const name of EVENT_COLUMN_NAMES) {
    const column = all[name] as unknown as { [row: number]: unknown };
    const moved = order.map((row) => column[row]);
    for (const [i, value] of moved.entries()) column[from + i] = value;
  }
  return all;
}

function emptyArrays(): EventArrays {
  return made((name) => numbersOf(WIDE_TYPES[name], new Uint8Array(0)));
}

function joined(first: EventArrays, second: EventArrays): EventArrays {
  if (first.time_ns.length === 0) return second;
  return made((name) => {
    const rowCount = first[name].length + second[name].length;
    const type = WIDE_TYPES[name];
    const all = numbersOf(type, new Uint8Array(rowCount * TYPE_WIDTH[type])) as BigInt64Array;
    all.set(first[name] as BigInt64Array);
    all.set(second[name] as BigInt64Array, first[name].length);
    return all as NumberColumn;
  });
}

function sliced(arrays: EventArrays, from: number, to: number): EventArrays {
  return made((name) => arrays[name].slice(from, to));
}

function made(column: (name: keyof EventArrays) => NumberColumn): EventArrays {
  return Object.fromEntries(
    EVENT_COLUMN_NAMES.map((name) => [name, column(name)]),
  ) as unknown as EventArrays;
}

function noLoss(): Record<LossCause, number> {
  return Object.fromEntries(LOSS_CAUSES.map((cause) => [cause, 0])) as Record<LossCause, number>;
}
