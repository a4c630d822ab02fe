/**
 * Writes a recording anew from another: all of it, a stretch of its time, rows that are chosen.
 *
 * A stretch is a recording that began later: times count from its beginning, and who lived then
 * is its part `goroutines`. Chunk after chunk is read and written, so that only one is held.
 * Names keep their numbers. docs/format.md, "Copies".
 */
import { distinctNames } from './distinct-names.ts';
import type { Crc32 } from './chunk-crc.ts';
import { checkRows, firstRowFrom } from './chunk-rows.ts';
import { CopiedChunks } from './copied-chunks.ts';
import { FormatError } from './errors.ts';
import { EVENT_COLUMN_NAMES, LOSS_CAUSES } from './event-columns.ts';
import { GoroutineLabels } from './goroutine-labels.ts';
import {
  checkpointOf,
  GoroutineTracker,
  TRACKED_COLUMNS,
  type LiveGoroutine,
} from './goroutine-tracker.ts';
import { NeededStacks } from './needed-stacks.ts';
import type { LeftOut, RecordingPieces } from './recording-pieces.ts';
import { RecordingWriter } from './recording-writer.ts';
import type { ChunkInfo, GoroutineColumns, Recording } from './recording.ts';
import { RowBuffer } from './row-buffer.ts';
import type { RowSelection } from './row-selection.ts';
import { TimeWindow } from './time-window.ts';

export interface CopyOptions {
  /** What is being done, for the copy's `xgotop.history`. */
  history: string;
  /** Ns since the recording started; what is before is left out. Default: its beginning. */
  fromNs?: number;
  /** What is at or after it is left out. Default: its end. */
  toNs?: number;
  /** Rows to keep, of this recording and time; default: all. */
  selection?: RowSelection;
  /** `xgotop.groups` of the copy; default: the original's. */
  groups?: string[];
  /** Checksums of chunks; default: none. */
  crc32?: Crc32;
}

/** Dictionaries that do not grow. */
const FIXED = ['event', 'from_state', 'to_state', 'wait_reason', 'kind'] as const;

export class RecordingCopy implements RecordingPieces {
  readonly #source: Recording;
  readonly #writer: RecordingWriter;
  readonly #window: TimeWindow;
  readonly #selection: RowSelection | undefined;
  readonly #tracker: GoroutineTracker;
  readonly #chunks: CopiedChunks;
  readonly #stacks: NeededStacks;
  readonly #leftOut: LeftOut[] = [];
  /** Rows that were chosen, until they make a chunk. */
  readonly #buffer: RowBuffer | undefined;

  constructor(source: Recording, options: CopyOptions) {
    const { meta, dictionaries } = source;
    this.#source = source;
    this.#window = new TimeWindow(options.fromNs, options.toNs);
    this.#selection = options.selection;
    this.#tracker = new GoroutineTracker(source);
    this.#stacks = new NeededStacks(source.stacks);
    this.#buffer = options.selection && new RowBuffer();
    const { fromNs } = this.#window;
    // Of a damaged recording they may have a name twice, or more than there are numbers.
    const fixed = Object.fromEntries(
      FIXED.map((column) => [column, distinctNames(column, dictionaries[column]).slice(0, 128)]),
    ) as Record<(typeof FIXED)[number], string[]>;
    this.#writer = new RecordingWriter(
      {
        ...meta,
        startUnixNs: meta.startUnixNs + BigInt(fromNs),
        startMonoNs: meta.startMonoNs + BigInt(fromNs),
        launched: meta.launched && fromNs === 0,
        groups: options.groups ?? meta.groups,
        history: [...meta.history, options.history],
        ...(this.#selection?.hasStateGaps ? { hasStateGaps: true } : {}),
      },
      fixed,
      { columns: source.columns, crc32: options.crc32 },
    );
    this.#chunks = new CopiedChunks(this.#writer, this.#tracker, dictionaries.event, fromNs);
  }

