/**
 * Writes a copy of a recording to a file: under another name until it is whole and was read again.
 */
import { open, rename, unlink } from 'node:fs/promises';
import { lstatSync } from 'node:fs';
import { UserError } from '../format/errors.ts';
import { openRecording, type Recording, type RecordingCopy } from '../format/index.ts';
import { openFileSource } from '../query/index.ts';
import { kernelLock, lockExisting } from '../record/written-file.ts';
import { ChunkProgress } from './chunk-progress.ts';

export interface WriteOptions {
  overwrite?: boolean | undefined;
  /** Chunks of the original, for the progress. */
  chunkCount: number;
}

/**
 * Write the copy.
 *
 * @returns its length, bytes
 * @throws UserError when the file exists, cannot be written, or does not read as what was written
 */
export async function writeCopy(
  copy: RecordingCopy,
  path: string,
  { overwrite = false, chunkCount }: WriteOptions,
): Promise<number> {
  const existing = lstatSync(path, { throwIfNoEntry: false });
  if (existing && !existing.isFile()) throw new UserError(`${path} exists and is not a file`);
  if (existing && !overwrite) {
    throw new UserError(`${path} exists`, 'choose another name with -o, or add --overwrite');
  }
  // Held until the copy has taken its place: no recorder may be writing it, or begin to.
  const replaced = existing && (await lockExisting(path, kernelLock()));
  const writtenPath = `${path}.${process.pid}.part`;
  let byteLength: number;
  try {
    byteLength = await writePieces(copy, writtenPath, chunkCount);
    await verify(copy, writtenPath);
    await rename(writtenPath, path);
  } catch (error) {
    await unlink(writtenPath).catch(() => undefined);
    const { code, message } = error as NodeJS.ErrnoException;
    if (error instanceof UserError || code === undefined) throw error;
    if (code === 'ENOENT') throw new UserError(`${path}: there is no such directory`);
    const why = code === 'ENOSPC' ? 'no space left on the device' : message;
    throw new UserError(`cannot write ${path}: ${why}`, 'nothing is left of it', { cause: error });
  } finally {
    await replaced?.close();
  }
  return byteLength;
}

async function writePieces(copy: RecordingCopy, path: string, chunkCount: number) {
  const file = await open(path, 'wx', 0o644);
  let byteLength = 0;
  const progress = new ChunkProgress('written');
  try {
    for await (const pieces of copy.pieces((index) => progress.show(index, chunkCount))) {
      for (const piece of pieces) {
        let rest = piece;
        while (rest.byteLength > 0) {
          const { bytesWritten } = await file.write(rest);
          byteLength += bytesWritten;
          rest = rest.subarray(bytesWritten);
        }
      }
    }
    await file.sync();
  } finally {
    await file.close();
    progress.end();
  }
  return byteLength;
}

/** What is handed over must open, and have what was written. */
async function verify(copy: RecordingCopy, path: string): Promise<void> {
  const source = await openFileSource(path);
  try {
    const written: Recording = await openRecording(source);
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
