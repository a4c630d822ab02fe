/**
 * Writes one recording of several: their events on one axis of time, that of the wall clock.
 *
 * A chunk of each is held, and what is known of names. docs/format.md, "Copies".
 */
import type { Crc32 } from './chunk-crc.ts';
import { CopiedChunks } from './copied-chunks.ts';
import type { EventArrays } from './event-columns.ts';
import { GoroutineTracker } from './goroutine-tracker.ts';
import { MergeCursor } from './merge-cursor.ts';
import {
  mergedDictionary,
  mergedMeta,
  mergedMetrics,
  mergedProbes,
  type PlacedInput,
} from './merged-facts.ts';
import { mergedGoroutines, type InputNumbers } from './merged-goroutines.ts';
import { MergedNames } from './merged-names.ts';
import { MergedProcesses, type MergeInput } from './merged-processes.ts';
import { UserError } from './errors.ts';
import { latestProcesses } from './process-rows.ts';
import type { LeftOut, RecordingPieces } from './recording-pieces.ts';
import { RecordingWriter } from './recording-writer.ts';
import type { LabelRow, MarkRow } from './recording.ts';
import { BUFFER_ROWS, RowBuffer } from './row-buffer.ts';
import { columnsOfAll } from './stored-columns.ts';

/** The times of a recording are exact up to here: 104 days. */
const LATEST_NS = Number.MAX_SAFE_INTEGER;
/** An index of int8. */
const MAX_VALUES = 128;

export class RecordingMerge implements RecordingPieces {
  readonly #inputs: readonly PlacedInput[];
  readonly #writer: RecordingWriter;
  readonly #names: MergedNames;
  readonly #processes = new MergedProcesses();
  readonly #numbers: readonly InputNumbers[];
  readonly #chunks: CopiedChunks;
  readonly #tracker: GoroutineTracker;
  readonly #cursors: readonly MergeCursor[];
  readonly #buffer = new RowBuffer();
  #onChunk: (doneCount: number) => void = () => undefined;
  #chunkCount = 0;

