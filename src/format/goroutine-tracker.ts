/**
 * Who is alive, and how, as the events of a recording tell it: a checkpoint brought forward.
 *
 * What native/goroutine-table.h does while it is recorded. An object for each goroutine that
 * lives, none for an event. docs/format.md, part `checkpoint`.
 */
import type { EventArrays } from './event-columns.ts';
import { int64At, int64Words } from './lanes/int64-view.ts';
import { endsOfProcesses } from './process-rows.ts';
import type { GoroutineColumns, Recording } from './recording.ts';

/** Columns that `take` needs. */
export const TRACKED_COLUMNS = [
  'time_ns',
  'goid',
  'by_goid',
  'pid',
  'func',
  'site',
  'event',
  'to_state',
  'wait_reason',
] as const;
export type TrackedArrays = Pick<EventArrays, (typeof TRACKED_COLUMNS)[number]>;

/** One that lives. Times in ns since the recording started, -1 before. */
export interface LiveGoroutine {
  pid: number;
  goid: number;
  parentGoid: number;
  func: number;
  /** Row of part `sites`; 0 not known. */
  site: number;
  /** Indices into the dictionaries of `to_state` and `wait_reason`. */
  state: number;
  waitReason: number;
  sinceNs: number;
  createdNs: number;
}

export class GoroutineTracker {
  readonly #alive = new Map<number, Map<number, LiveGoroutine>>();
  readonly #numbers: { create: number; state: number; exit: number };
  /** When processes end, the first one last. */
  readonly #ends: { pid: number; timeNs: number }[];
  #count = 0;

  constructor({ dictionaries, processes }: Pick<Recording, 'dictionaries' | 'processes'>) {
    const number = (name: string) => dictionaries.event.indexOf(name);
    this.#numbers = {
      create: number('go_create'),
      state: number('go_state'),
      exit: number('go_exit'),
    };
    this.#ends = endsOfProcesses(processes);
  }

  get count(): number {
    return this.#count;
  }

  /** Forget everybody and begin with these: part `goroutines`, or a checkpoint. */
  load(goroutines: GoroutineColumns): void {
    this.#alive.clear();
    this.#count = 0;
    const { count, pid, goid, parentGoid, func, site, state, waitReason } = goroutines;
    for (let row = 0; row < count; row++) {
      this.#add({
        pid: pid[row]!,
        goid: Number(goid[row]),
        parentGoid: Number(parentGoid[row]),
        func: func[row]!,
        site: site?.[row] ?? 0,
        state: state[row]!,
        waitReason: waitReason[row]!,
        sinceNs: Number(goroutines.sinceNs?.[row] ?? -1n),
        createdNs: Number(goroutines.createdNs?.[row] ?? -1n),
      });
    }
  }

  /**
   * Take in rows `start` to `end` (not included) of a chunk, in order.
   *
   * @param onChange - told of each row that says something of a goroutine, and what was known of
   *   it before; it is changed afterwards
   */
  take(
    arrays: TrackedArrays,
    start: number,
    end: number,
    onChange?: (row: number, goid: number, before: LiveGoroutine | undefined) => void,
  ): void {
    const [time, goids, byGoids] = [arrays.time_ns, arrays.goid, arrays.by_goid].map(int64Words);
    const { event, pid } = arrays;
    const { create, state, exit } = this.#numbers;
    for (let row = start; row < end; row++) {
      const timeNs = int64At(time!, row);
      while (timeNs >= (this.#ends.at(-1)?.timeNs ?? Infinity)) this.#end(this.#ends.pop()!.pid);
      const kind = event[row];
      if (kind !== create && kind !== state && kind !== exit) continue;
      const goid = int64At(goids!, row);
      if (goid === 0) continue;
      onChange?.(row, goid, this.get(pid[row]!, goid));
      if (kind === exit) {
        if (this.#alive.get(pid[row]!)?.delete(goid)) this.#count--;
        continue;
      }
      const goroutine = this.get(pid[row]!, goid) ?? this.#add(unknown(pid[row]!, goid));
      if (kind === create) {
        goroutine.parentGoid = int64At(byGoids!, row);
        goroutine.createdNs = timeNs;
        goroutine.func = arrays.func[row]!;
        goroutine.site = arrays.site[row]!;
      }
      goroutine.state = arrays.to_state[row]!;
      goroutine.waitReason = arrays.wait_reason[row]!;
      goroutine.sinceNs = timeNs;
    }
  }

  get(pid: number, goid: number): LiveGoroutine | undefined {
    return this.#alive.get(pid)?.get(goid);
  }

  /** Everybody, in no order that means anything. */
  *all(): Generator<LiveGoroutine> {
    for (const goroutines of this.#alive.values()) yield* goroutines.values();
  }

  /** Forget those that are not wanted. */
  retain(isWanted: (goroutine: LiveGoroutine) => boolean): void {
    for (const goroutines of this.#alive.values()) {
      for (const goroutine of goroutines.values()) {
        if (isWanted(goroutine)) continue;
        goroutines.delete(goroutine.goid);
        this.#count--;
      }
    }
  }

  #add(goroutine: LiveGoroutine): LiveGoroutine {
    let ofProcess = this.#alive.get(goroutine.pid);
    if (ofProcess === undefined)
      this.#alive.set(goroutine.pid, (ofProcess = new Map<number, LiveGoroutine>()));
    if (!ofProcess.has(goroutine.goid)) this.#count++;
    ofProcess.set(goroutine.goid, goroutine);
    return goroutine;
  }

  #end(pid: number): void {
    this.#count -= this.#alive.get(pid)?.size ?? 0;
    this.#alive.delete(pid);
  }
}

/** Rows of part `checkpoint`, times moved back. @param fromNs - taken off; what is before is -1 */
export function checkpointOf(
  goroutines: Iterable<LiveGoroutine>,
  fromNs: number,
): Required<Omit<GoroutineColumns, 'site' | 'stack' | 'labels'>> {
  const all = [...goroutines];
  const moved = (timeNs: number) => BigInt(timeNs < fromNs ? -1 : timeNs - fromNs);
  return {
    count: all.length,
    pid: Int32Array.from(all, ({ pid }) => pid),
    goid: BigInt64Array.from(all, ({ goid }) => BigInt(goid)),
    parentGoid: BigInt64Array.from(all, ({ parentGoid }) => BigInt(parentGoid)),
    func: Int32Array.from(all, ({ func }) => func),
    state: Int8Array.from(all, ({ state }) => state),
    waitReason: Int8Array.from(all, ({ waitReason }) => waitReason),
    sinceNs: BigInt64Array.from(all, ({ sinceNs }) => moved(sinceNs)),
    createdNs: BigInt64Array.from(all, ({ createdNs }) => moved(createdNs)),
  };
}

function unknown(pid: number, goid: number): LiveGoroutine {
  return {
    pid,
    goid,
    parentGoid: 0,
    func: 0,
    site: 0,
    state: 0,
    waitReason: 0,
    sinceNs: -1,
    createdNs: -1,
  };
}
