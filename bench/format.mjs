/**
 * What does a recording cost to open and to seek in, however long it is?
 *
 * Writes a recording of so many events, as a recorder would, into the directory for temporary
 * files; then a process for each question, with its time and the largest memory it had, beside a
 * process of Node that does nothing, and beside reading the whole file.
 *
 * Run: npm run build, then node bench/format.mjs [million events]     (50 bytes each on the disk)
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writevSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  EVENTS,
  LOSS_CAUSES,
  NARROW_TYPES,
  RecordingWriter,
  WIDE_TYPES,
} from '../dist/src/format/index.js';
import { median } from './go-program.mjs';

const MILLIONS = Number(process.argv[2] ?? 200);
const ROWS = 65_536;
const ROUNDS = 5;
const NS_PER_EVENT = 500;
const ARRAYS = { int64: BigInt64Array, int32: Int32Array, int16: Int16Array, int8: Int8Array };
/** As a recorder of sched, gc and alloc has them. */
const ABSENT = ['object', 'stack', 'value'];
const COLUMNS = Object.fromEntries(
  Object.entries({ ...WIDE_TYPES, ...NARROW_TYPES }).filter(([name]) => !ABSENT.includes(name)),
);

const dir = mkdtempSync(join(tmpdir(), 'xgotop-format-'));
const path = join(dir, 'long.arrow');
const dist = pathToFileURL(fileURLToPath(new URL('../dist/', import.meta.url))).href;

/** Chunks of goroutines that start and stop; each has the same rows at a later time. */
function write() {
  const writer = new RecordingWriter(
    {
      version: '0', program: '/bench', command: ['bench'], comm: 'bench', pid: 1, goVersion: 'go1.26.0',
      arch: 'amd64', host: 'bench', kernel: '6', startUnixNs: 0n, startMonoNs: 0n, groups: ['sched'],
      launched: true, offsets: '', history: [],
    },
    { wait_reason: ['', 'chan receive'] },
    { columns: COLUMNS },
  ); // prettier-ignore
  const events = Object.fromEntries(
    Object.entries(COLUMNS).map(([name, type]) => [name, new ARRAYS[type](ROWS)]),
  );
  events.event.fill(EVENTS.indexOf('go_state'));
  for (let row = 0; row < ROWS; row++) {
    events.goid[row] = 1 + (row % 1000);
    events.from_state[row] = 1 + (row % 2);
    events.to_state[row] = 2 - (row % 2);
    events.pid[row] = events.tid[row] = 1;
  }
  const eventCounts = Object.fromEntries(EVENTS.slice(1).map((name) => [name, 0]));
  eventCounts.go_state = ROWS;
  const lost = Object.fromEntries(LOSS_CAUSES.map((cause) => [cause, 0]));
  const alive = 1000;
  const nobody = { count: alive };
  for (const name of ['pid', 'func']) nobody[name] = new Int32Array(alive).fill(1);
  nobody.func.fill(0);
  for (const name of ['parentGoid', 'sinceNs', 'createdNs'])
    nobody[name] = new BigInt64Array(alive);
  nobody.goid = BigInt64Array.from({ length: alive }, (_, i) => BigInt(i + 1));
  for (const name of ['state', 'waitReason']) nobody[name] = new Int8Array(alive).fill(1);

  const file = openSync(path, 'w');
  const append = (pieces) => {
    const wanted = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
    if (writevSync(file, pieces) !== wanted) throw new Error('the disk is full');
  };
  append(writer.begin());
  const chunks = Math.ceil((MILLIONS * 1e6) / ROWS);
  for (let chunk = 0; chunk < chunks; chunk++) {
    const startNs = chunk * ROWS * NS_PER_EVENT;
    for (let row = 0; row < ROWS; row++) events.time_ns[row] = BigInt(startNs + row * NS_PER_EVENT);
    if (chunk % 16 === 0) append(writer.checkpoint(nobody));
    const maxNs = startNs + (ROWS - 1) * NS_PER_EVENT;
    append(writer.chunk(events, ROWS, { minNs: startNs, maxNs, eventCounts, lost, goroutineCount: alive })); // prettier-ignore
  }
  append(writer.end({ reason: 'exit' }));
  closeSync(file);
  return chunks;
}

/** Median ms of a script of its own, its memory, and what it printed. */
function measure(script) {
  const times = [];
  let told;
  for (let round = 0; round < ROUNDS; round++) {
    const code = `${script}\nprocess.on('exit', () => console.log(JSON.stringify([process.resourceUsage().maxRSS / 1024, globalThis.told ?? ''])));`;
    const started = performance.now();
    const ran = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
      encoding: 'utf8',
    });
    times.push(performance.now() - started);
    if (ran.status !== 0) throw new Error(ran.stderr);
    told = JSON.parse(ran.stdout.trim().split('\n').at(-1));
  }
  return { ms: median(times), mib: told[0], told: told[1] };
}

const load = `
import { openRecording } from '${dist}src/format/index.js';
import { openFileSource } from '${dist}src/query/file-source.js';
let reads = 0, bytes = 0;
const file = await openFileSource(${JSON.stringify(path)});
const source = { size: () => file.size(), read: async (o, n) => { reads++; bytes += n; return file.read(o, n); } };`;
const say = `globalThis.told = reads + ' reads, ' + (bytes / 1024).toFixed(0) + ' KiB';`;

try {
  const started = performance.now();
  const chunks = write();
  const { size } = statSync(path);
  const events = chunks * ROWS;
  const seconds = (performance.now() - started) / 1000;
  console.log(`${(events / 1e6).toFixed(0)} M events, ${(size / 1e9).toFixed(2)} GB in ${chunks} chunks, ${(size / events).toFixed(1)} bytes each; written in ${seconds.toFixed(0)} s`); // prettier-ignore
  const questions = {
    'node that does nothing': '',
    'node with the reader loaded': load.replace(/let reads[^]*/, ''),
    'what info needs': `${load} const r = await openRecording(source); r.chunks.length; ${say}`,
    'and one second in its middle': `${load} const r = await openRecording(source); const at = r.endNs / 2;
      let read = 0; const t = performance.now();
      for (const c of r.chunks) if (c.maxNs >= at && c.minNs < at + ${Math.min(1e9, ROWS * NS_PER_EVENT)}) { await r.readEvents(c.chunkIndex, ['time_ns', 'goid', 'event', 'from_state', 'to_state']); read++; }
      ${say} globalThis.told += ', ' + read + ' chunks in ' + (performance.now() - t).toFixed(1) + ' ms';`,
  };
  let nothing;
  for (const [what, script] of Object.entries(questions)) {
    const { ms, mib, told } = measure(script);
    nothing ??= ms;
    console.log(`  ${what.padEnd(30)} ${ms.toFixed(0)} ms (${(ms - nothing).toFixed(0)} more), ${mib.toFixed(0)} MiB  ${told}`); // prettier-ignore
  }
  const info = spawnSync(process.execPath, [fileURLToPath(new URL('../bin/xgotop', import.meta.url)), 'info', path], { encoding: 'utf8' }); // prettier-ignore
  if (info.status !== 0) throw new Error(info.stderr);
  console.log(info.stdout.split('\n').filter((line) => /^(file|state|events)/.test(line)).join('\n')); // prettier-ignore
} finally {
  rmSync(dir, { recursive: true });
}
