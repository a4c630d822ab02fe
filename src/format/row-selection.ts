/**
 * The rows that filters leave of a recording, and what that leaves of its goroutines.
 *
 * A copy is to say of a goroutine either all its changes of state or none: between changes that
 * were left out it would have states that it never had. Whether a filter tears goroutines apart,
 * and which of those that lived at the beginning are whole, is known only when all rows were
 * looked at: once before they are copied. docs/format.md, "Copies".
 */
import { firstRowFrom } from './chunk-rows.ts';
import { FormatError } from './errors.ts';
import { STATE_EVENTS } from './event-filter.ts';
import { int64At, int64Words } from './lanes/int64-view.ts';
import type { Recording } from './recording.ts';
import { FILTER_COLUMNS, type FilterArrays, type RowFilter, type RowPass } from './row-filter.ts';
import type { TimeWindow } from './time-window.ts';

/** What is left of a goroutine's rows, as bits. */
const KEPT_STATE = 1;
const LEFT_OUT_STATE = 2;
const KEPT_ROW = 4;
const CREATED = 8;

export class RowSelection {
  /** Of some goroutines some changes of state are left out and others not. */
  readonly hasStateGaps: boolean;
  readonly #filters: readonly RowFilter[];
  readonly #older: ReadonlyMap<string, number>;
  #passes: RowPass[] = [];

  private constructor(filters: readonly RowFilter[], survey: Survey | undefined) {
    this.#filters = filters;
    this.hasStateGaps = survey?.hasStateGaps ?? false;
    this.#older = survey?.older ?? new Map<string, number>();
  }

  /**
   * Look at the rows of a recording, where that is needed.
   *
   * @param filters - rows are kept that all of them want
   * @throws what the source and the filters throw
   */
  static async of(
    recording: Recording,
    filters: readonly RowFilter[],
    window: TimeWindow,
  ): Promise<RowSelection> {
    if (filters.every(({ states }) => states === 'whole')) {
      return new RowSelection(filters, undefined);
    }
    const selection = new RowSelection(filters, undefined);
    const survey = new Survey(recording.dictionaries.event);
    let firstChunk = recording.chunks.findIndex(({ maxNs }) => maxNs >= window.fromNs);
    if (firstChunk < 0) firstChunk = recording.chunks.length;
    await selection.begin(firstChunk, window.fromNs);
    for (const { chunkIndex, minNs } of recording.chunks.slice(firstChunk)) {
      if (minNs >= window.toNs) break;
      try {
        const arrays = await recording.readEvents(chunkIndex, FILTER_COLUMNS);
        const mask = await selection.mask(chunkIndex, arrays);
        const [start, end] = [window.fromNs, window.toNs].map((timeNs) =>
          firstRowFrom(arrays.time_ns, timeNs),
        );
        survey.take(arrays, mask, start!, end!);
      } catch (error) {
        // Whoever copies it finds the damage again, and says so.
        if (!(error instanceof FormatError)) throw error;
      }
    }
    survey.end();
    return new RowSelection(filters, survey);
  }

  /** Begin to go through the recording, from this chunk and time on. */
  async begin(chunkIndex: number, fromNs: number): Promise<void> {
    this.#passes = this.#filters.map((filter) => filter.pass());
    for (const pass of this.#passes) await pass.begin?.(chunkIndex, fromNs);
  }

  /** After `begin`: whether a goroutine that lives then is in the copy. */
  wants(pid: number, goid: number): boolean {
    if (!this.#passes.every((pass) => pass.wants?.(pid, goid) ?? true)) return false;
    if (this.#filters.some(({ states }) => states === 'none')) return false;
    const found = this.#older.get(`${pid} ${goid}`) ?? 0;
    if ((found & (KEPT_STATE | LEFT_OUT_STATE)) !== 0) return (found & LEFT_OUT_STATE) === 0;
    // It never changed its state: with a filter by rows it is there when a row of it is.
    return (found & KEPT_ROW) !== 0 || this.#filters.every(({ states }) => states === 'whole');
  }

  /** After `begin`, chunk after chunk. @returns 1 for each row of the chunk that is wanted */
  async mask(chunkIndex: number, arrays: FilterArrays): Promise<Uint8Array> {
    const mask = new Uint8Array(arrays.event.length).fill(1);
    for (const pass of this.#passes) await pass.narrow(chunkIndex, arrays, mask);
    return mask;
  }
}

/** What the rows say of goroutines; held are those alive, and those older than the copy. */
class Survey {
  hasStateGaps = false;
  readonly older = new Map<string, number>();
  readonly #alive = new Map<number, Map<number, number>>();
  readonly #isState: readonly boolean[];
  readonly #create: number;
  readonly #exit: number;

  /** @param eventNames - the dictionary of `event` */
  constructor(eventNames: readonly string[]) {
    this.#isState = eventNames.map((name) => STATE_EVENTS.some((one) => one === name));
    this.#create = eventNames.indexOf('go_create');
    this.#exit = eventNames.indexOf('go_exit');
  }

  take(
    { event, pid, goid: column }: FilterArrays,
    mask: Uint8Array,
    start: number,
    end: number,
  ): void {
    const goids = int64Words(column);
    for (let row = start; row < end; row++) {
      const goid = int64At(goids, row);
      const kind = event[row]!;
      const isState = this.#isState[kind] === true;
      if (goid === 0 || !(isState || mask[row] === 1)) continue;
      const process = pid[row]!;
      if (kind === this.#create) this.#finish(process, goid);
      let found = this.#of(process).get(goid) ?? 0;
      if (kind === this.#create) found |= CREATED;
      if (mask[row] === 1) found |= KEPT_ROW | (isState ? KEPT_STATE : 0);
      else found |= LEFT_OUT_STATE;
      this.#of(process).set(goid, found);
      if (kind === this.#exit) this.#finish(process, goid);
    }
  }

  /** There are no more rows. */
  end(): void {
    for (const [pid, goroutines] of this.#alive) {
      for (const goid of [...goroutines.keys()]) this.#finish(pid, goid);
    }
  }

  #finish(pid: number, goid: number): void {
    const goroutines = this.#of(pid);
    const found = goroutines.get(goid);
    if (found === undefined) return;
    goroutines.delete(goid);
    const isTorn = (found & KEPT_STATE) !== 0 && (found & LEFT_OUT_STATE) !== 0;
    this.hasStateGaps ||= isTorn;
    if ((found & CREATED) === 0) this.older.set(`${pid} ${goid}`, found);
  }

  #of(pid: number): Map<number, number> {
    let goroutines = this.#alive.get(pid);
    if (goroutines === undefined) {
      this.#alive.set(pid, (goroutines = new Map<number, number>()));
    }
    return goroutines;
  }
}
