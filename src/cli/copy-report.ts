/** Writes a copy and says what became of it, the same way for all verbs. */
import { UserError } from '../format/errors.ts';
import type { Recording, RecordingPieces } from '../format/index.ts';
import type { OutputFlags } from './copy-options.ts';
import { formatBytes, formatCount } from './format-quantity.ts';
import { recordingWarnings } from './recording-warnings.ts';
import { isStdout, writeCopy } from './write-copy.ts';

/** Something is missing, as `mcap recover` says it. */
export const EXIT_LOSSY = 3;

/**
 * Write the copy, and to stdout what it is: a line, or JSON. When stdout takes the copy, to stderr.
 *
 * @param sources - what is copied, for their warnings
 * @param facts - more for the JSON
 * @throws UserError as writeCopy
 */
export async function writeAndReport(
  copy: RecordingPieces,
  { output, overwrite, json }: OutputFlags,
  sources: readonly Recording[],
  facts: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const byteLength = await writeCopy(copy, output, { overwrite });
  const [lost] = copy.leftOut;
  if (lost !== undefined) {
    process.stderr.write(
      `xgotop: ${copy.leftOut.length} chunks are damaged and left out: ${lost.error.message}\n`,
    );
    process.exitCode = EXIT_LOSSY;
  }
  for (const warning of new Set(sources.flatMap(recordingWarnings))) {
    process.stderr.write(`xgotop: ${warning}\n`);
  }
  const text = json
    ? `${JSON.stringify({ ...copyFacts(copy, output, byteLength), ...facts }, undefined, 2)}\n`
    : `${copyLine(copy, output, byteLength)}\n`;
  reportTo(output, text);
}

/** What is written is a recording when the output is stdout: words go to stderr then. */
export function reportTo(output: string, text: string): void {
  (isStdout(output) ? process.stderr : process.stdout).write(text);
}

/** `cut.arrow: 1,234 events in 61.2 MB` */
export function copyLine(copy: RecordingPieces, output: string, byteLength: number): string {
  const name = isStdout(output) ? 'stdout' : output;
  return `${name}: ${formatCount(copy.rowCount)} events in ${formatBytes(byteLength)}`;
}

/** The same for `--json`. */
export function copyFacts(copy: RecordingPieces, output: string, byteLength: number) {
  return {
    output,
    events: copy.rowCount,
    size_bytes: byteLength,
    left_out: copy.leftOut.map(({ source, chunkIndex, rowCount, error }) => ({
      ...(source === undefined ? {} : { recording: source }),
      chunk: chunkIndex,
      rows: rowCount,
      why: error.message,
    })),
  };
}

/** @throws UserError when several inputs are stdin */
export function checkOneStdin(paths: readonly string[]): void {
  if (paths.filter((path) => path === '-').length > 1) {
    throw new UserError('only one recording can come from stdin');
  }
}
