/**
 * A drained block becomes the bytes of a chunk.
 *
 * The block's columns are handed to the writer without a copy. The addon is told what the numbers
 * of places and types stand for, so that only rows with one that was new are rewritten here.
 */
import { TYPE_WIDTH } from '../format/arrow-schema.ts';
import { numbersOf } from '../format/column-body.ts';
import {
  EVENTS,
  KINDS,
  LOSS_CAUSES,
  type EventArrays,
  type EventName,
  type LossCause,
} from '../format/event-columns.ts';
import type { GoroutineColumns, MetricRow } from '../format/recording.ts';
import type { RecordingWriter, WrittenEvents } from '../format/recording-writer.ts';
import type { StoredColumns } from '../format/stored-columns.ts';
import type { NameResolver } from './name-resolver.ts';
import type { NarrowNames } from './narrow-names.ts';
import type { ProfilerLabels } from './profiler-labels.ts';
import { stackParts } from './stack-parts.ts';
import type { StackResolver } from './stack-resolver.ts';
import type { Block, GoroutineArrays, NativeRecorder } from './native.ts';

const ALLOC = EVENTS.indexOf('alloc');
const NEW = KINDS.indexOf('new');
const CLOSURE = KINDS.indexOf('closure');
const GO_LABELS = EVENTS.indexOf('go_labels');
const NAME_LOST = LOSS_CAUSES.indexOf('name_lost');

/** The columns of a drained block that the recording has; names in four bytes. */
type BlockArrays = Pick<EventArrays, 'time_ns' | 'event' | 'func' | 'site'> &
  Partial<Pick<EventArrays, 'type' | 'kind' | 'stack' | 'object' | 'pid'>> &
  WrittenEvents;

export interface BlockEncoderOptions {
  writer: RecordingWriter;
  recorder: NativeRecorder;
  labels: ProfilerLabels;
  columns: StoredColumns;
  narrow: NarrowNames;
  blockRows: number;
  /** The process of all rows, where they do not say it. */
  pid: number;
}

export class BlockEncoder {
  readonly #writer: RecordingWriter;
  readonly #labels: ProfilerLabels;
  readonly #recorder: NativeRecorder;
  readonly #columns: BlockArrays[];
  readonly #narrow: NarrowNames;
  readonly #pid: number;
  /** What the chunks so far say was lost, by cause in the order of LOSS_CAUSES. */
  readonly #lostInChunks = LOSS_CAUSES.map(() => 0n);
  #goroutineCount = 0;
  /** How many places and types the addon knows, 0 included. */
  #namedSites = 1;
  #namedTypes = 1;

