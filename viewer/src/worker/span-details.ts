/**
 * What the recording's events and parts hold of one span: its stack, profiler labels, and what
 * was allocated during it. Read from the chunks it lies in when it is asked for.
 */
import { FormatError } from '../../../src/format/errors.ts';
import { firstRowFrom } from '../../../src/format/chunk-rows.ts';
import { GoroutineLabels } from '../../../src/format/goroutine-labels.ts';
import { int64At, int64Words } from '../../../src/format/lanes/int64-view.ts';
import type { Recording } from '../../../src/format/recording.ts';
import { shownName } from '../format/shown-name.ts';
import type { Allocations, ShownFrame, SpanDetails } from './context-protocol.ts';

/** A span as it is looked for in the events. */
export interface WantedSpan {
  lane: number;
  pid: number;
  goid: number;
  startNs: number;
  endNs: number;
  /** It is the first of a goroutine older than the recording: part `goroutines` has its stack. */
  isOlder: boolean;
}

/** Deeper stacks have outer frames left out. */
const MOST_FRAMES = 64;
const MOST_TYPES = 6;
/** Chunks read for allocations: as much as takes a moment. */
const MOST_CHUNKS = 200;
const MOST_LABELS = 64;

/** @throws what the source throws; damage in a chunk only leaves out what is in it */
export async function spanDetails(recording: Recording, span: WantedSpan): Promise<SpanDetails> {
  const { stack, moreFrames } = framesOf(recording, await stackOf(recording, span));
  return {
    lane: span.lane,
    startNs: span.startNs,
    stack,
    moreFrames,
    labels: await labelsOf(recording, span),
    allocations: await allocationsOf(recording, span),
  };
}

/** Number of the stack of the event that began the span; 0 none. */
async function stackOf(recording: Recording, span: WantedSpan): Promise<number> {
  if (recording.stacks.count === 0) return 0;
  if (span.isOlder) {
    const { count, pid, goid, stack } = recording.goroutines;
    for (let row = 0; row < count; row++) {
      if (pid[row] === span.pid && Number(goid[row]) === span.goid) return stack?.[row] ?? 0;
    }
    return 0;
  }
  const kinds = ['go_create', 'go_state'].map((name) => recording.dictionaries.event.indexOf(name));
  for (const { chunkIndex, minNs, maxNs } of recording.chunks) {
    if (maxNs < span.startNs) continue;
    if (minNs > span.startNs) break;
    const columns = ['time_ns', 'pid', 'goid', 'event', 'stack'] as const;
    const events = await readSound(recording, chunkIndex, columns);
    if (events === undefined) continue;
    const times = int64Words(events.time_ns);
    const goids = int64Words(events.goid);
    for (let row = firstRowFrom(events.time_ns, span.startNs); row < events.event.length; row++) {
      if (int64At(times, row) !== span.startNs) break;
      const isIt = int64At(goids, row) === span.goid && events.pid[row] === span.pid;
      if (isIt && kinds.includes(events.event[row]!)) return events.stack[row]!;
    }
  }
  return 0;
}

