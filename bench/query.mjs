/**
 * What does it cost to ask the recording where it lies, instead of loading it?
 *
 * The same queries over the recording through our table function, over a table of DuckDB's
 * in memory, and over Parquet as DuckDB writes it (zstd): minimum and median of several runs
 * in one process, taking turns. Ratios travel between machines; milliseconds do not.
 *
 *   node bench/query.mjs [events]        needs `npm run build`
 */
import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import {
  EVENTS,
  LOSS_CAUSES,
  openRecording,
  RecordingWriter,
  STATES,
} from '../dist/src/format/index.js';
import { createEventReader } from '../dist/src/query/event-reader.js';
import { eventScan } from '../dist/src/query/event-scan.js';
import { createEventEnums, eventScanColumns } from '../dist/src/query/event-scan-columns.js';
import { openEngine, openFileSource } from '../dist/src/query/index.js';
import { createSiteLookup } from '../dist/src/query/site-lookup.js';
import { registerTableFunction } from '../dist/src/query/table-function.js';

const EVENT_COUNT = Number(process.argv[2] ?? 4_000_000);
const RUNS = 5;
const CHUNK_ROWS = 65_536;

const QUERIES = [
  ['count by event', 'SELECT event, count(*) FROM $ GROUP BY event'],
  ['sum by function', 'SELECT func, sum(size_bytes) FROM $ GROUP BY func'],
  ['five columns', 'SELECT sum(time_ns), sum(goid), sum(tid), sum(p), count(wait_reason) FROM $'],
  [
    'count and latest by goroutine',
    'SELECT goid, count(*), max(time_ns) FROM $ GROUP BY goid ORDER BY 2 DESC LIMIT 10',
  ],
  ['one event of ten', "SELECT goid, sum(size_bytes) FROM $ WHERE event = 'alloc' GROUP BY goid"],
  [
    '1 % of the time',
    'SELECT state, count(*) FROM (SELECT to_state AS state FROM $1%) GROUP BY ALL',
  ],
];

const folder = mkdtempSync(join(tmpdir(), 'xgotop-bench-query-'));
try {
  await main();
} finally {
  rmSync(folder, { recursive: true });
}

async function main() {
  const path = join(folder, 'run.arrow');
  const parquet = join(folder, 'run.parquet');
  const endNs = await writeRecording(path);
  const source = await openFileSource(path);
  const recording = await openRecording(source);

  const started = performance.now();
  const engine = await openEngine(recording, source);
  const openMs = performance.now() - started;

  // Our scan in an instance that may also write Parquet, which the engine's may not.
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const sites = createSiteLookup(recording.sites);
  const columns = eventScanColumns(
    createEventEnums(recording.dictionaries),
    sites,
    recording.dictionaries,
  );
  const reader = createEventReader(recording, source);
  registerTableFunction(
    connection.connection,
    eventScan(recording, columns, reader),
    () => undefined,
  );
  await connection.run('CREATE TABLE memory AS FROM scan_events(NULL, NULL, NULL)');
  await connection.run(`COPY memory TO '${parquet}' (FORMAT parquet, COMPRESSION zstd)`);

  console.log(
    `${EVENT_COUNT.toLocaleString('en-US')} events, ${cpus()[0].model}, ${cpus().length} CPUs, ` +
      `Node ${process.version}; opening the engine ${openMs.toFixed(0)} ms`,
  );
  console.log(
    `bytes an event: recording ${perEvent(path)}, Parquet ${perEvent(parquet)}; ms: minimum (median) of ${RUNS}\n`,
  );
  const cut = [Math.round(endNs * 0.5), Math.round(endNs * 0.51)];
  const from = {
    recording: (sql) =>
      sql.replace('$1%', `scan_events(${cut}, NULL)`).replace('$', 'scan_events(NULL, NULL, NULL)'),
    memory: (sql) => sql.replace('$1%', `memory WHERE ${between(cut)}`).replace('$', 'memory'),
    parquet: (sql) =>
      sql.replace('$1%', `'${parquet}' WHERE ${between(cut)}`).replace('$', `'${parquet}'`),
  };
  console.log(row('query', 'recording', 'in memory', 'Parquet', 'rec/mem', 'rec/Parquet'));
  for (const [name, sql] of QUERIES) {
    const times = { recording: [], memory: [], parquet: [] };
    const answers = new Set();
    for (let run = 0; run < RUNS + 1; run++) {
      for (const kind of Object.keys(times)) {
        const begun = performance.now();
        const result = await connection.runAndReadAll(from[kind](sql));
        // The first turn warms the caches.
        if (run > 0) times[kind].push(performance.now() - begun);
        answers.add(result.getRowsJson().map(String).sort().join(';'));
      }
    }
    if (answers.size !== 1 && !sql.includes('LIMIT')) throw new Error(`${name}: answers differ`);
    const [rec, mem, par] = Object.values(times).map((all) => all.sort((a, b) => a - b));
    console.log(
      row(
        name,
        ms(rec),
        ms(mem),
        ms(par),
        (rec[0] / mem[0]).toFixed(2),
        (rec[0] / par[0]).toFixed(2),
      ),
    );
  }

  console.log('');
  for (const sql of [
    'SELECT count(*), sum(duration_ns) FROM spans',
    'SELECT count(*) FROM goroutines',
  ]) {
    const begun = performance.now();
    for await (const result of engine.run(sql)) await result.getRows();
    console.log(`${sql}: ${(performance.now() - begun).toFixed(0)} ms`);
  }
  connection.closeSync();
  instance.closeSync();
  engine.close();
  source.close();
}

