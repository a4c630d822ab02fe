/**
 * Which set of profiler labels each goroutine has at a time: what it had before the recording,
 * what it was given since, what it inherited when it was created. As the view `labels` has it.
 */
import { FormatError } from './errors.ts';
import type { EventArrays } from './event-columns.ts';
import { firstRowFrom } from './chunk-rows.ts';
import { int64At, int64Words } from './lanes/int64-view.ts';
import { endsOfProcesses } from './process-rows.ts';
import type { Recording } from './recording.ts';

const COLUMNS = ['time_ns', 'pid', 'goid', 'by_goid', 'event', 'object'] as const;

export class GoroutineLabels {
  readonly #recording: Recording;
  /** Address of the set by process and goid, of goroutines that have one. */
  readonly #sets = new Map<number, Map<number, bigint>>();
  readonly #ends: { pid: number; timeNs: number }[];

  private constructor(recording: Recording) {
    this.#recording = recording;
    this.#ends = endsOfProcesses(recording.processes);
    const { count, pid, goid, labels } = recording.goroutines;
    for (let row = 0; row < count; row++) {
      this.#set(pid[row]!, Number(goid[row]), labels?.[row] ?? 0n);
    }
  }

  /**
   * The labels at a time. Reads what was before it of a recording that has labels at all.
   *
   * @throws what the source throws
   */
  static async at(recording: Recording, timeNs: number): Promise<GoroutineLabels> {
    const labels = new GoroutineLabels(recording);
    if (recording.labels.length === 0) return labels;
    for (const { chunkIndex, minNs, eventCounts } of recording.chunks) {
      if (minNs >= timeNs) break;
      const { go_create, go_exit, go_labels } = eventCounts;
      if (go_create + go_exit + go_labels === 0) continue;
      try {
        const arrays = await recording.readEvents(chunkIndex, COLUMNS);
        labels.#take(arrays, firstRowFrom(arrays.time_ns, timeNs));
      } catch (error) {
        // Whoever copies the recording finds the damage himself, and says so.
        if (!(error instanceof FormatError)) throw error;
      }
    }
    return labels;
  }

  /** Address of its set; 0 none. */
  of(pid: number, goid: number): bigint {
    return this.#sets.get(pid)?.get(goid) ?? 0n;
  }

  /** Whether anybody has a set. */
  get isEmpty(): boolean {
    return [...this.#sets.values()].every(({ size }) => size === 0);
  }

  #take(arrays: Pick<EventArrays, (typeof COLUMNS)[number]>, end: number): void {
    const { event: names } = this.#recording.dictionaries;
    const [create, exit, given] = ['go_create', 'go_exit', 'go_labels'].map((name) =>
      names.indexOf(name),
    );
    const { event, pid, object } = arrays;
    const [times, goids, byGoids] = [arrays.time_ns, arrays.goid, arrays.by_goid].map(int64Words);
    for (let row = 0; row < end; row++) {
      const kind = event[row];
      if (kind !== create && kind !== exit && kind !== given) continue;
      const timeNs = int64At(times!, row);
      while (timeNs >= (this.#ends.at(-1)?.timeNs ?? Infinity)) {
        this.#sets.delete(this.#ends.pop()!.pid);
      }
      const goid = int64At(goids!, row);
      if (kind === exit) this.#set(pid[row]!, goid, 0n);
      else if (kind === given) this.#set(pid[row]!, goid, object[row]!);
      else this.#set(pid[row]!, goid, this.of(pid[row]!, int64At(byGoids!, row)));
    }
  }

  #set(pid: number, goid: number, object: bigint): void {
    if (object === 0n) {
      this.#sets.get(pid)?.delete(goid);
      return;
    }
    let sets = this.#sets.get(pid);
    if (sets === undefined) this.#sets.set(pid, (sets = new Map<number, bigint>()));
    sets.set(goid, object);
  }
}
