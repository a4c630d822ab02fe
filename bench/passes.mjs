/**
 * What does an event cost to write, to scan and to find, beside copying its bytes?
 *
 * The chunks of a recording of TypeScript's compiler, made here and repeated to so many events.
 * Passes take turns, round after round; nanoseconds an event of CPU and by the clock, medians, and
 * the ratio to the raw pass of the same kind in this run. Files are in the page cache.
 *
 * Run as root: npm run build, then node bench/passes.mjs [million events] [rounds]
 */
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync, writevSync } from 'node:fs'; // prettier-ignore
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompress } from '../dist/src/cli/zstd-compress.js';
import { EVENT_COLUMN_NAMES, openRecording, RecordingCompaction, RecordingWriter } from '../dist/src/format/index.js'; // prettier-ignore
import { narrowed } from '../dist/src/format/stored-columns.js';
import { openFileSource } from '../dist/src/query/index.js';
import { median } from './go-program.mjs';
import { KINDS, machineLine, recordCompiler } from './real-recording.mjs';

const MILLIONS = Number(process.argv[2] ?? 10);
const ROUNDS = Number(process.argv[3] ?? 7);
const PIECE_BYTES = 4 * 1024 * 1024;
const SEEKS = 200;
const FIVE = ['time_ns', 'goid', 'event', 'from_state', 'to_state'];

const folder = mkdtempSync(join(tmpdir(), 'xgotop-passes-'));
const path = join(folder, 'long.arrow');
const other = join(folder, 'other.arrow');
const run = join(folder, 'run.arrow');
const small = join(folder, 'small.arrow');

/** The recording in memory: arrays of each chunk, and what its writer is told. */
async function load() {
  recordCompiler(run, KINDS['sched, gc, alloc']);
  const file = await openFileSource(run);
  const recording = await openRecording(file);
  const chunks = [];
  for (const chunk of recording.chunks) {
    const read = await recording.readEvents(chunk.chunkIndex, EVENT_COLUMN_NAMES);
    // As a recorder has them: of the stored type already.
    const arrays = Object.entries(recording.columns).map(([name, type]) => [name, narrowed(name, type, read[name]).slice()]); // prettier-ignore
    chunks.push({ chunk, arrays: Object.fromEntries(arrays) });
  }
  file.close();
  return { recording, chunks };
}

function append(file, pieces) {
  const wanted = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
  if (writevSync(file, pieces) !== wanted) throw new Error('the disk is full');
}

/** Chunks until there are enough events; the times of each repetition follow the one before. */
function write(to, { recording, chunks }, wantedRows) {
  const file = openSync(to, 'w');
  const writer = new RecordingWriter(recording.meta, recording.dictionaries, { columns: recording.columns }); // prettier-ignore
  append(file, writer.begin());
  append(file, writer.addNames('func', recording.dictionaries.func));
  append(file, writer.addNames('type', recording.dictionaries.type));
  append(file, writer.checkpoint(recording.goroutines.createdNs ? recording.goroutines : nobody));
  let rows = 0;
  for (let round = 0; rows < wantedRows; round++) {
    for (const { chunk, arrays } of chunks) {
      append(file, writer.chunk(arrays, chunk.rowCount, shifted(chunk, round * recording.endNs)));
      rows += chunk.rowCount;
    }
  }
  append(file, writer.end({ reason: 'exit' }));
  closeSync(file);
  return rows;
}

const nobody = {
  count: 0,
  ...Object.fromEntries(['pid', 'func'].map((name) => [name, new Int32Array()])),
  ...Object.fromEntries(
    ['goid', 'parentGoid', 'sinceNs', 'createdNs'].map((name) => [name, new BigInt64Array()]),
  ),
  ...Object.fromEntries(['state', 'waitReason'].map((name) => [name, new Int8Array()])),
};

/** The index places a chunk by these; the column of times is left as it is. */
function shifted({ minNs, maxNs, eventCounts, lost, goroutineCount }, byNs) {
  return { minNs: minNs + byNs, maxNs: maxNs + byNs, eventCounts, lost, goroutineCount };
}

/** Every byte of a file once, in pieces. */
function readRaw(from, onPiece) {
  const file = openSync(from, 'r');
  const piece = new Uint8Array(PIECE_BYTES);
  const { size } = fstatSync(file);
  for (let at = 0; at < size; at += PIECE_BYTES) {
    const bytes = readSync(file, piece, 0, PIECE_BYTES, at);
    onPiece?.(piece.subarray(0, bytes));
  }
  closeSync(file);
}

function copyRaw(from, to) {
  const file = openSync(to, 'w');
  readRaw(from, (piece) => append(file, [piece]));
  closeSync(file);
}