/** The columns of a chunk; undefined when it is damaged. */
async function readSound<C extends Parameters<Recording['readEvents']>[1][number]>(
  recording: Recording,
  chunkIndex: number,
  columns: readonly C[],
) {
  try {
    return await recording.readEvents(chunkIndex, columns);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

function framesOf(
  recording: Recording,
  number: number,
): { stack: ShownFrame[]; moreFrames: number } {
  const { stacks, frames, dictionaries } = recording;
  const stack: ShownFrame[] = [];
  let count = 0;
  let row = number === 0 ? -1 : rowOf(stacks.stack, number, stacks.count);
  while (row >= 0) {
    count++;
    if (stack.length < MOST_FRAMES) {
      const wanted = stacks.frame[row]!;
      const frame =
        frames[wanted - 1]?.frame === wanted
          ? frames[wanted - 1]
          : frames.find((each) => each.frame === wanted);
      stack.push({
        name: shownName((frame && dictionaries.func[frame.func]) ?? '(unknown)'),
        file: shownName(frame?.file ?? ''),
        line: frame?.line ?? 0,
        inlined: frame?.inlined === true,
      });
    }
    const parent = stacks.parent[row]!;
    const parentRow = parent === 0 ? -1 : rowOf(stacks.stack, parent, stacks.count);
    // A parent is before its children; what claims otherwise would lead around in a circle.
    row = parentRow < row ? parentRow : -1;
  }
  return { stack, moreFrames: count - stack.length };
}

/** Row of a stack by its number: mostly numbers follow each other, otherwise it is looked for. */
function rowOf(numbers: Int32Array, number: number, count: number): number {
  const guess = number - (numbers[0] ?? 0);
  if (guess >= 0 && guess < count && numbers[guess] === number) return guess;
  return numbers.subarray(0, count).indexOf(number);
}

async function labelsOf(recording: Recording, span: WantedSpan): Promise<SpanDetails['labels']> {
  if (recording.labels.length === 0) return [];
  // One more: the event at the time itself counts.
  const sets = await GoroutineLabels.at(recording, span.startNs + 1);
  const object = sets.of(span.pid, span.goid);
  if (object === 0n) return [];
  // Sets are told by address and, as addresses are used again, by the last time before.
  const found = new Map<string, string>();
  let sinceNs = -1;
  for (const label of recording.labels) {
    if (label.object !== object || label.pid !== span.pid || label.timeNs > span.startNs) continue;
    if (label.timeNs > sinceNs) {
      found.clear();
      sinceNs = label.timeNs;
    }
    if (label.timeNs === sinceNs && found.size < MOST_LABELS) found.set(label.key, label.value);
  }
  return Array.from(found, ([key, value]) => ({ key: shownName(key), value: shownName(value) }));
}

async function allocationsOf(
  recording: Recording,
  span: WantedSpan,
): Promise<Allocations | undefined> {
  if (!recording.meta.groups.includes('alloc')) return undefined;
  const alloc = recording.dictionaries.event.indexOf('alloc');
  const byType = new Map<number, { count: number; bytes: number }>();
  let untilNs: number | undefined;
  let readCount = 0;
  for (const { chunkIndex, minNs, maxNs, eventCounts } of recording.chunks) {
    if (maxNs < span.startNs || eventCounts.alloc === 0) continue;
    if (minNs >= span.endNs) break;
    if (readCount++ === MOST_CHUNKS) {
      untilNs = minNs;
      break;
    }
    const columns = ['time_ns', 'pid', 'goid', 'event', 'type', 'size_bytes'] as const;
    const events = await readSound(recording, chunkIndex, columns);
    if (events === undefined) continue;
    const times = int64Words(events.time_ns);
    const goids = int64Words(events.goid);
    const sizes = int64Words(events.size_bytes);
    for (let row = firstRowFrom(events.time_ns, span.startNs); row < events.event.length; row++) {
      if (int64At(times, row) >= span.endNs) break;
      if (events.event[row] !== alloc || int64At(goids, row) !== span.goid) continue;
      if (events.pid[row] !== span.pid) continue;
      const type = events.type[row]!;
      let sum = byType.get(type);
      if (sum === undefined) byType.set(type, (sum = { count: 0, bytes: 0 }));
      sum.count++;
      sum.bytes += int64At(sizes, row);
    }
  }
  const types = Array.from(byType, ([type, { count, bytes }]) => ({
    name: shownName(recording.dictionaries.type[type] ?? '') || '(no type)',
    count,
    bytes,
  })).sort((a, b) => b.bytes - a.bytes);
  return {
    count: types.reduce((sum, { count }) => sum + count, 0),
    bytes: types.reduce((sum, { bytes }) => sum + bytes, 0),
    types: types.slice(0, MOST_TYPES),
    typeCount: types.length,
    untilNs,
  };
}
