/**
 * What does each column of an event take, raw and compressed?
 *
 * Three recordings of TypeScript's compiler checking this repository, made here; bytes an event.
 * Node 20 has no zstd: the codec is pyarrow's, of .venv. Without it that half is left out.
 *
 * Run as root: npm run build, then node bench/columns.mjs        (node scripts/python-readers.mjs for zstd)
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RecordBatchReader } from 'apache-arrow';
import { KINDS, machineLine, recordCompiler } from './real-recording.mjs';

const python = fileURLToPath(new URL('../.venv/bin/python3', import.meta.url));
const hasCodec = existsSync(python);
const folder = mkdtempSync(join(tmpdir(), 'xgotop-columns-'));

function measure(path) {
  if (!hasCodec) return rawColumns(path);
  const script = fileURLToPath(new URL('columns.py', import.meta.url));
  const done = spawnSync(python, [script, path], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(done.stderr);
  return JSON.parse(done.stdout);
}

function rawColumns(path) {
  const columns = {};
  let rows = 0;
  for (const batch of RecordBatchReader.from(readFileSync(path))) {
    rows += batch.numRows;
    for (const { name } of batch.numRows > 0 ? batch.schema.fields : []) {
      const { length, values } = batch.getChild(name).data[0];
      columns[name] = [(columns[name]?.[0] ?? 0) + length * values.BYTES_PER_ELEMENT, NaN];
    }
  }
  return { rows, columns, bytes: statSync(path).size };
}

try {
  const measured = Object.entries(KINDS).map(([kind, options]) => {
    const path = join(folder, 'run.arrow');
    recordCompiler(path, options);
    const small = join(folder, 'small.arrow');
    spawnSync(process.execPath, ['bin/xgotop', 'compact', path, '-o', small, '--overwrite'], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
    });
    return { kind, ...measure(path), compacted: statSync(small).size };
  });
  console.log(machineLine());
  if (!hasCodec) console.log('no .venv with pyarrow: without zstd');
  const cell = (bytes, rows) => (Number.isFinite(bytes) ? (bytes / rows).toFixed(2) : '');
  const line = (what, pairs) =>
    console.log(`| ${what} | ${pairs.map(({ pair, rows }) => pair.map((bytes) => cell(bytes, rows)).join(' | ')).join(' | ')} |`); // prettier-ignore
  console.log(`| column | ${measured.map(({ kind, rows }) => `${kind}, ${rows.toLocaleString('en-US')} events | zstd-1`).join(' | ')} |`); // prettier-ignore
  console.log(`| --- |${' --- | --- |'.repeat(measured.length)}`);
  const names = new Set(measured.flatMap(({ columns }) => Object.keys(columns)));
  for (const name of names) {
    line(`\`${name}\``, measured.map(({ columns, rows }) => ({ rows, pair: columns[name] ?? [NaN, NaN] }))); // prettier-ignore
  }
  const sum = (columns, which) => Object.values(columns).reduce((all, pair) => all + pair[which], 0); // prettier-ignore
  line('all columns', measured.map(({ columns, rows }) => ({ rows, pair: [sum(columns, 0), sum(columns, 1)] }))); // prettier-ignore
  line('heads, parts, padding', measured.map(({ columns, rows, bytes }) => ({ rows, pair: [bytes - sum(columns, 0), NaN] }))); // prettier-ignore
  line('the file', measured.map(({ rows, bytes }) => ({ rows, pair: [bytes, NaN] }))); // prettier-ignore
  line('the file after `xgotop compact`', measured.map(({ rows, compacted }) => ({ rows, pair: [compacted, NaN] }))); // prettier-ignore
} finally {
  rmSync(folder, { recursive: true });
}