/** At the default level. */
async function compact() {
  const compress = await zstdCompress(6);
  await withRecording(async (recording) => {
    const to = openSync(small, 'w');
    const copy = new RecordingCompaction(recording, { history: 'bench', compress });
    for await (const pieces of copy.pieces()) append(to, pieces);
    closeSync(to);
  }, run);
}

async function withRecording(act, from = path) {
  const file = await openFileSource(from);
  const recording = await openRecording(file);
  await act(recording);
  file.close();
}

const scan = (columns, from) => () =>
  withRecording(async (recording) => {
    for (const { chunkIndex } of recording.chunks) await recording.readEvents(chunkIndex, columns);
  }, from);

/** Chunks all over the file, always the same; `act` gets them one by one. */
const seek = (act) => () =>
  withRecording(async (recording) => {
    for (let n = 0; n < SEEKS; n++) {
      await act(recording, recording.chunks[(n * 7919) % recording.chunks.length]);
    }
  });

/** As many bytes as such a chunk's columns have, in one piece, at as many places. */
function seekRaw() {
  const file = openSync(path, 'r');
  const { size } = fstatSync(file);
  const piece = new Uint8Array(bytesOfSeek);
  for (let n = 0; n < SEEKS; n++) {
    readSync(file, piece, 0, piece.length, (n * 7919 * 4096) % (size - piece.length));
  }
  closeSync(file);
}

/** The columns alone, as the writer is given them. */
function writeRaw({ chunks }, wantedRows) {
  const file = openSync(other, 'w');
  for (let rows = 0; rows < wantedRows;) {
    for (const { chunk, arrays } of chunks) {
      append(file, stored.map((name) => arrays[name])); // prettier-ignore
      rows += chunk.rowCount;
    }
  }
  closeSync(file);
}

let bytesOfSeek = 0;
/** Columns that the file has. */
let stored;
try {
  const loaded = await load();
  const rows = write(path, loaded, MILLIONS * 1e6);
  await withRecording(async (recording) => {
    const { chunks } = recording;
    const full = chunks.reduce((most, chunk) => (chunk.rowCount > most.rowCount ? chunk : most));
    const arrays = await recording.readEvents(full.chunkIndex, FIVE);
    bytesOfSeek = Object.values(arrays).reduce((sum, { byteLength }) => sum + byteLength, 0);
  });
  stored = Object.keys(loaded.recording.columns);
  const runRows = loaded.chunks.reduce((sum, { chunk }) => sum + chunk.rowCount, 0);
  await compact();
  // A row here is a pass; the first of its kind is what the others are compared with.
  const PASSES = [
    ['write', 'the columns, from memory, raw', rows, () => writeRaw(loaded, MILLIONS * 1e6)],
    ['write', 'the same by the writer', rows, () => write(other, loaded, MILLIONS * 1e6)],
    ['copy', 'the file, read and written raw', rows, () => copyRaw(path, other)],
    ['compact', 'one of the recordings, read and written raw', runRows, () => copyRaw(run, other)],
    ['compact', 'the same by xgotop compact', runRows, compact],
    ['scan', 'the file, read raw', rows, () => readRaw(path)],
    ['scan', 'all columns by the reader', rows, scan(stored)],
    ['scan', 'five columns', rows, scan(FIVE)],
    ['scan', 'all columns of the compacted one', runRows, scan(stored, small)],
    ['scan', 'five columns of it', runRows, scan(FIVE, small)],
    ['seek', 'as many bytes, read raw', SEEKS, seekRaw],
    ['seek', 'a chunk, five columns', SEEKS, seek((recording, { chunkIndex }) => recording.readEvents(chunkIndex, FIVE))], // prettier-ignore
  ];
  const taken = PASSES.map(() => ({ cpu: [], clock: [] }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, [, , count, pass]] of PASSES.entries()) {
      const cpu = process.cpuUsage();
      const started = performance.now();
      await pass();
      taken[index].clock.push(((performance.now() - started) * 1e6) / count);
      const { user, system } = process.cpuUsage(cpu);
      taken[index].cpu.push(((user + system) * 1000) / count);
    }
  }
  console.log(machineLine());
  console.log(`${(rows / 1e6).toFixed(1)} M events, ${ROUNDS} rounds, CPU and clock in ns an event, of a seek in ns`); // prettier-ignore
  console.log('| | | CPU | clock | CPU / raw |');
  console.log('| --- | --- | --- | --- | --- |');
  for (const [index, [kind, what]] of PASSES.entries()) {
    const raw = median(taken[PASSES.findIndex(([first]) => first === kind)].cpu);
    const { cpu, clock } = taken[index];
    const digits = kind === 'seek' ? 0 : 1;
    console.log(`| ${kind} | ${what} | ${median(cpu).toFixed(digits)} | ${median(clock).toFixed(digits)} | ${(median(cpu) / raw).toFixed(2)} |`); // prettier-ignore
  }
} finally {
  rmSync(folder, { recursive: true });
}