/** Goroutines that take turns, and an allocation in ten; returns the time of the last event. */
async function writeRecording(path) {
  const writer = new RecordingWriter(
    {
      version: 'bench',
      program: '/bench',
      command: [],
      comm: 'bench',
      pid: 1,
      goVersion: 'go1.26.4',
      arch: 'amd64',
      host: '',
      kernel: '',
      startUnixNs: 0n,
      startMonoNs: 0n,
      groups: ['sched', 'alloc'],
      launched: true,
      offsets: '',
    },
    { wait_reason: ['', 'chan receive', 'select', 'sleep'] },
  );
  const out = createWriteStream(path);
  const write = async (pieces) => {
    for (const piece of pieces)
      if (!out.write(piece)) await new Promise((go) => out.once('drain', go));
  };
  const none = {
    count: 0,
    pid: new Int32Array(),
    goid: new BigInt64Array(),
    parentGoid: new BigInt64Array(),
    func: new Int32Array(),
    state: new Int8Array(),
    waitReason: new Int8Array(),
  };
  await write(writer.begin());
  await write(writer.goroutines({ ...none, site: new Int32Array() }));
  await write(
    writer.checkpoint({ ...none, sinceNs: new BigInt64Array(), createdNs: new BigInt64Array() }),
  );
  const functions = Array.from({ length: 2000 }, (_, index) =>
    writer.nameIndex('func', `pkg.f${index}`),
  );
  const [alloc, change] = ['alloc', 'go_state'].map((name) => EVENTS.indexOf(name));
  const cycle = ['runnable', 'running', 'waiting'].map((name) => STATES.indexOf(name));
  let timeNs = 0;
  let random = 1;
  const step = new Int32Array(6000);
  for (let written = 0; written < EVENT_COUNT;) {
    const count = Math.min(CHUNK_ROWS, EVENT_COUNT - written);
    const int64 = () => new BigInt64Array(count);
    const int32 = () => new Int32Array(count);
    const int8 = () => new Int8Array(count);
    const columns = {
      time_ns: int64(),
      goid: int64(),
      by_goid: int64(),
      size_bytes: int64(),
      pid: int32().fill(1),
      tid: int32(),
      func: int32(),
      site: int32(),
      type: int32(),
      p: new Int16Array(count),
      event: int8(),
      from_state: int8(),
      to_state: int8(),
      wait_reason: int8(),
      kind: int8(),
    };
    const minNs = timeNs;
    let allocCount = 0;
    for (let at = 0; at < count; at++) {
      random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
      timeNs += random & 1023;
      const goid = (random >>> 8) % step.length;
      columns.time_ns[at] = BigInt(timeNs);
      columns.goid[at] = BigInt(goid + 1);
      columns.tid[at] = 100 + (goid & 7);
      columns.p[at] = goid & 3;
      if (random % 10 === 0) {
        allocCount++;
        columns.event[at] = alloc;
        columns.size_bytes[at] = BigInt(8 << (random >>> 29));
        columns.func[at] = functions[(random >>> 12) % functions.length];
      } else {
        const state = step[goid]++;
        columns.event[at] = change;
        columns.from_state[at] = cycle[state % 3];
        columns.to_state[at] = cycle[(state + 1) % 3];
        columns.wait_reason[at] = (state + 1) % 3 === 2 ? 1 + (random >>> 31) : 0;
      }
    }
    const counts = Object.fromEntries(EVENTS.slice(1).map((name) => [name, 0]));
    await write(
      writer.chunk(columns, count, {
        minNs,
        maxNs: timeNs,
        eventCounts: { ...counts, alloc: allocCount, go_state: count - allocCount },
        lost: Object.fromEntries(LOSS_CAUSES.map((cause) => [cause, 0])),
        goroutineCount: step.length,
      }),
    );
    written += count;
  }
  await write(writer.end({ ended_ns: String(timeNs), reason: 'exit' }));
  out.end();
  await finished(out);
  return timeNs;
}

function between([from, to]) {
  return `time_ns >= ${from} AND time_ns < ${to}`;
}

function perEvent(path) {
  return (statSync(path).size / EVENT_COUNT).toFixed(1);
}

function ms(sorted) {
  return `${sorted[0].toFixed(0)} (${sorted[sorted.length >> 1].toFixed(0)})`;
}

function row(name, ...cells) {
  return name.padEnd(30) + cells.map((cell) => String(cell).padStart(13)).join('');
}
