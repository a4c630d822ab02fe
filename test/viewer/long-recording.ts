/**
 * A recording as long as a test wants, made fast: every chunk has the same changes, only later,
 * so that what happened at any time is told by a formula and not by a reader.
 *
 * 200 workers take turns: the one before wakes the next, which runs and waits again. One more
 * waits from before the recording until the last turn of all.
 */
import {
  columnsOfEvents,
  EVENTS,
  LOSS_CAUSES,
  NARROW_TYPES,
  RecordingWriter,
  STATES,
  WIDE_TYPES,
} from '../../src/format/index.ts';
import type { ChunkFacts, EventName, GoroutineColumns } from '../../src/format/index.ts';
import type { NarrowColumn, StoredColumns } from '../../src/format/stored-columns.ts';
import type { Change } from './timed-recording.ts';
import { eventArrays, SAMPLE_META, WAIT_REASONS } from '../format/sample-recording.ts';

export const QUIET_GOID = 5;
const WORKERS = 200;
const FIRST_WORKER = 10;
/** A multiple of the workers: each chunk begins with the same one. */
const TURNS = 21_800;
const TURN_NS = 3000;
export const CHUNK_ROWS = 3 * TURNS;
export const CHUNK_NS = TURN_NS * TURNS;
const REASONS = [2, 3, 6] as const;

export interface LongChange extends Change {
  byGoid: number;
  reason: number;
}

function workerOf(turn: number): number {
  return FIRST_WORKER + ((turn * 7) % WORKERS);
}

/** The changes of a chunk, in order. */
export function changesOf(chunk: number, chunkCount: number): LongChange[] {
  const changes: LongChange[] = [];
  for (let turn = 0; turn < TURNS; turn++) {
    const isLast = chunk === chunkCount - 1 && turn === TURNS - 1;
    const goid = isLast ? QUIET_GOID : workerOf(turn);
    const startNs = chunk * CHUNK_NS + turn * TURN_NS + ((turn * 7919) % 1000) + 1;
    const byGoid = workerOf(turn + TURNS - 1);
    const runningNs = startNs + 200 + ((turn * 13) % 500);
    const waitingNs = startNs + 1000 + ((turn * 17) % 900);
    const reason = REASONS[turn % 3]!;
    changes.push({ timeNs: startNs, goid, byGoid, to: 'runnable', reason: 0 });
    changes.push({ timeNs: runningNs, goid, byGoid: 0, to: 'running', reason: 0 });
    changes.push({ timeNs: waitingNs, goid, byGoid: goid, to: 'waiting', reason });
  }
  return changes;
}

/** All goroutines as they are where a chunk begins: each waits, since its last turn. */
function goroutinesAt(
  chunk: number,
  ofChunk: readonly LongChange[],
  func: Int32Array<ArrayBuffer>,
): Goroutines {
  const count = WORKERS + 1;
  const goids = Array.from({ length: count }, (_, at) =>
    at === 0 ? QUIET_GOID : FIRST_WORKER + at - 1,
  );
  const sinceNs = new BigInt64Array(count).fill(-1n);
  const waitReason = new Int8Array(count).fill(REASONS[0]);
  if (chunk > 0) {
    for (const { timeNs, goid, reason } of ofChunk.slice(-3 * WORKERS)) {
      const at = goid - FIRST_WORKER + 1;
      sinceNs[at] = BigInt(timeNs + chunk * CHUNK_NS - CHUNK_NS);
      waitReason[at] = reason;
    }
  }
  return {
    count,
    pid: new Int32Array(count).fill(SAMPLE_META.pid),
    goid: BigInt64Array.from(goids, BigInt),
    parentGoid: new BigInt64Array(count),
    func,
    site: new Int32Array(count),
    state: new Int8Array(count).fill(STATES.indexOf('waiting')),
    waitReason,
    sinceNs,
    createdNs: new BigInt64Array(count).fill(-1n),
    stack: new Int32Array(count).fill(1),
    labels: new BigInt64Array(count),
  };
}

