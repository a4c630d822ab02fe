/**
 * What does recording cost the recorder, and is anything lost at the highest rate?
 *
 * A Go program allocates and yields on all processors as fast as it can, under
 * `xgotop record -e sched,alloc`, the whole process as a user starts it: draining, columns,
 * names, file. Its CPU time is read from /proc/PID/stat just before it ends. Loading and
 * compiling JavaScript takes the better part of a second once; it is left out by comparing a long
 * recording with one of some seconds, in which most of the compiling is done. Beside it stands what
 * the bytes alone cost, written into the same directory: as the recorder writes them, and through
 * the page cache. Limits: 60 ns of CPU an event in the median of the rounds, 0 lost.
 *
 * Run: npm run build, then sudo node bench/record.mjs [seconds] [rounds]
 */
import { spawn } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writevSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OutputFile } from '../dist/src/record/output-file.js';
import { buildBenchProgram, median } from './go-program.mjs';

const SHORT_SECONDS = 4;
const SECONDS = Number(process.argv[2] ?? 24);
const ROUNDS = Number(process.argv[3] ?? 5);
const LIMIT_NS = 60;
const TICK_NS = 1e7; // USER_HZ is 100 on every Linux of today

const XGOTOP = fileURLToPath(new URL('../bin/xgotop', import.meta.url));
const path = buildBenchProgram('calls');
const dir = mkdtempSync(join(tmpdir(), 'xgotop-bench-'));

/** User and system time of a process, ns; undefined when it is gone. */
function cpuNs(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_NS;
  } catch {
    return undefined;
  }
}

/** Record the storm for so long. */
function record(seconds) {
  const output = join(dir, 'run.arrow');
  const args = [XGOTOP, 'record', '-e', 'sched,alloc', '-o', output, '--overwrite', '--'];
  const recorder = spawn(process.execPath, [...args, path, 'storm', String(seconds)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  recorder.stderr.on('data', (text) => (said += text));
  let lastCpuNs = 0;
  const timer = setInterval(() => (lastCpuNs = cpuNs(recorder.pid) ?? lastCpuNs), 10);
  return new Promise((resolve, reject) => {
    recorder.on('close', (code) => {
      clearInterval(timer);
      const summary = /([\d,]+) events in ([\d.]+) s, .*?([\d,]+) lost( \(.*?\))?/.exec(said);
      if (code !== 0 || !summary) return reject(new Error(`xgotop record failed: ${said}`));
      const [events, wallS, lost] = summary
        .slice(1, 4)
        .map((text) => Number(text.replaceAll(',', '')));
      if (lost > 0) console.log(`  lost in ${seconds} s: ${lost}${summary[4] ?? ''}`);
      resolve({ events, wallS, lost, cpuNs: lastCpuNs, bytes: statSync(output).size });
    });
  });
}

/** CPU that a function takes, ns. */
async function cpuOf(run) {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1000;
}

/** As many bytes in pieces of a chunk's size. */
function* pieces(bytes) {
  const buffers = Array.from({ length: 8 }, () => Buffer.alloc(1 << 22, 1));
  for (let written = 0, i = 0; written < bytes; i++) {
    const piece = buffers[i % buffers.length].subarray(0, bytes - written);
    yield piece;
    written += piece.byteLength;
  }
}

/** As the recorder writes. */
async function writeAsRecorded(bytes) {
  const file = await OutputFile.create(join(dir, 'as-recorded'), true);
  for (const piece of pieces(bytes)) await file.append([piece]);
  await file.discard();
}

function writeThroughPageCache(bytes) {
  const path = join(dir, 'copy');
  const file = openSync(path, 'w');
  for (const piece of pieces(bytes)) writeAll(file, piece);
  closeSync(file);
  rmSync(path);
}

function writeAll(file, piece) {
  for (let at = 0; at < piece.byteLength;) at += writevSync(file, [piece.subarray(at)]);
}

const perEvent = [];
const filePerEvent = [];
const copyPerEvent = [];
let lostInAll = 0;
for (let round = 0; round < ROUNDS; round++) {
  const short = await record(SHORT_SECONDS);
  const long = await record(SECONDS);
  perEvent.push((long.cpuNs - short.cpuNs) / (long.events - short.events));
  filePerEvent.push((await cpuOf(() => writeAsRecorded(long.bytes))) / long.events);
  copyPerEvent.push((await cpuOf(() => writeThroughPageCache(long.bytes))) / long.events);
  lostInAll += long.lost + short.lost;
  const rate = (long.events / long.wallS / 1e6).toFixed(2);
  const whole = (long.cpuNs / long.events).toFixed(1);
  console.log(
    `  ${long.events} events, ${rate} M/s, ${perEvent.at(-1).toFixed(1)} ns an event` +
      ` (${whole} with the start), the bytes alone ${filePerEvent.at(-1).toFixed(1)}` +
      `, through the page cache ${copyPerEvent.at(-1).toFixed(1)}; ${long.lost} lost`,
  );
}
const cost = median(perEvent);
console.log(
  `the bytes alone: median ${median(filePerEvent).toFixed(1)} ns an event as the recorder writes` +
    ` them, ${median(copyPerEvent).toFixed(1)} through the page cache`,
);
console.log(`median ${cost.toFixed(1)} ns an event, limit ${LIMIT_NS}; ${lostInAll} lost, limit 0`);
rmSync(dir, { recursive: true });
process.exitCode = cost <= LIMIT_NS && lostInAll === 0 ? 0 : 1;
