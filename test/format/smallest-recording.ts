/**
 * Recordings that are as short as they can be, and all their side tables alone: so that each byte
 * can take each value.
 */
import { EVENT_FIELDS } from '../../src/format/arrow-schema.ts';
import {
  FORMAT_VERSION,
  NARROW_TYPES,
  RecordingWriter,
  WIDE_TYPES,
} from '../../src/format/index.ts';
import type { GoroutineColumns, RecordingMeta } from '../../src/format/index.ts';
import { indexTable } from '../../src/format/index-part.ts';
import { encodeFooter, encodeSchemaMessage } from '../../src/format/message-encoder.ts';
import { encodePart, tableFromRows } from '../../src/format/part-encoder.ts';
import {
  COLUMN_SHAPES,
  OPTIONAL_GOROUTINE_COLUMNS,
  partFields,
  type PartRows,
} from '../../src/format/part-shapes.ts';
import { FACTS } from './empty-chunk.ts';
import { SAMPLE_PROBE } from './sample-recording.ts';
import { eventArrays } from './sample-program.ts';

const META: RecordingMeta = {
  version: '', program: '', command: ['a'], comm: '', pid: 1, goVersion: '', arch: '', host: '',
  kernel: '', startUnixNs: 1n, startMonoNs: 1n, groups: [], launched: false, offsets: '', history: [],
}; // prettier-ignore

/** Times 3 and 4: a goroutine is created and goes on to run. */
const ROWS = [0, 1].map((row) => ({
  time_ns: 3 + row, goid: 7, by_goid: 1, size_bytes: 0, pid: 1, tid: 1, func: 1, site: 1, type: 0, p: 0,
  event: 1 + row, from_state: row, to_state: 1 + row, wait_reason: 0, kind: 0, object: 0, stack: 1, value: 0,
})); // prettier-ignore

const ONE_GOROUTINE: GoroutineColumns = {
  count: 1,
  pid: Int32Array.of(1),
  goid: BigInt64Array.of(1n),
  parentGoid: BigInt64Array.of(0n),
  func: Int32Array.of(1),
  site: Int32Array.of(1),
  state: Int8Array.of(1),
  waitReason: Int8Array.of(0),
  sinceNs: BigInt64Array.of(-1n),
  createdNs: BigInt64Array.of(-1n),
  stack: Int32Array.of(1),
  labels: BigInt64Array.of(2n),
};

/** A row of each part that has rows. */
const PART_ROWS: { [P in keyof PartRows]: PartRows[P] } = {
  probes: SAMPLE_PROBE,
  processes: {
    pid: 1, parentPid: 0, comm: 'c', command: '[]', startedNs: -1, endedNs: 9, exitCode: 0,
    exitSignal: 0, bias: 0n,
  },
  functions: { func: 1, name: 'f', file: 'f.go', startLine: 1, entry: 1n },
  sites: { site: 1, pc: 1n, func: 1, file: 'f.go', line: 2 },
  frames: { frame: 1, func: 1, file: 'f.go', line: 3, inlined: false },
  types: { type: 1, name: 't', goKind: 'int', sizeBytes: 8 },
  metrics: { timeNs: 1, events: 1, lost: 0, recorderCpuNs: 1, targetCpuNs: 1, targetRssBytes: 1, fileBytes: 1 },
  marks: { timeNs: 1, text: 'm' },
  labels: { timeNs: 1, pid: 1, object: 2n, key: 'k', value: 'v' },
  end: { key: 'ended_ns', value: '9' },
}; // prettier-ignore

/** Narrow, as a recorder has them, and without those that it leaves out. */
const COLUMNS = Object.fromEntries(
  Object.entries({ ...WIDE_TYPES, ...NARROW_TYPES }).filter(
    ([name]) => name !== 'object' && name !== 'value',
  ),
);

function newWriter(): RecordingWriter {
  return new RecordingWriter(
    META,
    {
      wait_reason: [''],
      event: ['', 'go_create', 'go_state'],
      from_state: ['', 'runnable'],
      to_state: ['', 'runnable', 'running'],
      kind: [''],
    },
    { columns: COLUMNS },
  );
}

const chunkFacts = {
  ...FACTS,
  minNs: 3,
  maxNs: 4,
  eventCounts: { ...FACTS.eventCounts, go_create: 1, go_state: 1 },
  goroutineCount: 1,
};

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces));
}

/** The schema, a name and a chunk; nothing else, and no end. */
export function smallestRecording(): Uint8Array {
  const writer = newWriter();
  const [magic, schema] = writer.begin();
  const name = writer.addNames('func', ['f']);
  writer.checkpoint(ONE_GOROUTINE); // the writer wants one; a reader does without
  return joined([magic!, schema!, ...name, ...writer.chunk(eventArrays(ROWS), 2, chunkFacts)]);
}

