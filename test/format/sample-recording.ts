/**
 * A plausible recording made in memory: what tests of every room read.
 *
 * Goroutines of a few start functions are created, run on four Ps, block, make system
 * calls, allocate and end, as the state machine of the runtime allows; the collector runs
 * now and then. The same seed gives the same bytes.
 */
import {
  EVENT_COLUMN_NAMES,
  EVENTS,
  KINDS,
  MemorySource,
  RecordingWriter,
  STATES,
} from '../../src/format/index.ts';
import type {
  ChunkFacts,
  EventArrays,
  EventName,
  GoroutineColumns,
  ProbeRow,
  RecordingMeta,
} from '../../src/format/index.ts';

export interface SampleOptions {
  /** Rows in all, about. */
  events: number;
  /** Goroutines alive at once, at most. */
  goroutines: number;
  seed: number;
  /** Rows of a chunk. */
  chunkRows: number;
  /** Leave out the end: no consolidated parts, no index, no footer. */
  cutOff: boolean;
  /** With probes, functions, sites, types and metrics. */
  parts: boolean;
}

export interface Sample {
  source: MemorySource;
  bytes: Uint8Array;
  /** Every chunk's rows as they were written. */
  chunks: { rowCount: number; events: EventArrays; facts: ChunkFacts }[];
  checkpoints: { chunkIndex: number; columns: GoroutineColumns }[];
  meta: RecordingMeta;
}

const DEFAULTS: SampleOptions = {
  events: 20_000,
  goroutines: 60,
  seed: 1,
  chunkRows: 4096,
  cutOff: false,
  parts: true,
};

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

const START_FUNCTIONS = [
  'main.main',
  'main.worker',
  'main.(*server).handle',
  'net/http.(*conn).serve',
  'runtime.bgsweep',
  'main.main.func1',
];
const ALLOCATORS = ['main.parse', 'main.(*cache).put', 'strings.(*Builder).grow', 'main.größe'];
const TYPES = ['int', '*main.request', '[]uint8', 'map[string]int', 'struct { a int; b string }'];

const STATE = Object.fromEntries(STATES.map((name, index) => [name, index])) as Record<
  (typeof STATES)[number],
  number
>;
const EVENT = Object.fromEntries(EVENTS.map((name, index) => [name, index])) as Record<
  EventName,
  number
>;

export const SAMPLE_META: RecordingMeta = {
  version: '0.1.0',
  program: '/usr/local/bin/sample',
  command: ['sample', '-workers', '8', 'ü"\n'],
  comm: 'sample',
  pid: 4242,
  goVersion: 'go1.26.4',
  arch: 'amd64',
  host: 'example',
  kernel: '6.18.0',
  startUnixNs: 1_790_000_000_123_456_789n,
  startMonoNs: 9_007_199_254_740_993n,
  groups: ['sched', 'alloc', 'gc'],
  launched: false,
  offsets: 'DWARF',
};

export const SAMPLE_PROBE: ProbeRow = {
  event: 'go_state',
  function: 'runtime.casgstatus',
  address: 0xffff_ffff_8000_0000n,
  fileOffset: 0x3f_5a80,
  instruction: 'push %rbp',
  emulated: true,
  rule: 'the push after the stack check',
};

interface Goroutine {
  goid: number;
  parentGoid: number;
  func: number;
  state: number;
  waitReason: number;
  sinceNs: number;
  createdNs: number;
}

type Row = Record<keyof EventArrays, number>;

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
  };
}

function goroutineColumns(goroutines: readonly Goroutine[]): Required<GoroutineColumns> {
  return {
    count: goroutines.length,
    pid: Int32Array.from(goroutines, () => SAMPLE_META.pid),
    goid: BigInt64Array.from(goroutines, ({ goid }) => BigInt(goid)),
    parentGoid: BigInt64Array.from(goroutines, ({ parentGoid }) => BigInt(parentGoid)),
    func: Int32Array.from(goroutines, ({ func }) => func),
    site: Int32Array.from(goroutines, () => 0),
    state: Int8Array.from(goroutines, ({ state }) => state),
    waitReason: Int8Array.from(goroutines, ({ waitReason }) => waitReason),
    sinceNs: BigInt64Array.from(goroutines, ({ sinceNs }) => BigInt(sinceNs)),
    createdNs: BigInt64Array.from(goroutines, ({ createdNs }) => BigInt(createdNs)),
  };
}

/** A program that runs: each step is one thing the runtime does, as rows. */
class Program {
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
      pid: SAMPLE_META.pid,
      tid: SAMPLE_META.pid + p,
      p,
      event: EVENT[event],
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
    return [begin, phase, end];
  }
}