type Goroutines = Required<GoroutineColumns>;

/**
 * Make one.
 *
 * @param append - is given its bytes, which must be used before it returns
 * @returns its number of events
 */
export function makeLongRecording(
  chunkCount: number,
  append: (pieces: readonly Uint8Array[]) => void,
): number {
  const isNarrow = { isOneProcess: true, hasObjects: false, hasStacks: true };
  const columns: StoredColumns = Object.fromEntries(
    columnsOfEvents(['go_create', 'go_state', 'go_exit'], isNarrow).map((name) => [
      name,
      name in NARROW_TYPES ? NARROW_TYPES[name as NarrowColumn] : WIDE_TYPES[name],
    ]),
  );
  const meta = { ...SAMPLE_META, groups: ['sched' as const] };
  const writer = new RecordingWriter(meta, { wait_reason: WAIT_REASONS }, { columns });
  const func = Int32Array.from({ length: WORKERS + 1 }, (_, at) =>
    writer.nameIndex('func', ['main.worker', 'main.feed'][at % 2]!),
  );
  append(writer.begin());
  const first = changesOf(0, Infinity);
  append(writer.goroutines(goroutinesAt(0, first, func)));
  append(
    writer.part('frames', [
      { frame: 1, func: func[0]!, file: '/src/main.go', line: 11, inlined: false },
      { frame: 2, func: func[1]!, file: '/src/worker.go', line: 22, inlined: false },
    ]),
  );
  append(
    writer.stacks({
      count: 2,
      stack: Int32Array.of(1, 2),
      parent: Int32Array.of(0, 1),
      frame: Int32Array.of(1, 2),
    }),
  );
  const arrays = eventArrays(first.map(rowOf));
  const eventCounts = {} as Record<EventName, number>;
  for (const name of EVENTS) if (name !== '') eventCounts[name] = 0;
  eventCounts.go_state = CHUNK_ROWS;
  const lost = Object.fromEntries(LOSS_CAUSES.map((cause) => [cause, 0])) as ChunkFacts['lost'];
  for (let chunk = 0; chunk < chunkCount; chunk++) {
    append(writer.checkpoint(goroutinesAt(chunk, first, func)));
    const fromNs = BigInt(chunk * CHUNK_NS);
    const events = { ...arrays, time_ns: arrays.time_ns.map((timeNs) => timeNs + fromNs) };
    if (chunk === chunkCount - 1) {
      events.goid = events.goid.slice();
      events.goid.fill(BigInt(QUIET_GOID), CHUNK_ROWS - 3);
      events.by_goid = events.by_goid.slice();
      events.by_goid[CHUNK_ROWS - 1] = BigInt(QUIET_GOID);
    }
    const minNs = Number(events.time_ns[0]);
    const maxNs = Number(events.time_ns.at(-1));
    const facts = { minNs, maxNs, eventCounts, lost, goroutineCount: WORKERS + 1 };
    append(writer.chunk(events, CHUNK_ROWS, facts));
  }
  append(writer.end({ ended_ns: String(chunkCount * CHUNK_NS), reason: 'exit', exit_code: '0' }));
  return chunkCount * CHUNK_ROWS;
}

function rowOf({ timeNs, goid, byGoid, to, reason }: LongChange, row: number) {
  const turn = Math.floor(row / 3);
  const before = { runnable: 'waiting', running: 'runnable', waiting: 'running' } as const;
  return {
    time_ns: timeNs,
    goid,
    by_goid: byGoid,
    size_bytes: 0,
    pid: SAMPLE_META.pid,
    tid: 100 + (turn % 4),
    func: 0,
    site: 0,
    type: 0,
    p: turn % 4,
    event: EVENTS.indexOf('go_state'),
    from_state: STATES.indexOf(before[to]),
    to_state: STATES.indexOf(to),
    wait_reason: reason,
    kind: 0,
    object: 0,
    stack: to === 'waiting' ? 2 : 0,
    value: 0,
  };
}