/** Kinds of parts by recording: with all of them in one it would be twice as long. */
const PART_SETS = [
  ['probes', 'processes', 'functions', 'metrics'],
  ['sites', 'frames', 'types', 'marks', 'labels'],
];

/**
 * Some kinds of parts, stacks, goroutines, two chunks, the end.
 *
 * @param set - 0 or 1: the two together have every kind
 */
export function smallRecording(set: 0 | 1): Uint8Array {
  const writer = newWriter();
  const pieces = [...writer.begin(), ...writer.addNames('func', ['f']), ...writer.addNames('type', ['t'])];
  for (const [name, row] of Object.entries(PART_ROWS)) {
    if (PART_SETS[set]!.includes(name)) pieces.push(...writer.part(name as 'marks', [row as PartRows['marks']]));
  }
  pieces.push(...writer.stacks({ count: 2, stack: Int32Array.of(1, 2), parent: Int32Array.of(0, 1), frame: Int32Array.of(1, 1) }));
  pieces.push(...writer.goroutines(ONE_GOROUTINE), ...writer.checkpoint(ONE_GOROUTINE));
  pieces.push(...writer.chunk(eventArrays(ROWS), 2, chunkFacts));
  const later = ROWS.map((row) => ({ ...row, goid: 8, time_ns: row.time_ns + 3, stack: 2 }));
  const two: GoroutineColumns = {
    count: 2,
    pid: Int32Array.of(1, 1),
    goid: BigInt64Array.of(1n, 7n),
    parentGoid: BigInt64Array.of(0n, 1n),
    func: Int32Array.of(1, 1),
    state: Int8Array.of(1, 2),
    waitReason: Int8Array.of(0, 0),
    sinceNs: BigInt64Array.of(-1n, 4n),
    createdNs: BigInt64Array.of(-1n, 3n),
  };
  pieces.push(...writer.addNames('func', ['g']), ...writer.checkpoint(two));
  pieces.push(...writer.chunk(eventArrays(later), 2, { ...chunkFacts, minNs: 6, maxNs: 7, goroutineCount: 2 }));
  pieces.push(...writer.end({ ended_ns: '9', reason: 'exit', exit_code: '0' }));
  return joined(pieces);
} // prettier-ignore

const CHUNK = {
  ...chunkFacts,
  chunkIndex: 0, byteOffset: 64, metadataBytes: 64, bodyBytes: 64, rowCount: 1, checkpointChunk: 0,
  checkpointOffset: 8,
}; // prettier-ignore

/** The side tables of all parts, by name. */
export function sideTables(): [name: string, bytes: Uint8Array][] {
  const columnsOf = (shape: Record<string, 'int8' | 'int32' | 'int64'>, from: object) => ({
    fields: partFields(shape),
    columns: Object.keys(shape).map((name) => (from as Record<string, Int32Array<ArrayBuffer>>)[name]!),
    rowCount: 1,
  });
  const index = indexTable([CHUNK]);
  // The counts, of which there are forty, are all alike.
  const kept = index.fields.filter(({ name }) => !/^(n|lost)_/.test(name) || /_create$|_full$/.test(name));
  const tables = [
    ...Object.entries(PART_ROWS).map(([name, row]) => [name, tableFromRows(name as 'end', [row as PartRows['end']])] as const),
    ['goroutines', columnsOf({ ...COLUMN_SHAPES.goroutines, ...OPTIONAL_GOROUTINE_COLUMNS }, ONE_GOROUTINE)],
    ['checkpoint', columnsOf(COLUMN_SHAPES.checkpoint, ONE_GOROUTINE)],
    ['stacks', columnsOf(COLUMN_SHAPES.stacks, { stack: Int32Array.of(1), parent: Int32Array.of(0), frame: Int32Array.of(1) })],
    ['index', { fields: kept, columns: kept.map((field) => index.columns[index.fields.indexOf(field)]!), rowCount: 1 }],
  ] as const;
  return tables.map(([name, table]) => [name, joined(encodePart(table).pieces)]);
} // prettier-ignore

const SCHEMA = {
  fields: EVENT_FIELDS,
  metadata: new Map([['xgotop.format', `${FORMAT_VERSION}`]]),
};

/** A footer with two blocks of each kind, and a Schema message. */
export function footer(): Uint8Array {
  const block = { byteOffset: 64, metadataBytes: 64, bodyBytes: 64 };
  return encodeFooter(SCHEMA, [block, block], [block, block]);
}
export function schemaMessage(): Uint8Array {
  return encodeSchemaMessage(SCHEMA, 0);
}
