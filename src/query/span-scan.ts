/**
 * `scan_spans()`: the stretches of time in which goroutines had one state, as a table function.
 *
 * One pass over the state changes, in the order of their time, with what is open of each
 * goroutine alive. Windows in SQL over the same events would sort all of them first, and
 * compute columns that a query does not ask for. Spans come out in the order in which they end.
 *
 * A goroutine that lived before the recording begins with what the census says of it, unless
 * its first event says otherwise. One that the census does not know (it was gone by then)
 * begins with what its first event says was before. docs/format.md, "Parts".
 */
import { FormatError } from '../format/errors.ts';
import { knownUntilNs } from '../format/process-rows.ts';
import type { ChunkInfo, Recording } from '../format/recording.ts';
import type { EventReader } from './event-reader.ts';
import { FIELD, OpenSpans } from './open-spans.ts';
import { readOrderedChanges } from './ordered-events.ts';
import type { ChangeArrays } from './ordered-events.ts';
import { recordingEndNs } from './recording-facts.ts';
import { SpanRows } from './span-rows.ts';
import type { SpanColumn } from './span-rows.ts';
import type { Batch, TableFunction } from './table-function.ts';

/** Spans in a batch after the last event, of goroutines that are still there. */
const ALIVE_BATCH_ROWS = 65_536;

/** The function, over the chunks the recording has now. */
export function spanScan(
  recording: Recording,
  columns: readonly SpanColumn[],
  reader: EventReader,
): TableFunction {
  const changeCount = recording.chunks.reduce(
    (sum, { eventCounts: counts }) => sum + counts.go_create + counts.go_state,
    recording.goroutines.count,
  );
  return {
    name: 'scan_spans',
    columns,
    parameters: [],
    scan: () => ({
      rowCount: changeCount,
      isExact: false,
      open: (indices) => {
        const spans = new SpanBuilder(recording, reader);
        const asked = indices.map((index) => columns[index]!);
        return () => {
          const rows = spans.next();
          return rows && toBatch(rows, asked, spans.byteOffset);
        };
      },
    }),
  };
}

function toBatch(rows: SpanRows, columns: readonly SpanColumn[], byteOffset: number): Batch {
  return {
    rowCount: rows.rowCount,
    columns: columns.map((column) => column.fill(rows, byteOffset)),
  };
}

class SpanBuilder {
  /** Of the chunk read last. */
  byteOffset = 0;
  readonly #readNext: () => boolean;
  readonly #spans = new OpenSpans();
  /** Where the record of each goroutine alive is: by process, then by goid. */
  readonly #open = new Map<number, Map<number, number>>();
  /** Index of a state of `to_state` for one of `from_state`. */
  readonly #stateOf: readonly number[];
  readonly #states: Record<'running' | 'syscall' | 'waiting' | 'dead', number>;
  readonly #create: number;
  readonly #endNs: number;
  /** When the programs that each process executed ended, those that are still to come. */
  readonly #processEnds: Map<number, number[]>;
  /** Of a merge, when the recording of each process began; others from 0 on. */
  readonly #beginnings: ReadonlyMap<number, number>;
  #rows = new SpanRows(0);
  /** After the last event: what is still open. */
  #alive: Iterator<number> | undefined;

