/**
 * The commands that read, on recordings damaged in two hundred ways: an answer, or one line that
 * says what is wrong; never a defect of xgotop's own.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { catCommand } from '../../src/cli/cat.ts';
import { checkCommand } from '../../src/cli/check.ts';
import { infoCommand } from '../../src/cli/info.ts';
import { queryCommand } from '../../src/cli/query.ts';
import { recoverCommand } from '../../src/cli/recover.ts';
import { FormatError, UserError } from '../../src/format/errors.ts';
import { mutated } from '../format/mutate.ts';
import { seeded } from '../format/sample-program.ts';
import { sampleRecording } from '../format/sample-recording.ts';
import { runCommand } from './run-command.ts';

const dir = mkdtempSync(join(tmpdir(), 'xgotop-hostile-'));
afterAll(() => {
  rmSync(dir, { recursive: true });
});

const COUNT = 200;
/** For others: XGOTOP_SEED=n. */
const SEED = Number(process.env['XGOTOP_SEED'] ?? 1);
const path = join(dir, 'hostile.arrow');
const QUERY = `SELECT (SELECT count(*) FROM events), (SELECT count(state) FROM spans),
  (SELECT count(*) FROM stack_paths), (SELECT max(position) FROM stacks), (SELECT count(*) FROM goroutines)`;

test.each([
  ['info', infoCommand, [path, '--json']],
  ['query', queryCommand, [path, QUERY]],
  ['check', checkCommand, [path]],
  ['cat', catCommand, [path, '--fields', 'all', '--format', 'csv']],
  ['recover', recoverCommand, [path, '-o', join(dir, 'whole.arrow'), '--overwrite']],
])(`%s: ${COUNT} damaged recordings`, { timeout: 300_000 }, async (_, command, words) => {
  const { bytes: original } = sampleRecording({ events: 300, chunkRows: 100, goroutines: 8 });
  const wrong: string[] = [];
  let answers = 0;
  for (let i = 0; i < COUNT; i++) {
    const seed = SEED * COUNT + i;
    const { bytes, what } = mutated(original, seeded(seed));
    writeFileSync(path, bytes);
    const { error, stdout, stderr } = await runCommand(command(), words);
    if (error === undefined) answers++;
    const isLine = error instanceof FormatError || error instanceof UserError;
    const said = `${stdout}${stderr}${isLine ? error.message : ''}`;
    if ((error !== undefined && !isLine) || /\n {4}at |\bundefined\b|\bNaN\b/.test(said)) {
      const stack = error instanceof Error ? error.stack : said.slice(0, 300);
      wrong.push(`seed ${seed}, ${what}: ${stack ?? ''}`);
    }
    if (isLine && error.message.includes('\n')) wrong.push(`seed ${seed}: ${error.message}`);
  }
  process.exitCode = undefined;
  expect(wrong).toEqual([]);
  expect(answers).toBeGreaterThan(COUNT / 10);
});
