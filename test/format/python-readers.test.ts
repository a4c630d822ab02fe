/** Recordings as pyarrow and polars read them. Needs .venv: `node scripts/python-readers.mjs`. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { recordingSummary } from '../../src/cli/recording-summary.ts';
import { decodedRows } from './decoded-rows.ts';
import type { DecodedRows } from './decoded-rows.ts';
import { openBytes } from './opened.ts';
import { sampleRecording } from './sample-recording.ts';
import type { Sample } from './sample-recording.ts';

const root = join(import.meta.dirname, '..', '..');
const python = join(root, '.venv', 'bin', 'python3');
const script = join(import.meta.dirname, 'read-recording.py');
const isMissing = !existsSync(python);
if (isMissing) {
  console.log(
    'skipped: no .venv with pyarrow and polars; node scripts/python-readers.mjs makes it',
  );
}

const folder = mkdtempSync(join(tmpdir(), 'xgotop-readers-'));
const complete = sampleRecording({ events: 3000, chunkRows: 700 });
const cut = sampleRecording({ events: 3000, chunkRows: 700, cutOff: true });
// Without the last bytes of the last chunk's columns.
const tornBytes = cut.bytes.subarray(0, cut.bytes.length - 10_000);

async function read(name: string, how: string): Promise<DecodedRows> {
  const { stdout } = await promisify(execFile)(python, [script, join(folder, name), how], {
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(stdout) as DecodedRows;
}

async function expected(sample: Sample, bytes: Uint8Array): Promise<DecodedRows> {
  const recording = await openBytes(bytes);
  return decodedRows(sample, recording, recording.chunks.length);
}

beforeAll(() => {
  writeFileSync(join(folder, 'complete.arrow'), complete.bytes);
  writeFileSync(join(folder, 'torn.arrow'), tornBytes);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(isMissing && process.env.REQUIRE_KERNEL !== '1')('in Python', () => {
  test.each([
    { reader: 'pyarrow, as a file', how: 'file' },
    { reader: 'pyarrow, as a stream from byte 8', how: 'stream' },
    { reader: 'polars', how: 'polars' },
    { reader: 'polars, lazily', how: 'scan' },
  ])('$reader: every value', async ({ how }) => {
    const rows = await read('complete.arrow', how);
    expect(rows).toEqual(await expected(complete, complete.bytes));
  });

  test.each([
    ['a sample', join(folder, 'complete.arrow')],
    ['one that was cut off', join(folder, 'torn.arrow')],
    ['a recording of the first version', join(root, 'test/fixtures/format-1.arrow')],
    ['the same, cut off', join(root, 'test/fixtures/format-1-cut-off.arrow')],
    ['a recording of a compiler', join(root, 'test/fixtures/tsc-small.arrow')],
  ])('docs/info.py says of %s what our reader does', async (_, path) => {
    const { stdout } = await promisify(execFile)(python, [join(root, 'docs/info.py'), path]);
    const bytes = new Uint8Array(readFileSync(path));
    const summary = recordingSummary(await openBytes(bytes), bytes.byteLength);
    const { events, lost, goroutines, processes, end } = summary;
    const said = JSON.parse(stdout) as Record<string, unknown>;
    const counted = (counts: [string, number][]) =>
      Object.fromEntries(counts.filter(([, count]) => count > 0));
    expect(said).toEqual({
      ...Object.fromEntries(Object.keys(said).map((key) => [key, summary[key as 'comm']])),
      events: counted(events.by_event.map(({ event, count }) => [event, count])),
      lost: counted(Object.entries(lost.by_cause)),
      goroutines: {
        before: goroutines.before,
        created: goroutines.created,
        exited: goroutines.exited,
      },
      processes: processes.map(({ pid, comm }) => ({ pid, comm })),
      end: end.reason,
    });
    expect(Object.keys(said)).toHaveLength(19);
  });

  test('pyarrow reads the whole chunks of a recording that was cut off', async () => {
    const rows = await read('torn.arrow', 'cut');
    expect(rows.time_ns.length).toBeGreaterThan(2000);
    expect(rows.time_ns.length).toBeLessThan(3000);
    expect(rows).toEqual(await expected(cut, tornBytes));
  });
});