function factsOf(rows: readonly Row[], chunkIndex: number, goroutineCount: number): ChunkFacts {
  const eventCounts = {} as Record<EventName, number>;
  for (const [index, name] of EVENTS.entries()) {
    if (name !== '') eventCounts[name] = rows.filter(({ event }) => event === index).length;
  }
  return {
    minNs: rows[0]!.time_ns,
    maxNs: rows.at(-1)!.time_ns,
    eventCounts,
    // One chunk tells of a loss.
    lost: { ring_full: chunkIndex === 2 ? 17 : 0, bad_read: chunkIndex === 2 ? 1 : 0, overrun: 0 },
    goroutineCount,
  };
}

/** Make a recording. */
export function sampleRecording(options: Partial<SampleOptions> = {}): Sample {
  const { events, goroutines, seed, chunkRows, cutOff, parts } = { ...DEFAULTS, ...options };
  const writer = new RecordingWriter(SAMPLE_META, { wait_reason: WAIT_REASONS });
  const source = new MemorySource();
  const program = new Program(seeded(seed), goroutines, writer);
  const chunks: Sample['chunks'] = [];
  const checkpoints: Sample['checkpoints'] = [];
  source.append(...writer.begin());
  if (parts) source.append(...writer.part('probes', [SAMPLE_PROBE]));
  source.append(...writer.goroutines(goroutineColumns([...program.alive.values()])));

  const names = new Map<string, number>();
  let written = 0;
  let sinceCheckpoint = 0;
  while (written < events) {
    const alive = [...program.alive.values()].map((goroutine) => ({ ...goroutine }));
    const rows: Row[] = [];
    while (rows.length < Math.min(chunkRows, events - written)) rows.push(...program.step());
    const chunkIndex = chunks.length;
    if (parts) source.append(...namesAndSites(writer, names));
    if (chunkIndex === 0 || sinceCheckpoint >= alive.length) {
      const columns = goroutineColumns(alive);
      checkpoints.push({ chunkIndex, columns });
      source.append(...writer.checkpoint(columns));
      sinceCheckpoint = 0;
    }
    const facts = factsOf(rows, chunkIndex, alive.length);
    const columns = eventArrays(rows);
    chunks.push({ rowCount: rows.length, events: columns, facts });
    source.append(...writer.chunk(columns, rows.length, facts));
    written += rows.length;
    sinceCheckpoint += rows.length;
    if (parts) {
      const metrics = metricsAt(facts.maxNs, written, writer.byteLength);
      source.append(...writer.part('metrics', [metrics]));
    }
  }
  if (!cutOff) {
    const endedNs = `${chunks.at(-1)!.facts.maxNs + 5_000}`;
    source.append(...writer.end({ ended_ns: endedNs, reason: 'exit', exit_code: '0' }));
  }
  return {
    source,
    bytes: joinedBytes(source, writer.byteLength),
    chunks,
    checkpoints,
    meta: SAMPLE_META,
  };
}

/** Rows of `functions`, `sites` and `types` for the names that are new. */
function namesAndSites(writer: RecordingWriter, known: Map<string, number>): Uint8Array[] {
  const all = [...START_FUNCTIONS, ...ALLOCATORS].map((name) => writer.nameIndex('func', name));
  const functions = [...START_FUNCTIONS, ...ALLOCATORS]
    .map((name, position) => ({ name, func: all[position]! }))
    .filter(({ name }) => !known.has(name))
    .sort((a, b) => a.func - b.func);
  if (functions.length === 0) return [];
  for (const { name, func } of functions) known.set(name, func);
  const file = '/src/main.go';
  return [
    ...writer.part(
      'functions',
      functions.map(({ func, name }) => ({
        func,
        name,
        file,
        startLine: 10 * func,
        entry: 0x40_1000n + BigInt(func) * 0x100n,
      })),
    ),
    ...writer.part(
      'sites',
      Array.from({ length: 7 }, (_, index) => ({
        site: index + 1,
        pc: 0x40_2000n + BigInt(index),
        func: 1 + (index % functions.length),
        file,
        line: 100 + index,
      })),
    ),
    ...writer.part(
      'types',
      TYPES.slice(1)
        .map((name, index) => ({
          type: writer.nameIndex('type', name),
          name,
          goKind: ['ptr', 'slice', 'map', 'struct'][index]!,
          sizeBytes: 8 * (index + 1),
        }))
        .sort((a, b) => a.type - b.type),
    ),
  ];
}

function metricsAt(timeNs: number, events: number, fileBytes: number) {
  return {
    timeNs,
    events,
    lost: 18,
    recorderCpuNs: events * 30,
    targetCpuNs: timeNs,
    targetRssBytes: 2 ** 33 + 5,
    fileBytes,
  };
}

function joinedBytes(source: MemorySource, byteLength: number): Uint8Array {
  const bytes = new Uint8Array(byteLength);
  let offset = 0;
  for (const piece of source.pieces) {
    bytes.set(piece, offset);
    offset += piece.byteLength;
  }
  return bytes;
}
