import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { checkCommand } from '../../src/cli/check.ts';
import { openRecording } from '../../src/format/index.ts';
import { sourceOf } from '../format/opened.ts';
import { sampleRecording } from '../format/sample-recording.ts';
import { runCommand } from './run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'xgotop-check-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const { bytes, chunks } = sampleRecording();
const total = chunks.reduce((sum, { rowCount }) => sum + rowCount, 0);

async function check(name: string, content: Uint8Array, ...words: string[]) {
  const path = join(folder, name);
  writeFileSync(path, content);
  const ran = await runCommand(checkCommand(), [path, ...words]);
  const own = process.exitCode;
  process.exitCode = undefined;
  return { ...ran, exitCode: own ?? ran.exitCode };
}

it('a sound recording is ok', async () => {
  const { stdout, exitCode } = await check('run.arrow', bytes);
  expect([exitCode, stdout]).toEqual([
    0,
    `ok: ${total.toLocaleString('en-US')} events in ${chunks.length} chunks\n`,
  ]);
});

it('one that was cut off has a warning, and no error', async () => {
  const { stdout, exitCode } = await check('cut.arrow', bytes.subarray(0, -70_000));
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^warning cut-off, byte [\d,]+: .*\n0 errors, 1 warning: /);
});

it('a damaged one has errors, says where, and exits with 1; as JSON too', async () => {
  const { chunks: found } = await openRecording(sourceOf(bytes));
  const { byteOffset, metadataBytes, bodyBytes } = found[1]!;
  const damaged = bytes.slice();
  damaged.fill(0x7f, byteOffset + metadataBytes, byteOffset + metadataBytes + bodyBytes);
  const { stdout, exitCode } = await check('damaged.arrow', damaged);
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(new RegExp(`^error {3}\\w+, chunk 1, byte ${byteOffset.toLocaleString('en-US')}: `)); // prettier-ignore
  const json = await check('damaged.arrow', damaged, '--json');
  expect(JSON.parse(json.stdout)).toMatchObject({
    events: total,
    findings: expect.arrayContaining([
      expect.objectContaining({ severity: 'error', code: 'reference', chunk: 1, byte: byteOffset }),
    ]) as unknown,
  });
});
