/**
 * A recording of which every counter is known: three workers that allocate for a while, a cycle
 * of the collector, two idle seconds, marks, what the recorder took, and a loss.
 */
import {
  EVENTS,
  MemorySource,
  RecordingWriter,
  STATES,
  WIDE_TYPES,
  type EventName,
} from '../../src/format/index.ts';
import type { ChunkFacts } from '../../src/format/index.ts';
import { eventArrays, WAIT_REASONS, type Row } from '../format/sample-program.ts';
import { SAMPLE_META } from '../format/sample-recording.ts';

const MS = 1e6;

/** A row as tests read it. */
export interface CountedRow {
  timeNs: number;
  event: EventName;
  goid: number;
  from: (typeof STATES)[number];
  to: (typeof STATES)[number];
  sizeBytes: number;
}

export const COUNTED_MARKS = [
  { timeNs: 250 * MS, text: 'load <b>begins</b>\u202e' },
  { timeNs: 3200 * MS, text: 'again' },
];

export const COUNTED_METRICS = [
  [1000, 50, 900],
  [2000, 60, 900],
  [3000, 260, 1000],
].map(([timeMs, recorderMs, targetMs]) => ({
  timeNs: timeMs! * MS,
  events: 100,
  lost: 0,
  recorderCpuNs: recorderMs! * MS,
  targetCpuNs: targetMs! * MS,
  targetRssBytes: timeMs! * 1024 * 1024,
  fileBytes: 1000,
}));

/** The range in which nothing happens and nothing runs. */
export const IDLE_NS = { startNs: 1000 * MS, endNs: 3000 * MS };

/** What happened, in order. */
export function countedRows(): CountedRow[] {
  const rows: CountedRow[] = [];
  const add = (timeMs: number, event: EventName, row: Partial<CountedRow> = {}): void => {
    rows.push({ timeNs: timeMs * MS, event, goid: 1, from: '', to: '', sizeBytes: 0, ...row });
  };
  const change = (
    timeMs: number,
    goid: number,
    from: CountedRow['from'],
    to: CountedRow['to'],
  ): void => add(timeMs, 'go_state', { goid, from, to });
  change(50, 1, 'waiting', 'runnable');
  change(51, 1, 'runnable', 'running');
  for (const goid of [10, 11, 12]) add(90 + goid, 'go_create', { goid, to: 'runnable' });
  change(110, 1, 'running', 'waiting');
  change(120, 10, 'runnable', 'running');
  for (let timeMs = 121; timeMs < 500; timeMs++) {
    add(timeMs, 'alloc', { goid: 10, sizeBytes: 4096 });
  }
  add(500, 'gc_begin');
  add(600, 'gc_heap_live', { sizeBytes: 8 * 1024 * 1024 });
  add(600, 'gc_heap_goal', { sizeBytes: 20 * 1024 * 1024 });
  add(600, 'gc_end');
  add(700, 'gc_sweep_end');
  change(800, 11, 'runnable', 'running');
  change(900, 10, 'running', 'waiting');
  change(950, 11, 'running', 'waiting');
  change(960, 12, 'runnable', 'running');
  change(1000, 12, 'running', 'waiting');
  change(3000, 12, 'waiting', 'runnable');
  change(3001, 12, 'runnable', 'running');
  add(3002, 'alloc', { goid: 12, sizeBytes: 1024 * 1024 });
  add(3100, 'gc_heap_live', { sizeBytes: 12 * 1024 * 1024 });
  add(3500, 'go_exit', { goid: 12, from: 'running', to: 'dead' });
  return rows;
}

/** Its bytes. */
export function countedRecording(): Uint8Array {
  const writer = new RecordingWriter(
    SAMPLE_META,
    { wait_reason: WAIT_REASONS },
    { columns: WIDE_TYPES },
  );
  const source = new MemorySource();
  source.append(...writer.begin());
  const func = writer.nameIndex('func', 'main.worker');
  const alive = {
    count: 1,
    pid: Int32Array.of(SAMPLE_META.pid),
    goid: BigInt64Array.of(1n),
    parentGoid: BigInt64Array.of(0n),
    func: Int32Array.of(func),
    site: Int32Array.of(0),
    state: Int8Array.of(STATES.indexOf('waiting')),
    waitReason: Int8Array.of(WAIT_REASONS.indexOf('chan receive')),
    sinceNs: BigInt64Array.of(-1n),
    createdNs: BigInt64Array.of(-1n),
    stack: Int32Array.of(0),
    labels: BigInt64Array.of(0n),
  };
  source.append(...writer.goroutines(alive), ...writer.checkpoint(alive));
  const rows = countedRows();
  for (const isLate of [false, true]) {
    const part = rows.filter(({ timeNs }) => timeNs >= IDLE_NS.endNs === isLate);
    const stored = part.map(({ timeNs, event, goid, from, to, sizeBytes }): Row => ({
      time_ns: timeNs, goid, by_goid: 1, size_bytes: sizeBytes, pid: SAMPLE_META.pid, tid: 1, func,
      site: 0, type: 0, p: 0, event: EVENTS.indexOf(event), from_state: STATES.indexOf(from),
      to_state: STATES.indexOf(to), wait_reason: to === 'waiting' ? 3 : 0, kind: 0, object: 0,
      stack: 0, value: 0,
    })); // prettier-ignore
    const eventCounts = Object.fromEntries(
      EVENTS.map((name) => [name, part.filter(({ event }) => event === name).length]),
    ) as ChunkFacts['eventCounts'];
    // After the idle seconds something was lost.
    const lost = { ring_full: isLate ? 17 : 0, bad_read: 0, stack_lost: 0, overrun: 0, wide_goid: 0, name_lost: 0 }; // prettier-ignore
    const [minNs, maxNs] = [part[0]!.timeNs, part.at(-1)!.timeNs];
    const facts: ChunkFacts = { minNs, maxNs, eventCounts, lost, goroutineCount: 1 };
    source.append(...writer.chunk(eventArrays(stored), stored.length, facts));
  }
  source.append(...writer.part('metrics', COUNTED_METRICS));
  source.append(...writer.part('marks', COUNTED_MARKS));
  source.append(...writer.end({ ended_ns: `${4000 * MS}`, reason: 'exit', exit_code: '0' }));
  const bytes = new Uint8Array(writer.byteLength);
  let offset = 0;
  for (const piece of source.pieces) {
    bytes.set(piece, offset);
    offset += piece.byteLength;
  }
  return bytes;
}