  constructor(recording: Recording, reader: EventReader) {
    const { to_state, from_state, event } = recording.dictionaries;
    this.#stateOf = from_state.map((name) => to_state.indexOf(name));
    const stateNamed = (name: string) => to_state.indexOf(name);
    this.#states = {
      running: stateNamed('running'),
      syscall: stateNamed('syscall'),
      waiting: stateNamed('waiting'),
      dead: stateNamed('dead'),
    };
    this.#create = event.indexOf('go_create');
    this.#endNs = recordingEndNs(recording);
    this.#processEnds = processEnds(recording);
    this.#beginnings = new Map(
      recording.processes.map(({ pid, recordedFromNs = 0 }) => [pid, recordedFromNs]),
    );
    this.#addCensus(recording);
    this.#readNext = readOrderedChanges(recording, reader, (chunk, arrays, first, end) => {
      this.#take(chunk, arrays, first, end);
    });
  }

  /** The spans that end next; undefined after the last. May be none. */
  next(): SpanRows | undefined {
    this.#rows = new SpanRows(0);
    if (this.#alive === undefined && this.#readNext()) return this.#rows;
    this.#alive ??= [...this.#open.values()].flatMap((spans) => [...spans.values()]).values();
    const rows = new SpanRows(ALIVE_BATCH_ROWS);
    while (rows.rowCount < ALIVE_BATCH_ROWS) {
      const next = this.#alive.next();
      if (next.done === true) break;
      const { fields } = this.#spans;
      this.#endOpen(rows, next.value, this.#processEnds.get(fields[next.value + FIELD.pid]!)?.[0]);
    }
    return rows.rowCount > 0 ? rows : undefined;
  }

  /** The process, or the recording, ended first. */
  #endOpen(rows: SpanRows, at: number, processEndNs = this.#endNs): void {
    const endNs = Math.min(processEndNs, this.#endNs);
    rows.add(this.#spans.fields, at, endNs | 0, Math.floor(endNs / 2 ** 32), 0);
  }

  /** The process executes the program anew: whatever its goroutines did is over. */
  #endProgram(spans: Map<number, number>, endNs: number): void {
    this.#reserve(spans.size);
    for (const at of spans.values()) {
      if (this.#spans.fields[at + FIELD.state] !== 0) this.#endOpen(this.#rows, at, endNs);
      this.#spans.remove(at);
    }
    spans.clear();
  }

  #addCensus({ goroutines, chunks }: Recording): void {
    const { count, pid, goid, state, waitReason } = goroutines;
    for (let row = 0; row < count; row++) {
      const low = Number(goid[row]! & 0xffff_ffffn) | 0;
      const high = Number(goid[row]! >> 32n);
      const at = this.#add(pid[row]!, low, high);
      const { fields } = this.#spans;
      const isWaiting = state[row] === this.#states.waiting;
      fields[at + FIELD.state] = state[row]!;
      fields[at + FIELD.waitReason] = isWaiting ? waitReason[row]! : 0;
      this.#spansOf(pid[row]!).set(goidKey(low, high, chunks[0]?.byteOffset ?? 0), at);
    }
  }

  /** A record of a goroutine that is met: what it did before is known from the beginning on. */
  #add(pid: number, goidLow: number, goidHigh: number): number {
    const at = this.#spans.add(pid, goidLow, goidHigh);
    const fromNs = this.#beginnings.get(pid) ?? 0;
    this.#spans.fields[at + FIELD.start] = fromNs | 0;
    this.#spans.fields[at + FIELD.start + 1] = Math.floor(fromNs / 2 ** 32);
    return at;
  }

  #spansOf(pid: number): Map<number, number> {
    let spans = this.#open.get(pid);
    if (spans === undefined) this.#open.set(pid, (spans = new Map<number, number>()));
    return spans;
  }

  #take(chunk: ChunkInfo, arrays: ChangeArrays, first: number, end: number): void {
    this.byteOffset = chunk.byteOffset;
    this.#reserve(end - first);
    let rows = this.#rows;
    const times = halvesOf(arrays.time_ns);
    const goids = halvesOf(arrays.goid);
    const byGoids = halvesOf(arrays.by_goid);
    const { waiting, running, syscall, dead } = this.#states;
    let pid = -1;
    let spans = new Map<number, number>();
    let ends: number[] = [];
    let { fields } = this.#spans;
    for (let row = first; row < end; row++) {
      const goidLow = goids[row * 2]!;
      const goidHigh = goids[row * 2 + 1]!;
      const timeLow = times[row * 2]!;
      const timeHigh = times[row * 2 + 1]!;
      if (arrays.pid[row] !== pid) {
        pid = arrays.pid[row]!;
        spans = this.#spansOf(pid);
        ends = this.#processEnds.get(pid) ?? [];
      }
      // The last end comes after all events.
      if (ends.length > 1 && arrays.time_ns[row]! > BigInt(ends[0]!)) {
        this.#endProgram(spans, ends.shift()!);
        this.#reserve(end - row);
        rows = this.#rows;
      }
      const key = goidKey(goidLow, goidHigh, chunk.byteOffset);
      const state = arrays.to_state[row]!;
      let at = spans.get(key);
      if (at === undefined) {
        at = this.#add(pid, goidLow, goidHigh);
        fields = this.#spans.fields;
        spans.set(key, at);
      }
      if (fields[at + FIELD.isSeen] === 0) {
        // Its first event: the census' word, if there is one, held until now at the most.
        const isBirth = arrays.event[row] === this.#create;
        const before = isBirth ? 0 : this.#before(arrays.from_state[row]!, chunk);
        if (before !== fields[at + FIELD.state]) fields[at + FIELD.waitReason] = 0;
        fields[at + FIELD.state] = before;
      }
      const before = fields[at + FIELD.state]!;
      if (before !== 0) rows.add(fields, at, timeLow, timeHigh, state);
      if (state === dead) {
        spans.delete(key);
        this.#spans.remove(at);
        continue;
      }
      fields[at + FIELD.previousState] = before;
      fields[at + FIELD.previousReason] = fields[at + FIELD.waitReason]!;
      fields[at + FIELD.previousStart] = fields[at + FIELD.start]!;
      fields[at + FIELD.previousStart + 1] = fields[at + FIELD.start + 1]!;
      fields[at + FIELD.isPreviousSeen] = fields[at + FIELD.isSeen]!;
      const isOnThread = state === running || state === syscall;
      fields[at + FIELD.state] = state;
      fields[at + FIELD.waitReason] = state === waiting ? arrays.wait_reason[row]! : 0;
      fields[at + FIELD.p] = isOnThread ? arrays.p[row]! : -1;
      fields[at + FIELD.tid] = isOnThread ? arrays.tid[row]! : -1;
      fields[at + FIELD.start] = timeLow;
      fields[at + FIELD.start + 1] = timeHigh;
      fields[at + FIELD.by] = byGoids[row * 2]!;
      fields[at + FIELD.by + 1] = byGoids[row * 2 + 1]!;
      fields[at + FIELD.isSeen] = 1;
    }
  }

  /** State that an event says was before it; 0 when that was no life. */
  #before(fromState: number, chunk: ChunkInfo): number {
    const state = this.#stateOf[fromState];
    if (state === undefined || state < 0) {
      throw new FormatError('bad-value', chunk.byteOffset, `state ${fromState}`);
    }
    return state === this.#states.dead ? 0 : state;
  }

  /** Make room for the spans that so many changes end, one each. */
  #reserve(changeCount: number): void {
    const capacity = this.#rows.rowCount + changeCount;
    if (capacity > this.#rows.p.length) this.#rows = this.#rows.grown(capacity);
  }
}

/** By process, the ends of its programs in their order; a program that goes on has the largest number. */
function processEnds({ processes }: Recording): Map<number, number[]> {
  const ends = new Map<number, number[]>();
  for (const row of processes) {
    const { pid } = row;
    const untilNs = knownUntilNs(row);
    const endNs = untilNs < 0 ? Number.MAX_SAFE_INTEGER : untilNs;
    const known = ends.get(pid);
    if (known) known.push(endNs);
    else ends.set(pid, [endNs]);
  }
  return ends;
}

function halvesOf(values: BigInt64Array<ArrayBuffer>): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length * 2);
}

/** A goid as a number; exact, as no program starts 2^53 goroutines. */
function goidKey(low: number, high: number, byteOffset: number): number {
  // By far the most: a small integer, which a Map finds at once.
  if (high === 0 && low >= 0) return low;
  if (high < 0 || high >= 2 ** 21) {
    throw new FormatError('bad-value', byteOffset, 'a goroutine with a number beyond 2^53');
  }
  return high * 2 ** 32 + (low >>> 0);
}
