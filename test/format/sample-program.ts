/**
 * A Go program that exists only in tests: goroutines of a few start functions that are
 * created, run on four Ps, block, make system calls, allocate and end, as the state machine
 * of the runtime allows. The same seed makes the same rows.
 */
import { EVENT_COLUMN_NAMES, EVENTS, KINDS, STATES } from '../../src/format/index.ts';
import type { EventArrays, EventName, RecordingWriter } from '../../src/format/index.ts';

/** As in Go 1.26, a few of them. */
export const WAIT_REASONS = [
  '',
  'GC assist marking',
  'IO wait',
  'chan receive',
  'chan send',
  'select',
  'sleep',
  'sync.Mutex.Lock',
  'GC worker (idle)',
  'finalizer wait',
  'force gc (idle)',
];

export const START_FUNCTIONS = [
  'main.main',
  'main.worker',
  'main.(*server).handle',
  'net/http.(*conn).serve',
  'runtime.bgsweep',
  'main.main.func1',
];
export const ALLOCATORS = [
  'main.parse',
  'main.(*cache).put',
  'strings.(*Builder).grow',
  'main.größe',
];
export const TYPES = [
  'int',
  '*main.request',
  '[]uint8',
  'map[string]int',
  'struct { a int; b string }',
];

const STATE = Object.fromEntries(STATES.map((name, index) => [name, index])) as Record<
  (typeof STATES)[number],
  number
>;
const EVENT = Object.fromEntries(EVENTS.map((name, index) => [name, index])) as Record<
  EventName,
  number
>;

/** The program's process. */
export const SAMPLE_PID = 4242;

export interface Goroutine {
  goid: number;
  parentGoid: number;
  func: number;
  state: number;
  waitReason: number;
  sinceNs: number;
  createdNs: number;
}

export type Row = Record<keyof EventArrays, number>;

/** Numbers in [0, 1) that the seed decides (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** @returns columns of the rows; numbers are taken as they are */
export function eventArrays(rows: readonly Row[]): EventArrays {
  const int64 = (name: keyof Row) => BigInt64Array.from(rows, (row) => BigInt(row[name]));
  const int32 = (name: keyof Row) => Int32Array.from(rows, (row) => row[name]);
  const int8 = (name: keyof Row) => Int8Array.from(rows, (row) => row[name]);
  return {
    time_ns: int64('time_ns'),
    goid: int64('goid'),
    by_goid: int64('by_goid'),
    size_bytes: int64('size_bytes'),
    pid: int32('pid'),
    tid: int32('tid'),
    func: int32('func'),
    site: int32('site'),
    type: int32('type'),
    p: Int16Array.from(rows, (row) => row.p),
    event: int8('event'),
    from_state: int8('from_state'),
    to_state: int8('to_state'),
    wait_reason: int8('wait_reason'),
    kind: int8('kind'),
    object: int64('object'),
    stack: int32('stack'),
    value: int64('value'),
  };
}

/** A program that runs: each step is one thing the runtime does, as rows. */
export class Program {
  readonly alive = new Map<number, Goroutine>();
  readonly #random: () => number;
  readonly #limit: number;
  readonly #writer: RecordingWriter;
  readonly #running = new Map<number, Goroutine>();
  #nextGoid = 10;
  #timeNs = 1_000;
  #gc: 'off' | 'marking' = 'off';

  constructor(random: () => number, limit: number, writer: RecordingWriter) {
    this.#random = random;
    this.#limit = limit;
    this.#writer = writer;
    for (const [goid, func, reason] of [
      [1, 'main.main', 'chan receive'],
      [2, 'runtime.bgsweep', 'GC worker (idle)'],
      [5, 'main.worker', 'select'],
    ] as const) {
      const index = writer.nameIndex('func', func);
      this.#add(goid, goid === 1 ? 0 : 1, index, STATE.waiting, -1);
      this.alive.get(goid)!.waitReason = WAIT_REASONS.indexOf(reason);
    }
  }

