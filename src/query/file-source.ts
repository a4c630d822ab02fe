/**
 * A file as a source of bytes.
 *
 * Besides the promises of {@link ByteSource} there is `readSync`: DuckDB asks its table
 * functions for rows in calls that cannot wait. Reads give the caller its own memory; nothing
 * is mapped, so that a file that is cut while open ends in short reads and not in a signal.
 */
import { readSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { ByteSource } from '../format/byte-source.ts';
import { UserError } from '../format/errors.ts';

export interface FileSource extends ByteSource {
  readonly path: string;
  /** As `read`, in one blocking call. */
  readSync(byteOffset: number, byteLength: number): Uint8Array<ArrayBuffer>;
  /** Reads after it fail. */
  close(): void;
}

/**
 * Open a file for reading.
 *
 * @throws UserError when it is missing, a directory, a pipe, or not to be read
 */
export async function openFileSource(path: string): Promise<FileSource> {
  try {
    // Before opening: to open a pipe nobody writes to never returns.
    const found = await stat(path);
    if (found.isDirectory()) {
      throw new UserError(`${path} is a directory`, 'Give the recording in it, e.g. run.arrow.');
    }
    if (!found.isFile()) {
      throw new UserError(
        `${path} is not a regular file`,
        'A recording is read at any place in it: store it in a file, or give "-" and pipe it.',
      );
    }
    return new OpenFile(path, await open(path, 'r'));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw openingFailed(path, error as NodeJS.ErrnoException);
  }
}

/** An opened file as a source; closing the source closes it. @param path - for people */
export function fileSourceOf(path: string, file: FileHandle): FileSource {
  return new OpenFile(path, file);
}

class OpenFile implements FileSource {
  readonly path: string;
  readonly #file: FileHandle;

  constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  async size(): Promise<number> {
    return (await this.#file.stat()).size;
  }

  async read(byteOffset: number, byteLength: number): Promise<Uint8Array<ArrayBuffer>> {
    // Asked for again against the size: a wrong length must not become an allocation.
    const room = Math.max(0, Math.min(byteLength, (await this.size()) - byteOffset));
    const bytes = new Uint8Array(room);
    let filled = 0;
    while (filled < room) {
      const { bytesRead } = await this.#file.read(
        bytes,
        filled,
        room - filled,
        byteOffset + filled,
      );
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  }

  /** The length is the index's or a head's, both checked: here it is allocated as asked for. */
  readSync(byteOffset: number, byteLength: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(byteLength);
    let filled = 0;
    while (filled < byteLength) {
      const count = readSync(
        this.#file.fd,
        bytes,
        filled,
        byteLength - filled,
        byteOffset + filled,
      );
      if (count === 0) break;
      filled += count;
    }
    return bytes.subarray(0, filled);
  }

  close(): void {
    void this.#file.close();
  }
}

function openingFailed(path: string, cause: NodeJS.ErrnoException): UserError {
  switch (cause.code) {
    case 'ENOENT':
      return new UserError(`${path} does not exist`, 'xgotop record -o FILE makes a recording.', {
        cause,
      });
    case 'EACCES':
    case 'EPERM':
      return new UserError(
        `${path} may not be read by this user`,
        `Recordings belong to whoever started xgotop record: try sudo, or sudo chown $USER ${path}.`,
        { cause },
      );
    default:
      return new UserError(`${path} cannot be opened: ${cause.message}`, undefined, { cause });
  }
}
