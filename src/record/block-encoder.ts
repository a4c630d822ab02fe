/**
 * A drained block becomes the bytes of a chunk.
 *
 * The block's columns are handed to the writer without a copy. The addon is told what the numbers
 * of places and types stand for, so that only rows with one that was new are rewritten here.
 */
import {
  EVENT_COLUMN_NAMES,
  EVENT_COLUMNS,
  EVENTS,
  KINDS,
  LOSS_CAUSES,
  type EventArrays,
  type EventName,
  type LossCause,
} from '../format/event-columns.ts';
import type { GoroutineColumns, MetricRow } from '../format/recording.ts';
import type { RecordingWriter } from '../format/recording-writer.ts';
import type { NameResolver } from './name-resolver.ts';
import type { ProfilerLabels } from './profiler-labels.ts';
import { stackParts } from './stack-parts.ts';
import type { StackResolver } from './stack-resolver.ts';
import type { Block, GoroutineArrays, NativeRecorder } from './native.ts';

const ALLOC = EVENTS.indexOf('alloc');
const NEW = KINDS.indexOf('new');
const CLOSURE = KINDS.indexOf('closure');
const GO_LABELS = EVENTS.indexOf('go_labels');

export class BlockEncoder {
  readonly #writer: RecordingWriter;
  readonly #labels: ProfilerLabels;
  readonly #recorder: NativeRecorder;
  readonly #columns: EventArrays[];
  /** What the chunks so far say was lost, by cause in the order of LOSS_CAUSES. */
  readonly #lostInChunks = LOSS_CAUSES.map(() => 0n);
  #goroutineCount = 0;
  /** How many places and types the addon knows, 0 included. */
  #namedSites = 1;
  #namedTypes = 1;

  constructor(
    writer: RecordingWriter,
    recorder: NativeRecorder,
    labels: ProfilerLabels,
    blockRows: number,
  ) {
    this.#writer = writer;
    this.#labels = labels;
    this.#recorder = recorder;
    this.#columns = recorder.buffers.map((buffer) =>
      columnsOf(buffer, recorder.columnOffsets, blockRows),
    );
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
    const labels = hasLabels ? this.#labels.rowsOf(arrays, block.rows) : [];
    if (stacks !== undefined) rewriteStacks(arrays, block, stacks);
    if ((block.eventCounts[ALLOC] ?? 0) > 0) markClosures(arrays, block.rows, resolver.isClosure);
    const found = stacks?.takeNew();

    for (const i of LOSS_CAUSES.keys()) this.#lostInChunks[i]! += block.lost[i] ?? 0n;
    this.#goroutineCount = block.aliveCount;

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
    pieces.push(
      ...this.#writer.chunk(arrays, block.rows, {
        minNs: Number(block.minNs),
        maxNs: Number(block.maxNs),
        eventCounts: byEvent(block.eventCounts),
        lost: byCause(block.lost),
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
    const late = BigUint64Array.from(this.#lostInChunks, (told, i) => (lost[i] ?? 0n) - told);
    if (late.every((count) => count === 0n)) return [];
    const none = firstRows(this.#columns[0]!, 0);
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
function rewriteStacks(arrays: EventArrays, block: Block, stacks: StackResolver): void {
  stacks.add(block.newStacks);
  const { stackOf } = stacks;
  const { event, func, site, kind, stack } = arrays;
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
      kind[row] = found.kind;
    } else {
      const found = stacks.call(stack[row]!);
      func[row] = found.func;
      site[row] = found.site;
    }
  }
}

/** A closure is allocated as any variable is: its type tells. */
function markClosures({ type, kind }: EventArrays, rows: number, isClosure: Uint8Array): void {
  for (let row = 0; row < rows; row++) {
    if (isClosure[type[row]!] === 1 && kind[row] === NEW) kind[row] = CLOSURE;
  }
}

/** Numbers that had no name yet to what stands in the file. */
function rewrite(arrays: EventArrays, block: Block, resolver: NameResolver): void {
  const { siteFunc, siteKind, siteRow, typeIndex } = resolver;
  const { event, func, site, kind, type } = arrays;
  for (let row = 0; row < block.rows; row++) {
    const [start, place, made] = [func[row]!, site[row]!, type[row]!];
    if (start < 0) func[row] = siteFunc[-start]!;
    if (place < 0) {
      site[row] = siteRow[-place]!;
      if (event[row] === ALLOC) kind[row] = siteKind[-place]!;
    }
    if (made < 0) type[row] = typeIndex[-made]!;
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
  rows: number,
): EventArrays {
  const arrays: Record<string, unknown> = {};
  for (const name of EVENT_COLUMN_NAMES) {
    const byteOffset = byteOffsets[name];
    if (byteOffset === undefined) throw new Error(`the addon has no column ${name}`);
    switch (EVENT_COLUMNS[name]) {
      case 'int64':
        arrays[name] = new BigInt64Array(buffer, byteOffset, rows);
        break;
      case 'int32':
      case 'dict32':
        arrays[name] = new Int32Array(buffer, byteOffset, rows);
        break;
      case 'int16':
        arrays[name] = new Int16Array(buffer, byteOffset, rows);
        break;
      case 'dict8':
        arrays[name] = new Int8Array(buffer, byteOffset, rows);
        break;
    }
  }
  return arrays as EventArrays;
}

function firstRows(arrays: EventArrays, rows: number): EventArrays {
  return Object.fromEntries(
    EVENT_COLUMN_NAMES.map((name) => [name, arrays[name].subarray(0, rows)]),
  ) as EventArrays;
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