  constructor(options: BlockEncoderOptions) {
    const { writer, recorder, labels, columns, narrow, blockRows, pid } = options;
    this.#writer = writer;
    this.#labels = labels;
    this.#recorder = recorder;
    this.#narrow = narrow;
    this.#pid = pid;
    this.#columns = recorder.buffers.map((buffer) =>
      columnsOf(buffer, recorder.columnOffsets, columns, blockRows),
    );
  }

  /** How many names did not fit into their columns so far. */
  get lostNames(): number {
    return this.#narrow.lostCount;
  }

  /**
   * Encode a block.
   *
   * @param stacks - undefined when none are recorded
   * @param metrics - rows that are due, may be empty
   * @returns pieces to append; some are views of the block's buffer, so the block may be released
   *   only after they were written
   */
  encode(
    block: Block,
    resolver: NameResolver,
    stacks: StackResolver | undefined,
    metrics: readonly MetricRow[],
  ): Uint8Array[] {
    const { sites, functions } = resolver.addSites(block.newSites);
    const types = resolver.addTypes(block.newTypes);
    const arrays = firstRows(this.#columns[block.index]!, block.rows);
    this.#tellNames(resolver);
    if (block.hasUnnamed) rewrite(arrays, block, resolver);
    const hasLabels = (block.eventCounts[GO_LABELS] ?? 0) > 0;
    const { event, object, time_ns } = arrays;
    const labels =
      hasLabels && object !== undefined
        ? this.#labels.rowsOf(
            {
              event,
              object,
              time_ns,
              pid: arrays.pid ?? new Int32Array(block.rows).fill(this.#pid),
            },
            block.rows,
          )
        : [];
    if (stacks !== undefined) rewriteStacks(arrays, block, stacks);
    if ((block.eventCounts[ALLOC] ?? 0) > 0) markClosures(arrays, block.rows, resolver.isClosure);
    const found = stacks?.takeNew();

    const pieces = [
      ...this.#writer.part('functions', functions),
      ...this.#writer.part('sites', sites),
      ...(found === undefined ? [] : stackParts(this.#writer, found)),
      ...this.#writer.part('types', types),
      ...this.#writer.part('metrics', metrics),
      ...this.#writer.part('labels', labels),
    ];
    if (block.checkpoint) {
      pieces.push(...this.#writer.checkpoint(checkpointColumns(block.checkpoint, resolver)));
    }
    // The writer knows of all names by now.
    const namesBefore = this.#narrow.lostCount;
    const written = this.#narrow.of(block.index, arrays, block.rows, this.#writer.highestNumber);
    const lost = block.lost.slice();
    lost[NAME_LOST]! += BigInt(this.#narrow.lostCount - namesBefore);
    for (const i of LOSS_CAUSES.keys()) this.#lostInChunks[i]! += lost[i] ?? 0n;
    this.#goroutineCount = block.aliveCount;

    pieces.push(
      ...this.#writer.chunk(written, block.rows, {
        minNs: Number(block.minNs),
        maxNs: Number(block.maxNs),
        eventCounts: byEvent(block.eventCounts),
        lost: byCause(lost),
        goroutineCount: block.aliveCount,
      }),
    );
    return pieces;
  }

  /**
   * A loss after the last event belongs to no block: a chunk without rows carries it.
   *
   * @param lost - all losses of the recording, by cause
   * @returns pieces to append, none when the chunks have told everything
   */
  encodeLateLoss(lost: BigUint64Array, timeNs: number): Uint8Array[] {
    const late = BigUint64Array.from(this.#lostInChunks, (told, i) =>
      i === NAME_LOST ? 0n : (lost[i] ?? 0n) - told,
    );
    if (late.every((count) => count === 0n)) return [];
    const none = this.#narrow.of(0, firstRows(this.#columns[0]!, 0), 0, 0);
    return [
      ...(this.#writer.chunkCount === 0 ? this.#writer.checkpoint(nobody()) : []),
      ...this.#writer.chunk(none, 0, {
        minNs: timeNs,
        maxNs: timeNs,
        eventCounts: byEvent(new Uint32Array(0)),
        lost: byCause(late),
        goroutineCount: this.#goroutineCount,
      }),
    ];
  }

  /** What the addon does not know yet. */
  #tellNames(resolver: NameResolver): void {
    const { siteFunc, siteRow, siteKind, typeIndex, siteCount, typeCount } = resolver;
    if (siteCount === this.#namedSites && typeCount === this.#namedTypes) return;
    const func = siteFunc.subarray(this.#namedSites, siteCount);
    const type = typeIndex.subarray(this.#namedTypes, typeCount);
    this.#recorder.addNames({
      siteCount: func.length,
      func,
      site: siteRow.subarray(this.#namedSites, siteCount),
      kind: siteKind.subarray(this.#namedSites, siteCount),
      typeCount: type.length,
      type,
    });
    this.#namedSites = siteCount;
    this.#namedTypes = typeCount;
  }
}

/** Numbers of stacks to those of the file; where allocations and calls are, from their stacks. */
function rewriteStacks(arrays: BlockArrays, block: Block, stacks: StackResolver): void {
  stacks.add(block.newStacks);
  const { stackOf } = stacks;
  const { event, func, site, kind, stack } = arrays;
  if (stack === undefined) return;
  for (let row = 0; row < block.rows; row++) stack[row] = stackOf[stack[row]!] ?? 0;
  const telling = Uint8Array.from(block.eventCounts, (count, number) =>
    count > 0 && stacks.telling.has(number) ? 1 : 0,
  );
  if (!telling.includes(1)) return;
  for (let row = 0; row < block.rows; row++) {
    if (telling[event[row]!] === 0) continue;
    if (event[row] === ALLOC) {
      const found = stacks.allocation(stack[row]!);
      func[row] = found.func;
      site[row] = found.site;
      if (kind !== undefined) kind[row] = found.kind;
    } else {
      const found = stacks.call(stack[row]!);
      func[row] = found.func;
      site[row] = found.site;
    }
  }
}

/** A closure is allocated as any variable is: its type tells. */
function markClosures({ type, kind }: BlockArrays, rows: number, isClosure: Uint8Array): void {
  if (type === undefined || kind === undefined) return;
  for (let row = 0; row < rows; row++) {
    if (isClosure[type[row]!] === 1 && kind[row] === NEW) kind[row] = CLOSURE;
  }
}

/** Numbers that had no name yet to what stands in the file. */
function rewrite(arrays: BlockArrays, block: Block, resolver: NameResolver): void {
  const { siteFunc, siteKind, siteRow, typeIndex } = resolver;
  const { event, func, site, kind, type } = arrays;
  for (let row = 0; row < block.rows; row++) {
    const [start, place, made] = [func[row]!, site[row]!, type?.[row] ?? 0];
    if (start < 0) func[row] = siteFunc[-start]!;
    if (place < 0) {
      site[row] = siteRow[-place]!;
      if (event[row] === ALLOC && kind !== undefined) kind[row] = siteKind[-place]!;
    }
    if (made < 0) type![row] = typeIndex[-made]!;
  }
}

function checkpointColumns(arrays: GoroutineArrays, resolver: NameResolver) {
  return {
    count: arrays.count,
    pid: arrays.pid,
    goid: arrays.goid,
    parentGoid: arrays.parentGoid,
    func: arrays.startSite.map((site) => resolver.siteFunc[site]!),
    state: arrays.state,
    waitReason: arrays.waitReason,
    sinceNs: arrays.sinceNs,
    createdNs: arrays.createdNs,
  };
}

function nobody(): GoroutineColumns {
  return {
    count: 0,
    pid: new Int32Array(0),
    goid: new BigInt64Array(0),
    parentGoid: new BigInt64Array(0),
    func: new Int32Array(0),
    state: new Int8Array(0),
    waitReason: new Int8Array(0),
    sinceNs: new BigInt64Array(0),
    createdNs: new BigInt64Array(0),
  };
}

/** Typed views of a block's buffer. */
function columnsOf(
  buffer: ArrayBuffer,
  byteOffsets: Record<string, number>,
  columns: StoredColumns,
  rows: number,
): BlockArrays {
  const arrays = Object.entries(columns).map(([name, type]) => {
    const byteOffset = byteOffsets[name];
    if (byteOffset === undefined) throw new Error(`the addon has no column ${name}`);
    const inBlock = type === 'int16' && name !== 'p' ? 'int32' : type;
    const byteLength = rows * TYPE_WIDTH[inBlock];
    return [name, numbersOf(inBlock, new Uint8Array(buffer, byteOffset, byteLength))] as const;
  });
  return Object.fromEntries(arrays) as unknown as BlockArrays;
}

function firstRows(arrays: BlockArrays, rows: number): BlockArrays {
  return Object.fromEntries(
    Object.entries(arrays).map(([name, values]) => [name, values.subarray(0, rows)]),
  ) as unknown as BlockArrays;
}

function byEvent(counts: Uint32Array): Record<EventName, number> {
  return Object.fromEntries(EVENTS.slice(1).map((name, i) => [name, counts[i + 1] ?? 0])) as Record<
    EventName,
    number
  >;
}

/** Losses of a block by cause. */
export function byCause(lost: BigUint64Array): Record<LossCause, number> {
  return Object.fromEntries(
    LOSS_CAUSES.map((cause, i) => [cause, Number(lost[i] ?? 0n)]),
  ) as Record<LossCause, number>;
}
