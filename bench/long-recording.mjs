/**
 * A recording of any length whose goroutines do plausible things: each becomes runnable, runs on
 * a P and waits, in turn. For benches of what grows with the length.
 */
import { closeSync, openSync, writevSync } from 'node:fs';
import {
  EVENTS,
  EVENT_COLUMNS,
  LOSS_CAUSES,
  RecordingWriter,
  STATES,
} from '../dist/src/format/index.js';

const ROWS = 65_536;
const PS = 8;
const NS_PER_EVENT = 500;
const ARRAYS = { int64: BigInt64Array, int32: Int32Array, dict32: Int32Array, int16: Int16Array, dict8: Int8Array }; // prettier-ignore
const [RUNNABLE, RUNNING, WAITING] = ['runnable', 'running', 'waiting'].map((name) => STATES.indexOf(name)); // prettier-ignore

/**
 * Write one; returns its number of events.
 *
 * @param events - rounded up to whole chunks
 */
export function writeLongRecording(path, events, goroutines) {
  const writer = new RecordingWriter(
    {
      version: '0', program: '/bench', command: ['bench'], comm: 'bench', pid: 1, goVersion: 'go1.26.0',
      arch: 'amd64', host: 'bench', kernel: '6', startUnixNs: 0n, startMonoNs: 0n, groups: ['sched'],
      launched: true, offsets: '', history: [],
    },
    { wait_reason: ['', 'chan receive', 'sleep', 'IO wait'] },
  ); // prettier-ignore
  const funcs = ['main.main', 'main.worker', 'net/http.(*conn).serve', 'main.feed'];
  const file = openSync(path, 'w');
  const append = (pieces) => {
    const wanted = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
    if (writevSync(file, pieces) !== wanted) throw new Error('the disk is full');
  };
  append(writer.begin());
  const func = Int32Array.from({ length: goroutines }, (_, g) =>
    writer.nameIndex('func', g === 0 ? funcs[0] : funcs[1 + (g % 3)]),
  );
  const state = new Int8Array(goroutines).fill(WAITING);
  const reason = new Int8Array(goroutines).fill(1);
  const sinceNs = new BigInt64Array(goroutines).fill(-1n);
  const alive = {
    count: goroutines, pid: new Int32Array(goroutines).fill(1), func, state, waitReason: reason, sinceNs,
    goid: BigInt64Array.from({ length: goroutines }, (_, g) => BigInt(g + 1)),
    parentGoid: new BigInt64Array(goroutines), createdNs: new BigInt64Array(goroutines).fill(-1n),
    site: new Int32Array(goroutines), stack: new Int32Array(goroutines), labels: new BigInt64Array(goroutines),
  }; // prettier-ignore
  append(writer.goroutines(alive));
  const columns = Object.fromEntries(
    Object.entries(EVENT_COLUMNS).map(([name, type]) => [name, new ARRAYS[type](ROWS)]),
  );
  columns.event.fill(EVENTS.indexOf('go_state'));
  columns.pid.fill(1);
  const eventCounts = Object.fromEntries(EVENTS.slice(1).map((name) => [name, 0]));
  eventCounts.go_state = ROWS;
  const lost = Object.fromEntries(LOSS_CAUSES.map((cause) => [cause, 0]));
  const onP = new Int32Array(PS).fill(-1);
  let seed = 7;
  const random = (below) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) | 0;
    return (seed >>> 8) % below;
  };
  const chunks = Math.ceil(events / ROWS);
  let since = goroutines;
  for (let chunk = 0; chunk < chunks; chunk++) {
    const startNs = chunk * ROWS * NS_PER_EVENT;
    if (since >= goroutines) {
      append(writer.checkpoint(alive));
      since = 0;
    }
    for (let row = 0; row < ROWS; row++) {
      const timeNs = BigInt(startNs + row * NS_PER_EVENT);
      const p = random(PS);
      let g = onP[p];
      let to = WAITING;
      if (g >= 0) onP[p] = -1;
      else {
        g = random(goroutines);
        if (state[g] === RUNNABLE) {
          to = RUNNING;
          onP[p] = g;
        } else if (state[g] === RUNNING) {
          onP[onP.indexOf(g)] = -1;
        } else to = RUNNABLE;
      }
      columns.time_ns[row] = timeNs;
      columns.goid[row] = BigInt(g + 1);
      columns.by_goid[row] = BigInt(g + 1);
      columns.tid[row] = 100 + p;
      columns.p[row] = p;
      columns.from_state[row] = state[g];
      columns.to_state[row] = state[g] = to;
      columns.wait_reason[row] = reason[g] = to === WAITING ? 1 + random(3) : 0;
      sinceNs[g] = timeNs;
    }
    since += ROWS;
    const maxNs = startNs + (ROWS - 1) * NS_PER_EVENT;
    append(writer.chunk(columns, ROWS, { minNs: startNs, maxNs, eventCounts, lost, goroutineCount: goroutines })); // prettier-ignore
  }
  append(writer.end({ reason: 'exit' }));
  closeSync(file);
  return chunks * ROWS;
}
