/**
 * The recording that a command reads: a file, or with `-` what comes from stdin.
 *
 * A recording is read at any place in it, a pipe only from its beginning to its end: what comes
 * from one is stored in a temporary file first, which has no name any more when the first byte
 * is written and is gone with the process, however that ends.
 */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../format/errors.ts';
import { fileSourceOf, openFileSource, type FileSource } from '../query/index.ts';

/** Of `--help`: what a recording may be. */
export const RECORDING_ARGUMENT = 'file that xgotop record wrote; "-" reads it from stdin';

/** Of `--help`, after the examples. */
export const STDIN_NOTE =
  'A recording from stdin ("-") is stored in the folder for temporary files while it is read.';

/** Of the command line: stdin instead of a file. */
export function isStdin(path: string): boolean {
  return path === '-';
}

/** What people call it. */
export function inputName(path: string): string {
  return isStdin(path) ? 'stdin' : path;
}

/**
 * Open it.
 *
 * @returns to be closed by the caller
 * @throws UserError when it is missing or not to be read; when stdin is a terminal, or there is
 *   no room for what comes from it
 */
export async function openInput(path: string): Promise<FileSource> {
  if (!isStdin(path)) return openFileSource(path);
  if (process.stdin.isTTY) {
    throw new UserError('stdin is a terminal, not a recording', 'xgotop ... - < run.arrow');
  }
  const folder = tmpdir();
  let file: FileHandle | undefined;
  try {
    const spoolPath = join(folder, `xgotop-stdin-${randomUUID()}`);
    const { O_RDWR, O_CREAT, O_EXCL } = constants;
    file = await open(spoolPath, O_RDWR | O_CREAT | O_EXCL, 0o600);
    await unlink(spoolPath);
    for await (const piece of process.stdin) await writeWhole(file, piece as Buffer);
    return fileSourceOf('stdin', file);
  } catch (error) {
    await file?.close();
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'ENOSPC' ? 'no space left on the device' : message;
    throw new UserError(
      `what comes from stdin cannot be stored in ${folder}: ${why}`,
      'TMPDIR=FOLDER chooses another folder',
      { cause: error },
    );
  }
}

async function writeWhole(file: FileHandle, piece: Uint8Array): Promise<void> {
  let rest = piece;
  while (rest.byteLength > 0) {
    const { bytesWritten } = await file.write(rest);
    rest = rest.subarray(bytesWritten);
  }
}
