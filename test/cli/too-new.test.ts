/** A recording of a later format: every command refuses it by name, and writes nothing. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { catCommand } from '../../src/cli/cat.ts';
import { checkCommand } from '../../src/cli/check.ts';
import { cutCommand } from '../../src/cli/cut.ts';
import { infoCommand } from '../../src/cli/info.ts';
import { queryCommand } from '../../src/cli/query.ts';
import { recoverCommand } from '../../src/cli/recover.ts';
import { replayCommand } from '../../src/cli/replay.ts';
import { FORMAT_VERSION, FormatError } from '../../src/format/index.ts';
import { runCommand } from './run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'xgotop-too-new-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const KEY = 'xgotop.format\0';
const later = FORMAT_VERSION + 1;

/** The same recording, said to be of the next format, in the schema and in the footer. */
function ofNextFormat(name: string): string {
  const bytes = readFileSync(new URL(`../fixtures/${name}`, import.meta.url));
  for (let at = bytes.indexOf(KEY); at >= 0; at = bytes.indexOf(KEY, at + 1)) {
    // The value, "1", is before its key: a digit, zeros up to a multiple of 4, the key's length.
    expect(bytes[at - 8]).toBe('1'.charCodeAt(0));
    bytes[at - 8] = String(later).charCodeAt(0);
  }
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const WHOLE = ofNextFormat('format-1.arrow');
const CUT_OFF = ofNextFormat('format-1-cut-off.arrow');
const COPY = join(folder, 'copy.arrow');

it.each(
  [WHOLE, CUT_OFF].flatMap((path) => [
    [infoCommand(), [path]] as const,
    [queryCommand(), [path, 'SELECT 1']] as const,
    [queryCommand(), [path, '--report', 'blocked']] as const,
    [catCommand(), [path]] as const,
    [catCommand(), [path, '--follow']] as const,
    [checkCommand(), [path]] as const,
    [cutCommand(), [path, '--from', '1us', '-o', COPY]] as const,
    [recoverCommand(), [path, '-o', COPY]] as const,
    [replayCommand(), [path, '--no-open']] as const,
  ]),
)('$name names both formats: %j', async (command, words) => {
  const { error, exitCode, stdout } = await runCommand(command, words);
  expect([exitCode, stdout]).toEqual([1, '']);
  expect(error).toBeInstanceOf(FormatError);
  expect(error).toMatchObject({ code: 'too-new' });
  expect((error as Error).message).toContain(`has format ${later} (written by xgotop 0.1.0)`);
  expect((error as Error).message).toContain(`this version reads up to format ${FORMAT_VERSION}`);
  expect(readdirSync(folder)).toEqual(['format-1-cut-off.arrow', 'format-1.arrow']);
});
