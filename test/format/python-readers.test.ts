/** Recordings as pyarrow and polars read them. Needs .venv: `node scripts/python-readers.mjs`. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

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

  test('pyarrow reads the whole chunks of a recording that was cut off', async () => {
    const rows = await read('torn.arrow', 'cut');
    expect(rows.time_ns.length).toBeGreaterThan(2000);
    expect(rows.time_ns.length).toBeLessThan(3000);
    expect(rows).toEqual(await expected(cut, tornBytes));
  });
});
