/**
 * Writes a copy of a recording to a file, under another name until it is whole and was read
 * again, or with `-` to stdout.
 */
import { chownSync, lstatSync, rmSync } from 'node:fs';
import { open, rename, unlink } from 'node:fs/promises';
import { UserError } from '../format/errors.ts';
import { openRecording, type RecordingPieces } from '../format/index.ts';
import { openFileSource } from '../query/index.ts';
import { kernelLock, lockExisting } from '../record/written-file.ts';
import { invokingUser } from '../record/invoking-user.ts';
import { ChunkProgress } from './chunk-progress.ts';

export interface WriteOptions {
  overwrite?: boolean | undefined;
}

/** What ends a process, and what a shell says of one that it ended. */
const SIGNALS = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const;

/** Of the command line: stdout instead of a file. */
export function isStdout(path: string): boolean {
  return path === '-';
}

/**
 * Whether the copy may be written there, before anything is read for it.
 *
 * @throws UserError when the file exists and `overwrite` is not given, or is none; when stdout is
 *   a terminal
 */
export function checkOutput(path: string, { overwrite = false }: WriteOptions): void {
  if (isStdout(path)) {
    if (!process.stdout.isTTY) return;
    throw new UserError('a recording is not for a terminal', 'pipe it: xgotop ... -o - | ...');
  }
  const existing = lstatSync(path, { throwIfNoEntry: false });
  if (existing && !existing.isFile()) throw new UserError(`${path} exists and is not a file`);
  if (existing && !overwrite) {
    throw new UserError(`${path} exists`, 'choose another name with -o, or add --overwrite');
  }
}

/**
 * Write the copy.
 *
 * Whoever interrupts it (SIGINT and its like) ends the process; nothing is left of the file.
 *
 * @returns its length, bytes
 * @throws UserError as {@link checkOutput}, or when the file cannot be written, or does not read
 *   as what was written
 */
export async function writeCopy(
  copy: RecordingPieces,
  path: string,
  options: WriteOptions,
): Promise<number> {
  checkOutput(path, options);
  if (isStdout(path)) return writePieces(copy, writeToStdout);
  // Held until the copy has taken its place: no recorder may be writing it, or begin to.
  const replaced = await lockExisting(path, kernelLock());
  const writtenPath = `${path}.${process.pid}.part`;
  const stopRemoving = removeWhenInterrupted(writtenPath);
  try {
    const byteLength = await writeFile(copy, writtenPath);
    await verify(copy, writtenPath);
    // Somebody may have made the file meanwhile.
    checkOutput(path, options);
    await rename(writtenPath, path);
    return byteLength;
  } catch (error) {
    await unlink(writtenPath).catch(() => undefined);
    const { code, message, syscall } = error as NodeJS.ErrnoException;
    if (error instanceof UserError || code === undefined || syscall === undefined) throw error;
    if (code === 'ENOENT') throw new UserError(`${path}: there is no such directory`);
    const why = code === 'ENOSPC' ? 'no space left on the device' : message;
    throw new UserError(`cannot write ${path}: ${why}`, 'nothing is left of it', { cause: error });
  } finally {
    await replaced?.close();
    stopRemoving();
  }
}

async function writeFile(copy: RecordingPieces, path: string): Promise<number> {
  const file = await open(path, 'wx', 0o644);
  try {
    const user = invokingUser();
    if (user !== undefined) chownSync(path, user.uid, user.gid);
    const byteLength = await writePieces(copy, async (piece) => {
      let rest = piece;
      while (rest.byteLength > 0) {
        const { bytesWritten } = await file.write(rest);
        rest = rest.subarray(bytesWritten);
      }
    });
    await file.sync();
    return byteLength;
  } finally {
    await file.close();
  }
}

async function writePieces(
  copy: RecordingPieces,
  write: (piece: Uint8Array) => Promise<void>,
): Promise<number> {
  let byteLength = 0;
  const progress = new ChunkProgress('written');
  try {
    const pieces = copy.pieces((done) => progress.show(done - 1, copy.sourceChunkCount));
    for await (const more of pieces) {
      for (const piece of more) {
        await write(piece);
        byteLength += piece.byteLength;
      }
    }
  } finally {
    progress.end();
  }
  return byteLength;
}

/** Fulfilled when the bytes are out of our hands. A pipe that is closed ends the process: main.ts. */
function writeToStdout(piece: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(piece, (error) => {
      const { code } = (error ?? {}) as NodeJS.ErrnoException;
      if (code === 'ENOSPC') reject(new UserError('cannot write: no space left on the device'));
      else if (error) reject(error);
      else resolve();
    });
  });
}

/** @returns to be called when there is nothing to remove any more */
function removeWhenInterrupted(path: string): () => void {
  const handlers = SIGNALS.map(([signal, exitCode]) => {
    const handler = () => {
      rmSync(path, { force: true });
      process.exit(exitCode);
    };
    process.once(signal, handler);
    return [signal, handler] as const;
  });
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  };
}

/** What is handed over must open, and have what was written. */
async function verify(copy: RecordingPieces, path: string): Promise<void> {
  const source = await openFileSource(path);
  try {
    const written = await openRecording(source);
    const rowCount = written.chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0);
    if (!written.isComplete || rowCount !== copy.rowCount) {
      throw new UserError(
        `what was written has ${rowCount} events instead of ${copy.rowCount}`,
        'this should never happen: please tell us',
      );
    }
  } finally {
    source.close();
  }
}
