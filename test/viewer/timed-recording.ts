/** A recording of which a test says when each event is. */
import { EVENTS, MemorySource, RecordingWriter, STATES } from '../../src/format/index.ts';
import type { ChunkFacts, EventName } from '../../src/format/index.ts';
import { eventArrays, SAMPLE_META, WAIT_REASONS } from '../format/sample-recording.ts';
import type { Row } from '../format/sample-program.ts';

/** A goroutine changes its state. */
export interface Change {
  timeNs: number;
  goid: number;
  to: 'runnable' | 'running' | 'waiting';
}

/**
 * @param goids - goroutines that are there from the beginning, waiting
 * @param changes - in order; chunks of a thousand
 * @param endedNs - when the recording ended
 */
export function timedRecording(
  goids: readonly number[],
  changes: readonly Change[],
  endedNs: number,
): Uint8Array {
  const writer = new RecordingWriter(SAMPLE_META, { wait_reason: WAIT_REASONS });
  const source = new MemorySource();
  const waiting = STATES.indexOf('waiting');
  const reason = WAIT_REASONS.indexOf('sleep');
  const func = writer.nameIndex('func', 'main.worker');
  const { length } = goids;
  const goroutines = {
    count: length,
    pid: new Int32Array(length).fill(SAMPLE_META.pid),
    goid: BigInt64Array.from(goids, (goid) => BigInt(goid)),
    parentGoid: new BigInt64Array(length),
    func: new Int32Array(length).fill(func),
    site: new Int32Array(length),
    state: new Int8Array(length).fill(waiting),
    waitReason: new Int8Array(length).fill(reason),
    sinceNs: new BigInt64Array(length).fill(-1n),
    createdNs: new BigInt64Array(length).fill(-1n),
    stack: new Int32Array(length),
    labels: new BigInt64Array(length),
  };
  source.append(...writer.begin(), ...writer.goroutines(goroutines));
  source.append(...writer.checkpoint(goroutines));
  const stateOf = new Map(goids.map((goid) => [goid, waiting]));
  for (let from = 0; from < changes.length; from += 1000) {
    const rows = changes.slice(from, from + 1000).map(({ timeNs, goid, to }): Row => {
      const before = stateOf.get(goid)!;
      stateOf.set(goid, STATES.indexOf(to));
      return {
        ...EMPTY,
        time_ns: timeNs,
        goid,
        by_goid: to === 'runnable' ? 0 : goid,
        pid: SAMPLE_META.pid,
        tid: SAMPLE_META.pid,
        event: EVENTS.indexOf('go_state'),
        from_state: before,
        to_state: STATES.indexOf(to),
        wait_reason: to === 'waiting' ? reason : 0,
      };
    });
    source.append(...writer.chunk(eventArrays(rows), rows.length, factsOf(rows, length)));
  }
  source.append(...writer.end({ ended_ns: String(endedNs), reason: 'exit', exit_code: '0' }));
  return new Uint8Array(Buffer.concat(source.pieces));
}

const EMPTY: Row = {
  time_ns: 0,
  goid: 0,
  by_goid: 0,
  size_bytes: 0,
  pid: 0,
  tid: 0,
  func: 0,
  site: 0,
  type: 0,
  p: 0,
  event: 0,
  from_state: 0,
  to_state: 0,
  wait_reason: 0,
  kind: 0,
  object: 0,
  stack: 0,
  value: 0,
};

function factsOf(rows: readonly Row[], goroutineCount: number): ChunkFacts {
  const eventCounts = {} as Record<EventName, number>;
  for (const name of EVENTS) if (name !== '') eventCounts[name] = 0;
  eventCounts.go_state = rows.length;
  return {
    minNs: rows[0]!.time_ns,
    maxNs: rows.at(-1)!.time_ns,
    eventCounts,
    lost: { ring_full: 0, bad_read: 0, stack_lost: 0, overrun: 0, wide_goid: 0, name_lost: 0 },
    goroutineCount,
  };
}

/**
 * Goroutines 10, 11 and 12 take turns in two bursts with five idle seconds between them: each is
 * woken, runs and waits again, at uneven distances. The last event is at 9.5 s, the end at 10 s.
 */
export function twoBursts(): { bytes: Uint8Array; changes: Change[]; endNs: number } {
  const changes: Change[] = [];
  for (const [fromNs, turns] of [
    [100_000_007, 100],
    [6_000_000_001, 200],
  ] as const) {
    let timeNs = fromNs;
    for (let turn = 0; turn < turns; turn++) {
      const goid = 10 + (turn % 3);
      for (const [at, to] of (['runnable', 'running', 'waiting'] as const).entries()) {
        changes.push({ timeNs, goid, to });
        timeNs += 1_000_003 + ((turn * 7919 + at * 104_729) % 13) * 311_111;
      }
    }
  }
  changes.push({ timeNs: 9_500_000_003, goid: 10, to: 'runnable' });
  return { bytes: timedRecording([10, 11, 12], changes, 10e9), changes, endNs: 10e9 };
}