  /**
   * @param inputs - two or more
   * @param historyOf - what is being done, for `xgotop.history`
   * @param crc32 - for checksums of chunks; default: none
   * @throws UserError when they cannot be on one axis, or say too much that is different
   */
  constructor(
    inputs: readonly MergeInput[],
    historyOf: (inputs: readonly PlacedInput[]) => string,
    crc32?: Crc32,
  ) {
    this.#inputs = placed(inputs);
    const dictionaries = {
      event: mergedDictionary(inputs, ['event']),
      to_state: mergedDictionary(inputs, ['to_state', 'from_state']),
      wait_reason: mergedDictionary(inputs, ['wait_reason']),
      kind: mergedDictionary(inputs, ['kind']),
    };
    for (const [column, { values }] of Object.entries(dictionaries)) {
      if (values.length <= MAX_VALUES) continue;
      throw new UserError(`together they have ${values.length} values of ${column}, at most 128`);
    }
    // Both columns of states are one ENUM in SQL.
    const fixed = {
      event: dictionaries.event.values,
      from_state: dictionaries.to_state.values,
      to_state: dictionaries.to_state.values,
      wait_reason: dictionaries.wait_reason.values,
      kind: dictionaries.kind.values,
    };
    const states = new Map(fixed.to_state.map((name, index) => [name, index]));
    const columns = columnsOfAll(inputs.map(({ recording }) => recording.columns));
    this.#writer = new RecordingWriter(mergedMeta(this.#inputs, historyOf(this.#inputs)), fixed, {
      columns,
      crc32,
    });
    this.#names = new MergedNames(this.#writer);
    this.#numbers = this.#inputs.map((input, index) => ({
      ...this.#names.add(input.recording),
      pid: this.#processes.add(input, input.shiftNs, input.endNs),
      event: dictionaries.event.indices[index]!,
      from_state: Int8Array.from(input.recording.dictionaries.from_state, (name) =>
        states.get(name)!,
      ),
      to_state: dictionaries.to_state.indices[index]!,
      wait_reason: dictionaries.wait_reason.indices[index]!,
      kind: dictionaries.kind.indices[index]!,
    }));
    this.#tracker = new GoroutineTracker({
      dictionaries: { ...this.#inputs[0]!.recording.dictionaries, ...fixed },
      processes: latestProcesses(this.#processes.rows),
    });
    this.#chunks = new CopiedChunks(this.#writer, this.#tracker, fixed.event, 0);
    this.#cursors = this.#inputs.map(
      (input) =>
        new MergeCursor(input, BUFFER_ROWS, ({ lost }) => {
          this.#buffer.addLosses(lost);
          this.#onChunk(++this.#chunkCount);
        }),
    );
  }

  get sourceChunkCount(): number {
    return this.#inputs.reduce((sum, { recording }) => sum + recording.chunks.length, 0);
  }

  get rowCount(): number {
    return this.#chunks.rowCount;
  }

  get leftOut(): readonly LeftOut[] {
    return this.#cursors.flatMap(({ leftOut }) => leftOut);
  }

  async *pieces(onChunk: (doneCount: number) => void = () => undefined) {
    this.#onChunk = onChunk;
    yield this.#writer.begin();
    const goroutines = mergedGoroutines(this.#inputs, this.#numbers);
    yield this.#parts();
    if (goroutines.count > 0) yield this.#writer.goroutines(goroutines);
    this.#tracker.load(goroutines);
    for (const cursor of this.#cursors) await cursor.fill();
    for (;;) {
      const next = this.#gather();
      this.#settle();
      if (this.#buffer.isFull || next === undefined) yield this.#flush();
      if (next === undefined) break;
      await next.fill();
    }
    yield this.#writer.part('processes', this.#processes.takeLate());
    yield this.#writer.end(this.#endFacts());
  }

  /**
   * Take rows in the order of their time, of one time in the order of the recordings, until the
   * buffer is full or more has to be read.
   *
   * @returns the recording to be read on; undefined at the end
   */
  #gather(): MergeCursor | undefined {
    const buffer = this.#buffer;
    for (;;) {
      let first = this.#cursors[0]!;
      for (const cursor of this.#cursors) if (cursor.headNs < first.headNs) first = cursor;
      if (first.headNs === Infinity) return undefined;
      if (buffer.isFull || first.take(buffer.rowCount++)) return first;
    }
  }

  /** Bring what was taken into the buffer, with the numbers of the merged recording. */
  #settle(): void {
    for (const [index, cursor] of this.#cursors.entries()) {
      cursor.settle((arrays, rows, places) => {
        this.#buffer.place(arrays, rows, places);
        this.#renumber(this.#buffer.arrays, places, index);
      });
    }
  }

  #renumber(arrays: EventArrays, places: Int32Array, index: number): void {
    const numbers = this.#numbers[index]!;
    const { recording, shiftNs } = this.#inputs[index]!;
    const shift = BigInt(shiftNs);
    const timerSet = recording.dictionaries.event.indexOf('timer_set');
    let [oldPid, newPid] = [NaN, 0];
    for (const at of places) {
      if (shiftNs > 0) {
        arrays.time_ns[at]! += shift;
        // The only value that is a time.
        if (arrays.event[at] === timerSet && arrays.value[at] !== 0n) arrays.value[at]! += shift;
      }
      const pid = arrays.pid[at]!;
      if (pid !== oldPid) [oldPid, newPid] = [pid, numbers.pid(pid)];
      arrays.pid[at] = newPid;
      arrays.site[at] = numbers.site.get(arrays.site[at]!) ?? 0;
      arrays.stack[at] = numbers.stack.get(arrays.stack[at]!) ?? 0;
      arrays.func[at] = numbers.func[arrays.func[at]!]!;
      arrays.type[at] = numbers.type[arrays.type[at]!]!;
      arrays.event[at] = numbers.event[arrays.event[at]!]!;
      arrays.from_state[at] = numbers.from_state[arrays.from_state[at]!]!;
      arrays.to_state[at] = numbers.to_state[arrays.to_state[at]!]!;
      arrays.wait_reason[at] = numbers.wait_reason[arrays.wait_reason[at]!]!;
      arrays.kind[at] = numbers.kind[arrays.kind[at]!]!;
    }
  }

  #flush(): Uint8Array[] {
    const buffer = this.#buffer;
    buffer.sort();
    const { arrays, rowCount, lost } = buffer;
    const late = this.#writer.part('processes', this.#processes.takeLate());
    const pieces = this.#chunks.write(arrays, 0, rowCount, lost, this.#chunks.lastNs);
    buffer.clear();
    return [...late, ...pieces];
  }

  #parts(): Uint8Array[] {
    const writer = this.#writer;
    const marks = this.#inputs
      .flatMap(({ recording, shiftNs }) =>
        recording.marks.map((row): MarkRow => ({ ...row, timeNs: row.timeNs + shiftNs })),
      )
      .sort((a, b) => a.timeNs - b.timeNs);
    const labels = this.#inputs.flatMap(({ recording, shiftNs }, index) =>
      recording.labels.map((row): LabelRow => {
        // 0: of goroutines older than the recording.
        const timeNs = row.timeNs === 0 ? 0 : row.timeNs + shiftNs;
        return { ...row, timeNs, pid: this.#numbers[index]!.pid(row.pid) };
      }),
    );
    return [
      ...writer.part('probes', mergedProbes(this.#inputs)),
      ...writer.part('processes', [...this.#processes.rows, ...this.#processes.takeLate()]),
      ...this.#names.parts(),
      ...writer.part('metrics', mergedMetrics(this.#inputs)),
      ...writer.part('marks', marks),
      ...writer.part(
        'labels',
        labels.sort((a, b) => a.timeNs - b.timeNs),
      ),
    ];
  }

  /** Of the recording that ended last. */
  #endFacts(): Record<string, string> {
    const ends = this.#inputs.map(({ shiftNs, endNs }) => shiftNs + endNs);
    const endedNs = Math.max(...ends, this.#chunks.lastNs);
    const { end, isComplete } = this.#inputs[ends.indexOf(Math.max(...ends))]!.recording;
    const reason = isComplete ? (end.get('reason') ?? 'error') : 'error';
    return { ended_ns: `${endedNs}`, reason };
  }
}

/** On one axis by their wall clocks. @throws UserError */
function placed(inputs: readonly MergeInput[]): PlacedInput[] {
  const starts = inputs.map(({ recording }) => recording.meta.startUnixNs);
  const without = inputs.find((_, index) => starts[index] === 0n);
  if (without !== undefined) {
    throw new UserError(`${without.name} does not say when it was made`, 'it cannot be merged');
  }
  const first = starts.reduce((earliest, start) => (start < earliest ? start : earliest));
  return inputs.map(({ recording, name }, index) => {
    const shiftNs = Number(starts[index]! - first);
    const endNs = recording.chunks.reduce(
      (end, { maxNs }) => Math.max(end, maxNs),
      recording.endNs,
    );
    if (shiftNs + endNs > LATEST_NS) {
      throw new UserError(
        `${name} was made more than 104 days after the first`,
        'one recording has no room for such times',
      );
    }
    return { recording, name, shiftNs, endNs };
  });
}
