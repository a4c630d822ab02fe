/**
 * A plausible recording made in memory: what tests of every room read.
 *
 * The program of sample-program.ts, recorded in chunks with checkpoints and all parts. The
 * same options give the same bytes.
 */
import { EVENTS, MemorySource, RecordingWriter, WIDE_TYPES } from '../../src/format/index.ts';
import type {
  ChunkFacts,
  EventArrays,
  EventName,
  GoroutineColumns,
  ProbeRow,
  RecordingMeta,
  StoredColumns,
} from '../../src/format/index.ts';
import {
  ALLOCATORS,
  eventArrays,
  Program,
  SAMPLE_PID,
  seeded,
  START_FUNCTIONS,
  TYPES,
  WAIT_REASONS,
} from './sample-program.ts';
import type { Goroutine, Row } from './sample-program.ts';
import type { Compress } from '../../src/format/zstd.ts';

export { eventArrays, WAIT_REASONS };

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
  /** Columns to have, and how they are stored. */
  columns: StoredColumns;
  /** For stacks. Default: they are not compressed. */
  compressStacks?: Compress;
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
  columns: WIDE_TYPES,
};

export const SAMPLE_META: RecordingMeta = {
  version: '0.1.0',
  program: '/usr/local/bin/sample',
  command: ['sample', '-workers', '8', 'ü"\n'],
  comm: 'sample',
  pid: SAMPLE_PID,
  goVersion: 'go1.26.4',
  arch: 'amd64',
  host: 'example',
  kernel: '6.18.0',
  startUnixNs: 1_790_000_000_123_456_789n,
  startMonoNs: 9_007_199_254_740_993n,
  groups: ['sched', 'alloc', 'gc'],
  launched: false,
  offsets: 'DWARF',
  history: [],
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

function goroutineColumns(goroutines: readonly Goroutine[]): Required<GoroutineColumns> {
  return {
    count: goroutines.length,
    pid: Int32Array.from(goroutines, () => SAMPLE_PID),
    goid: BigInt64Array.from(goroutines, ({ goid }) => BigInt(goid)),
    parentGoid: BigInt64Array.from(goroutines, ({ parentGoid }) => BigInt(parentGoid)),
    func: Int32Array.from(goroutines, ({ func }) => func),
    site: Int32Array.from(goroutines, () => 0),
    state: Int8Array.from(goroutines, ({ state }) => state),
    waitReason: Int8Array.from(goroutines, ({ waitReason }) => waitReason),
    sinceNs: BigInt64Array.from(goroutines, ({ sinceNs }) => BigInt(sinceNs)),
    createdNs: BigInt64Array.from(goroutines, ({ createdNs }) => BigInt(createdNs)),
    stack: Int32Array.from(goroutines, (_, row) => row % 10),
    labels: BigInt64Array.from(goroutines, (_, row) => BigInt(row % 2) << 38n),
  };
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
    lost: {
      ring_full: chunkIndex === 2 ? 17 : 0,
      bad_read: chunkIndex === 2 ? 1 : 0,
      stack_lost: 0,
      overrun: 0,
      wide_goid: 0,
      name_lost: 0,
    },
    goroutineCount,
  };
}

/** Stacks 1 to 9 of a function that calls itself; each is the parent of the next. */
function sampleStacks(writer: RecordingWriter): Uint8Array[] {
  const func = writer.nameIndex('func', START_FUNCTIONS[0]!);
  const file = '/src/main.go';
  const numbers = Int32Array.from({ length: 9 }, (_, i) => i + 1);
  return [
    ...writer.part('frames', [
      { frame: 1, func, file, line: 11, inlined: false },
      { frame: 2, func, file, line: 22, inlined: true },
    ]),
    ...writer.stacks({
      count: 9,
      stack: numbers,
      parent: numbers.map((stack) => stack - 1),
      frame: numbers.map((stack) => 1 + (stack % 2)),
    }),
  ];
}

/** Make a recording. */
export function sampleRecording(options: Partial<SampleOptions> = {}): Sample {
  const { events, goroutines, seed, chunkRows, cutOff, parts, columns, compressStacks } = {
    ...DEFAULTS,
    ...options,
  };
  const writer = new RecordingWriter(
    SAMPLE_META,
    { wait_reason: WAIT_REASONS },
    { columns, compressStacks },
  );
  const source = new MemorySource();
  const program = new Program(seeded(seed), goroutines, writer);
  const chunks: Sample['chunks'] = [];
  const checkpoints: Sample['checkpoints'] = [];
  source.append(...writer.begin());
  if (parts) source.append(...writer.part('probes', [SAMPLE_PROBE]));
  source.append(...writer.goroutines(goroutineColumns([...program.alive.values()])));
  if (parts) source.append(...sampleStacks(writer));

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
    const arrays = eventArrays(rows);
    chunks.push({ rowCount: rows.length, events: arrays, facts });
    source.append(...writer.chunk(arrays, rows.length, facts));
    written += rows.length;
    sinceCheckpoint += rows.length;
    if (parts) {
      const metrics = metricsAt(facts.maxNs, written, writer.byteLength);
      source.append(...writer.part('metrics', [metrics]));
      const timeNs = facts.maxNs;
      const label = { timeNs, pid: SAMPLE_META.pid, object: 0x1001n, key: 'tenant', value: 'blue' };
      source.append(...writer.part('marks', [{ timeNs, text: `chunk ${chunkIndex}` }]));
      source.append(...writer.part('labels', [label]));
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
