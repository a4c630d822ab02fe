/** docs/info.py, which reads recordings by docs/format.md alone, beside `xgotop info`. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';

import { recordingSummary } from '../../src/cli/recording-summary.ts';
import { openBytes } from '../format/opened.ts';
import { RECORDINGS, writeRecordings } from './recordings.ts';

const root = join(import.meta.dirname, '..', '..');
const python = join(root, '.venv', 'bin', 'python3');
const script = join(root, 'docs', 'info.py');
const isMissing = !existsSync(python);

const { folder, files } = writeRecordings();
afterAll(() => rmSync(folder, { recursive: true }));
const GIVEN: [what: string, path: string][] = [
  ...RECORDINGS.map(({ what }, index): [string, string] => [what, files[index]!]),
  ['a recording of the first version', join(root, 'test/fixtures/format-1.arrow')],
  ['the same, cut off', join(root, 'test/fixtures/format-1-cut-off.arrow')],
];

describe.skipIf(isMissing && process.env['REQUIRE_KERNEL'] !== '1')('docs/info.py', () => {
  test.each(GIVEN)('says of %s what our reader does', async (_, path) => {
    const { stdout } = await promisify(execFile)(python, [script, path]);
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
    expect(Object.keys(said)).toHaveLength(20);
  });

  test('is short enough to be read', () => {
    const lines = readFileSync(script, 'utf8').trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(60);
  });
});