  /** The next rows, one or two. */
  step(): Row[] {
    this.#timeNs += 1 + Math.floor(this.#random() ** 4 * 40_000);
    const p = Math.floor(this.#random() * 4);
    const running = this.#running.get(p);
    if (running === undefined) return this.#schedule(p);
    const dice = this.#random();
    if (dice < 0.45) return [this.#alloc(running, p)];
    if (dice < 0.55 && this.alive.size < this.#limit) return [this.#create(running, p)];
    if (dice < 0.75) return [this.#block(running, p)];
    if (dice < 0.85) return this.#syscall(running, p);
    if (dice < 0.9) return [this.#change(running, p, STATE.runnable, 0)];
    if (dice < 0.93 && running.goid >= 10) return [this.#exit(running, p)];
    if (dice < 0.935) return this.#collect(running, p);
    return [this.#wake(running, p)].filter((row) => row !== undefined);
  }

  #add(goid: number, parentGoid: number, func: number, state: number, createdNs: number): void {
    const sinceNs = createdNs;
    this.alive.set(goid, { goid, parentGoid, func, state, waitReason: 0, sinceNs, createdNs });
  }

  #row(event: EventName, p: number, goid: number, byGoid: number): Row {
    const empty = Object.fromEntries(EVENT_COLUMN_NAMES.map((name) => [name, 0])) as Row;
    return {
      ...empty,
      time_ns: this.#timeNs,
      goid,
      by_goid: byGoid,
      pid: SAMPLE_PID,
      tid: SAMPLE_PID + p,
      p,
      event: EVENT[event],
      object: 0x1000 + goid,
      stack: p + 1,
      value: -goid,
    };
  }

  #change(goroutine: Goroutine, p: number, state: number, byGoid: number, reason = 0): Row {
    const row = this.#row('go_state', p, goroutine.goid, byGoid);
    row.from_state = goroutine.state;
    row.to_state = state;
    row.wait_reason = reason;
    goroutine.state = state;
    goroutine.waitReason = reason;
    goroutine.sinceNs = this.#timeNs;
    if (state === STATE.running) this.#running.set(p, goroutine);
    else if (this.#running.get(p) === goroutine) this.#running.delete(p);
    return row;
  }

  #schedule(p: number): Row[] {
    const ready = [...this.alive.values()].filter(({ state }) => state === STATE.runnable);
    const next = ready[Math.floor(this.#random() * ready.length)];
    if (next !== undefined) return [this.#change(next, p, STATE.running, 0)];
    return [this.#wake(undefined, p)].filter((row) => row !== undefined);
  }

  #wake(by: Goroutine | undefined, p: number): Row | undefined {
    const asleep = [...this.alive.values()].filter(({ state }) => state === STATE.waiting);
    const next = asleep[Math.floor(this.#random() * asleep.length)];
    return next && this.#change(next, p, STATE.runnable, by?.goid ?? 0);
  }

  #block(goroutine: Goroutine, p: number): Row {
    const reason = 2 + Math.floor(this.#random() * 6);
    return this.#change(goroutine, p, STATE.waiting, goroutine.goid, reason);
  }

  #syscall(goroutine: Goroutine, p: number): Row[] {
    const enter = this.#change(goroutine, p, STATE.syscall, goroutine.goid);
    this.#timeNs += 300 + Math.floor(this.#random() * 5_000);
    const leave = this.#change(goroutine, p, STATE.running, goroutine.goid);
    leave.p = -1;
    return [enter, leave];
  }

  #create(parent: Goroutine, p: number): Row {
    const name = START_FUNCTIONS[1 + Math.floor(this.#random() * 5)]!;
    const func = this.#writer.nameIndex('func', name);
    const goid = this.#nextGoid++;
    this.#add(goid, parent.goid, func, STATE.runnable, this.#timeNs);
    const row = this.#row('go_create', p, goid, parent.goid);
    return { ...row, func, site: 1 + (func % 3), to_state: STATE.runnable };
  }

  #exit(goroutine: Goroutine, p: number): Row {
    const row = this.#change(goroutine, p, STATE.dead, goroutine.goid);
    this.alive.delete(goroutine.goid);
    return { ...row, event: EVENT.go_exit };
  }

  #alloc(goroutine: Goroutine, p: number): Row {
    const which = Math.floor(this.#random() * TYPES.length);
    const site = 4 + Math.floor(this.#random() * ALLOCATORS.length);
    return {
      ...this.#row('alloc', p, goroutine.goid, goroutine.goid),
      p: -1,
      // Now and then more than 32 bits hold.
      size_bytes: this.#random() < 0.001 ? 2 ** 33 + which : 8 << which,
      type: which === 0 ? 0 : this.#writer.nameIndex('type', TYPES[which]!),
      kind: 1 + Math.floor(this.#random() * 8),
      func: this.#writer.nameIndex('func', ALLOCATORS[site - 4]!),
      site,
    };
  }

  #collect(goroutine: Goroutine, p: number): Row[] {
    const kind = KINDS.indexOf(this.#gc === 'off' ? 'GC sweep termination' : 'GC mark termination');
    const begin = { ...this.#row('stw_begin', p, 0, goroutine.goid), kind };
    this.#timeNs += 12_000;
    const phase = this.#row(this.#gc === 'off' ? 'gc_begin' : 'gc_end', p, 0, goroutine.goid);
    this.#timeNs += 9_000;
    const end = { ...this.#row('stw_end', p, 0, goroutine.goid), kind };
    this.#gc = this.#gc === 'off' ? 'marking' : 'off';
    // What seldom happens, once for each half of a cycle.
    const others = (['chan_send', 'panic', 'go_labels'] as const).map((event) =>
      this.#row(event, p, goroutine.goid, goroutine.goid),
    );
    return [begin, phase, end, ...others];
  }
}