  get sourceChunkCount(): number {
    return this.#source.chunks.length;
  }

  get rowCount(): number {
    return this.#chunks.rowCount;
  }

  get leftOut(): readonly LeftOut[] {
    return this.#leftOut;
  }

  async *pieces(onChunk: (doneCount: number) => void = () => undefined) {
    yield this.#writer.begin();
    yield this.#names();
    const { chunks } = this.#source;
    const { fromNs, toNs } = this.#window;
    let chunkIndex = chunks.findIndex(({ maxNs }) => maxNs >= fromNs);
    if (chunkIndex < 0) chunkIndex = chunks.length;
    await this.#reach(chunkIndex);
    const labels = fromNs > 0 ? await GoroutineLabels.at(this.#source, fromNs) : undefined;
    yield this.#older(labels);
    for (; chunkIndex < chunks.length; chunkIndex++) {
      const chunk = chunks[chunkIndex]!;
      if (chunk.minNs >= toNs) break;
      try {
        yield* this.#chunk(chunk);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        this.#leftOut.push({ chunkIndex, rowCount: chunk.rowCount, error });
      }
      onChunk(chunkIndex + 1);
    }
    if (this.#buffer !== undefined) yield this.#flush(this.#buffer);
    yield this.#writer.end(this.#endFacts());
  }

  /** Names and small parts, whole. */
  #names(): Uint8Array[] {
    const { dictionaries, functions, sites, frames, types, probes } = this.#source;
    const { metrics, marks, labels, processes } = this.#source;
    const [writer, window] = [this.#writer, this.#window];
    return [
      ...writer.addNames('func', distinctNames('func', dictionaries.func).slice(1)),
      ...writer.addNames('type', distinctNames('type', dictionaries.type).slice(1)),
      ...writer.part('probes', probes),
      ...writer.part('processes', window.processes(processes)),
      ...writer.part('functions', functions),
      ...writer.part('sites', sites),
      ...writer.part('frames', frames),
      ...writer.part('types', types),
      ...writer.part('metrics', window.rows(metrics)),
      ...writer.part('marks', window.rows(marks)),
      ...writer.part('labels', window.labels(labels)),
    ];
  }

  /** Bring the tracker to the copy's beginning, which is in this chunk or before it. */
  async #reach(chunkIndex: number): Promise<void> {
    const { fromNs } = this.#window;
    this.#tracker.load(this.#source.goroutines);
    if (fromNs > 0) await this.#bringForward(chunkIndex, fromNs);
    const selection = this.#selection;
    if (selection === undefined) return;
    await selection.begin(chunkIndex, fromNs);
    this.#tracker.retain(({ pid, goid }) => selection.wants(pid, goid));
  }

  async #bringForward(chunkIndex: number, fromNs: number): Promise<void> {
    const { chunks } = this.#source;
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
      this.#tracker.take(arrays, 0, firstRowFrom(arrays.time_ns, fromNs));
    }
  }

  /** Part `goroutines`: as it is, or who lives at the beginning. */
  #older(labels: GoroutineLabels | undefined): Uint8Array[] {
    const { fromNs } = this.#window;
    if (fromNs > 0) {
      return this.#writer.goroutines(olderGoroutines([...this.#tracker.all()], fromNs, labels));
    }
    const goroutines = this.#kept(this.#source.goroutines);
    if (goroutines.count === 0) return [];
    const stacks = this.#stacks.take(goroutines.stack ?? []);
    return [...this.#writer.stacks(stacks), ...this.#writer.goroutines(goroutines)];
  }

  #kept(goroutines: GoroutineColumns): GoroutineColumns {
    const selection = this.#selection;
    if (selection === undefined) return goroutines;
    const { count, ...columns } = goroutines;
    const rows = Array.from({ length: count }, (_, row) => row).filter((row) =>
      selection.wants(columns.pid[row]!, Number(columns.goid[row])),
    );
    const picked = Object.entries(columns).map(([name, column]) => {
      const values = column.slice(0, rows.length);
      for (const [at, row] of rows.entries()) values[at] = column[row]!;
      return [name, values] as const;
    });
    return { count: rows.length, ...Object.fromEntries(picked) } as GoroutineColumns;
  }

  async *#chunk(chunk: ChunkInfo): AsyncGenerator<Uint8Array[]> {
    const { chunkIndex, byteOffset, lost, minNs } = chunk;
    const { fromNs, toNs } = this.#window;
    const arrays = await this.#source.readEvents(chunkIndex, EVENT_COLUMN_NAMES);
    checkRows(arrays, this.#source.dictionaries, byteOffset, chunkIndex);
    const start = fromNs > 0 ? firstRowFrom(arrays.time_ns, fromNs) : 0;
    const end = Math.max(start, firstRowFrom(arrays.time_ns, toNs));
    if (this.#selection === undefined || this.#buffer === undefined) {
      const stacks = this.#stacks.take(arrays.stack.subarray(start, end));
      yield [
        ...this.#writer.stacks(stacks),
        ...this.#chunks.write(arrays, start, end, lost, minNs),
      ];
      return;
    }
    const mask = await this.#selection.mask(chunkIndex, arrays);
    const rows = new Int32Array(end - start);
    let count = 0;
    for (let row = start; row < end; row++) if (mask[row] === 1) rows[count++] = row;
    // A loss stays between the rows between which it was.
    const isLossy = LOSS_CAUSES.some((cause) => lost[cause] > 0);
    if (isLossy) yield this.#flush(this.#buffer);
    this.#buffer.addLosses(lost);
    for (let taken = 0; taken < count;) {
      taken += this.#buffer.append(arrays, rows.subarray(0, count), taken);
      if (this.#buffer.isFull) yield this.#flush(this.#buffer);
    }
    if (isLossy) yield this.#flush(this.#buffer, minNs);
  }

  /** @param emptyNs - the time of a loss without rows */
  #flush(buffer: RowBuffer, emptyNs = 0): Uint8Array[] {
    buffer.sort();
    const { arrays, rowCount, lost } = buffer;
    const pieces = [
      ...this.#writer.stacks(this.#stacks.take(arrays.stack.subarray(0, rowCount))),
      ...this.#chunks.write(arrays, 0, rowCount, lost, emptyNs),
    ];
    buffer.clear();
    return pieces;
  }

  #endFacts(): Record<string, string> {
    const { end, endNs, isComplete } = this.#source;
    const { fromNs, toNs } = this.#window;
    const endedNs = Math.max(this.#chunks.lastNs, Math.min(endNs, toNs) - fromNs, 0);
    if (toNs <= endNs) return { ended_ns: `${endedNs}`, reason: 'duration' };
    if (!isComplete) return { ended_ns: `${endedNs}`, reason: 'error' };
    return { ...Object.fromEntries(end), ended_ns: `${endedNs}` };
  }
}

/** Part `goroutines` of a recording that begins at `fromNs`. */
function olderGoroutines(
  all: readonly LiveGoroutine[],
  fromNs: number,
  labels: GoroutineLabels | undefined,
): GoroutineColumns {
  return {
    // The part has no createdNs, and whoever writes it leaves that out.
    ...checkpointOf(all, fromNs),
    site: Int32Array.from(all, ({ site }) => site),
    // Negative: so long before; -1 not known.
    sinceNs: BigInt64Array.from(all, ({ sinceNs }) =>
      BigInt(sinceNs === -1 ? -1 : Math.min(-2, sinceNs - fromNs)),
    ),
    ...(labels === undefined || labels.isEmpty
      ? {}
      : { labels: BigInt64Array.from(all, ({ pid, goid }) => labels.of(pid, goid)) }),
  };
}
