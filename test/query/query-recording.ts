/** An engine over a recording in memory, and recordings of a few rows made for one test. */
import { WIDE_TYPES } from '../../src/format/stored-columns.ts';
import { onTestFinished } from 'vitest';
import type { DuckDBValue } from '@duckdb/node-api';
import {
  ALLOC_KINDS,
  EVENTS,
  KINDS,
  MemorySource,
  openRecording,
  RecordingWriter,
  STATES,
} from '../../src/format/index.ts';
import type { EventName, Recording } from '../../src/format/index.ts';
import { openEngine } from '../../src/query/index.ts';
import type { QueryEngine } from '../../src/query/index.ts';
import { eventArrays, SAMPLE_META, WAIT_REASONS } from '../format/sample-recording.ts';

export interface OpenedQuery {
  recording: Recording;
  engine: QueryEngine;
  /** What was read of the file through the engine, in order. */
  reads: { byteOffset: number; byteLength: number }[];
  /** Rows of the last statement, as values of DuckDB. */
  rows: (sql: string) => Promise<DuckDBValue[][]>;
  /** The same with NULL, numbers and everything else as text. */
  texts: (sql: string) => Promise<string[]>;
}

/** Closed when the test ends. */
export async function openQuery(bytes: Uint8Array): Promise<OpenedQuery> {
  const source = new MemorySource();
  source.append(bytes);
  const recording = await openRecording(source);
  const reads: OpenedQuery['reads'] = [];
  const engine = await openEngine(recording, {
    readSync: (byteOffset, byteLength) => {
      reads.push({ byteOffset, byteLength });
      return new Uint8Array(bytes.subarray(byteOffset, byteOffset + byteLength));
    },
  });
  onTestFinished(() => {
    engine.close();
  });
  const rows = async (sql: string) => {
    let last: DuckDBValue[][] = [];
    for await (const result of engine.run(sql)) last = await result.getRows();
    return last;
  };
  const texts = async (sql: string) =>
    (await rows(sql)).map((row) => row.map((value) => String(value)).join(' '));
  return { recording, engine, reads, rows, texts };
}

/** A row with names instead of indices; what is left out means "none". */
export interface TinyEvent {
  time: number;
  event: EventName;
  goid?: number;
  by?: number;
  from?: string;
  to?: string;
  reason?: string;
  size?: number;
  kind?: string;
  func?: string;
  type?: string;
  site?: number;
  p?: number;
  tid?: number;
  object?: number;
  value?: number;
}

export interface TinyGoroutine {
  goid: number;
  parent?: number;
  func: string;
  state: string;
  reason?: string;
}

const END_NS = 1000;

export interface TinyLabel {
  time: number;
  object: number;
  key: string;
  value: string;
}

/** A recording that ends at 1000 ns. One chunk for each list of events. */
export function tinyRecording(
  chunks: readonly (readonly TinyEvent[])[],
  census: readonly TinyGoroutine[] = [],
  labels: readonly TinyLabel[] = [],
): Uint8Array {
  const hasValues = chunks.some((events) => events.some(({ value = 0 }) => value !== 0));
  const absent = [
    ...(labels.length > 0 ? ['stack'] : ['object', 'stack']),
    ...(hasValues ? [] : ['value']),
  ];
  const columns = Object.entries(WIDE_TYPES).filter(([name]) => !absent.includes(name));
  const writer = new RecordingWriter(
    SAMPLE_META,
    { wait_reason: WAIT_REASONS },
    { columns: Object.fromEntries(columns) },
  );
  const source = new MemorySource();
  source.append(...writer.begin());
  const states: readonly string[] = STATES;
  const alive = {
    count: census.length,
    pid: Int32Array.from(census, () => 7),
    goid: BigInt64Array.from(census, ({ goid }) => BigInt(goid)),
    parentGoid: BigInt64Array.from(census, ({ parent = 0 }) => BigInt(parent)),
    func: Int32Array.from(census, ({ func }) => writer.nameIndex('func', func)),
    site: new Int32Array(census.length),
    state: Int8Array.from(census, ({ state }) => states.indexOf(state)),
    waitReason: Int8Array.from(census, ({ reason = '' }) => WAIT_REASONS.indexOf(reason)),
    sinceNs: BigInt64Array.from(census, () => -1n),
    createdNs: BigInt64Array.from(census, () => -1n),
  };
  source.append(
    ...writer.goroutines(alive),
    ...writer.part('sites', [
      { site: 1, pc: 0x1000n, func: 0, file: 'main.go', line: 12 },
      { site: 2, pc: 0x1008n, func: 0, file: 'other.go', line: 34 },
    ]),
    ...writer.part(
      'labels',
      labels.map(({ time, object, key, value }) => ({
        timeNs: time,
        pid: 7,
        object: BigInt(object),
        key,
        value,
      })),
    ),
  );
  source.append(...writer.checkpoint(alive));
  for (const events of chunks) {
    const columns = eventArrays(
      events.map((row) => ({
        time_ns: row.time,
        goid: row.goid ?? 0,
        by_goid: row.by ?? 0,
        size_bytes: row.size ?? 0,
        pid: 7,
        tid: row.tid ?? 70,
        func: writer.nameIndex('func', row.func ?? ''),
        site: row.site ?? 0,
        type: writer.nameIndex('type', row.type ?? ''),
        p: row.p ?? -1,
        event: EVENTS.indexOf(row.event),
        from_state: states.indexOf(row.from ?? ''),
        to_state: states.indexOf(row.to ?? ''),
        wait_reason: WAIT_REASONS.indexOf(row.reason ?? ''),
        kind: KINDS.indexOf(row.kind ?? ALLOC_KINDS[0]),
        object: row.object ?? 0,
        stack: 0,
        value: row.value ?? 0,
      })),
    );
    const eventCounts = Object.fromEntries(
      EVENTS.filter((name) => name !== '').map((name) => [
        name,
        events.filter(({ event }) => event === name).length,
      ]),
    ) as Record<EventName, number>;
    source.append(
      ...writer.chunk(columns, events.length, {
        minNs: events[0]!.time,
        maxNs: events.at(-1)!.time,
        eventCounts,
        lost: { ring_full: 0, bad_read: 0, stack_lost: 0, overrun: 0, wide_goid: 0, name_lost: 0 },
        goroutineCount: census.length,
      }),
    );
  }
  source.append(...writer.end({ ended_ns: String(END_NS), reason: 'exit', exit_code: '0' }));
  return Buffer.concat(source.pieces);
}
