/**
 * Keeps rows about certain goroutines, and about all that they created, and those, and so on.
 *
 * Who descends from whom is followed from the beginning of the recording, as a goroutine may be
 * gone that has created others. Held are those alive that are wanted, not all that ever were.
 */
import { firstRowFrom } from './chunk-rows.ts';
import { FormatError } from './errors.ts';
import { int64At, int64Words } from './lanes/int64-view.ts';
import { endsOfProcesses } from './process-rows.ts';
import type { Recording } from './recording.ts';
import { FILTER_COLUMNS, type FilterArrays, type RowFilter, type RowPass } from './row-filter.ts';

/** A goroutine; without a process that of any. */
export interface WantedGoroutine {
  pid?: number;
  goid: number;
}

/** @param withDescendants - with the whole subtree of each */
export function goroutineFilter(
  recording: Recording,
  wanted: readonly WantedGoroutine[],
  { withDescendants }: { withDescendants: boolean },
): RowFilter {
  return {
    states: 'whole',
    pass: () => new FamilyPass(recording, wanted, withDescendants),
  };
}

class FamilyPass implements RowPass {
  readonly #recording: Recording;
  readonly #withDescendants: boolean;
  /** Goids asked for by name, of any process and by process. */
  readonly #anywhere: ReadonlySet<number>;
  readonly #asked: ReadonlySet<string>;
  /** Descendants that live, by process. */
  readonly #members = new Map<number, Set<number>>();
  readonly #ends: { pid: number; timeNs: number }[];
  readonly #create: number;
  readonly #exit: number;
  /** The next chunk to be taken in. */
  #next = 0;
  /** Of the chunk before: a row of a later chunk may be some microseconds older. */
  #gone: [pid: number, goid: number][] = [];

  constructor(recording: Recording, wanted: readonly WantedGoroutine[], withDescendants: boolean) {
    this.#recording = recording;
    this.#withDescendants = withDescendants;
    const everywhere = wanted.filter(({ pid }) => pid === undefined);
    this.#anywhere = new Set(everywhere.map(({ goid }) => goid));
    this.#asked = new Set(wanted.map(({ pid, goid }) => `${pid} ${goid}`));
    this.#ends = endsOfProcesses(recording.processes);
    this.#create = recording.dictionaries.event.indexOf('go_create');
    this.#exit = recording.dictionaries.event.indexOf('go_exit');
    if (withDescendants) this.#addOlder();
  }

  async begin(chunkIndex: number, fromNs: number): Promise<void> {
    await this.#catchUp(chunkIndex);
    await this.#look(chunkIndex, fromNs);
  }

  wants(pid: number, goid: number): boolean {
    return (
      this.#anywhere.has(goid) ||
      this.#asked.has(`${pid} ${goid}`) ||
      this.#members.get(pid)?.has(goid) === true
    );
  }

  async narrow(chunkIndex: number, arrays: FilterArrays, mask: Uint8Array): Promise<void> {
    if (this.#withDescendants) {
      await this.#catchUp(chunkIndex);
      this.#next = chunkIndex + 1;
      this.#forgetGone();
      this.#take(arrays, arrays.event.length, true);
      const { maxNs } = this.#recording.chunks[chunkIndex]!;
      await this.#look(chunkIndex + 1, maxNs);
    }
    const goids = int64Words(arrays.goid);
    for (let row = 0; row < mask.length; row++) {
      if (mask[row] === 1 && !this.wants(arrays.pid[row]!, int64At(goids, row))) mask[row] = 0;
    }
  }

  /** Take in what comes before a chunk. */
  async #catchUp(chunkIndex: number): Promise<void> {
    if (!this.#withDescendants) return;
    for (; this.#next < chunkIndex; this.#next++) {
      const arrays = await this.#read(this.#next);
      this.#forgetGone();
      if (arrays !== undefined) this.#take(arrays, arrays.event.length, true);
    }
  }

  /** Take in the births of a chunk before a time, which the chunk before may speak of already. */
  async #look(chunkIndex: number, untilNs: number): Promise<void> {
    const chunk = this.#recording.chunks[chunkIndex];
    if (!this.#withDescendants || chunk === undefined || chunk.minNs >= untilNs) return;
    const arrays = await this.#read(chunkIndex);
    if (arrays !== undefined) this.#take(arrays, firstRowFrom(arrays.time_ns, untilNs), false);
  }

  /** A damaged chunk is missing in the copy as well. */
  async #read(chunkIndex: number): Promise<FilterArrays | undefined> {
    const { go_create, go_exit } = this.#recording.chunks[chunkIndex]!.eventCounts;
    if (go_create + go_exit === 0) return undefined;
    try {
      return await this.#recording.readEvents(chunkIndex, FILTER_COLUMNS);
    } catch (error) {
      if (error instanceof FormatError) return undefined;
      throw error;
    }
  }

  #take(arrays: FilterArrays, end: number, withEnds: boolean): void {
    const { event, pid } = arrays;
    const [times, goids, byGoids] = [arrays.time_ns, arrays.goid, arrays.by_goid].map(int64Words);
    for (let row = 0; row < end; row++) {
      const kind = event[row];
      if (kind !== this.#create && kind !== this.#exit) continue;
      const timeNs = int64At(times!, row);
      while (withEnds && timeNs >= (this.#ends.at(-1)?.timeNs ?? Infinity)) {
        this.#members.delete(this.#ends.pop()!.pid);
      }
      const [process, goid] = [pid[row]!, int64At(goids!, row)];
      if (kind === this.#exit) {
        if (withEnds) this.#gone.push([process, goid]);
      } else if (this.wants(process, int64At(byGoids!, row))) this.#add(process, goid);
    }
  }

  /** Those older than the recording, whose parents may be among them in any order. */
  #addOlder(): void {
    const { count, pid, goid, parentGoid } = this.#recording.goroutines;
    for (let isGrowing = true; isGrowing;) {
      isGrowing = false;
      for (let row = 0; row < count; row++) {
        const [process, one] = [pid[row]!, Number(goid[row])];
        if (this.wants(process, one) || !this.wants(process, Number(parentGoid[row]))) continue;
        this.#add(process, one);
        isGrowing = true;
      }
    }
  }

  #add(pid: number, goid: number): void {
    let members = this.#members.get(pid);
    if (members === undefined) this.#members.set(pid, (members = new Set<number>()));
    members.add(goid);
  }

  #forgetGone(): void {
    for (const [pid, goid] of this.#gone) this.#members.get(pid)?.delete(goid);
    this.#gone = [];
  }
}
