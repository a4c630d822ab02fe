/**
 * The file a recording is written to: appended in order, without blocking the drain.
 *
 * Nothing is overwritten unless asked. The file belongs to the user behind sudo.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { chownSync, lstatSync, renameSync, unlinkSync } from 'node:fs';
import { UserError } from '../format/errors.ts';
import { invokingUser } from './invoking-user.ts';

export class OutputFile {
  readonly path: string;
  /** Where the bytes go until `settle`: beside an old recording that is to be replaced. */
  #writtenPath: string;
  readonly #handle: FileHandle;
  #tail: Promise<void> = Promise.resolve();
  #failure: UserError | undefined;
  #byteLength = 0;

  private constructor(path: string, writtenPath: string, handle: FileHandle) {
    this.path = path;
    this.#writtenPath = writtenPath;
    this.#handle = handle;
  }

  /**
   * Create the file.
   *
   * @throws UserError when it exists and `overwrite` is false, or cannot be created
   */
  static async create(path: string, overwrite: boolean): Promise<OutputFile> {
    const existing = lstatSync(path, { throwIfNoEntry: false });
    // A recording is finished by a rename: that would put a file in the place of a device.
    if (existing && !existing.isFile()) {
      throw new UserError(`${path} exists and is not a file`, 'choose another name with -o');
    }
    if (existing && !overwrite) {
      throw new UserError(`${path} exists`, 'choose another name with -o, or add --overwrite');
    }
    const writtenPath = existing ? `${path}.new` : path;
    let handle: FileHandle;
    try {
      handle = await open(writtenPath, existing ? 'w' : 'wx', 0o644);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') throw new UserError(`${path}: there is no such directory`);
      throw new UserError(
        `cannot create ${path}: ${reason(error)}`,
        'choose another place with -o',
      );
    }
    const user = invokingUser();
    if (user !== undefined) chownSync(writtenPath, user.uid, user.gid);
    return new OutputFile(path, writtenPath, handle);
  }

  /** The recording has begun: from now on it is the file at `path`, and an old one is gone. */
  settle(): void {
    if (this.#writtenPath !== this.path) renameSync(this.#writtenPath, this.path);
    this.#writtenPath = this.path;
  }

  /** Bytes handed to `append` so far. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /**
   * Append, after everything appended before.
   *
   * @param pieces - not copied: must stay as they are until the promise is fulfilled
   * @throws UserError (as a rejection, of this and all later calls) when the disk is full or fails
   */
  append(pieces: readonly Uint8Array[]): Promise<void> {
    for (const piece of pieces) this.#byteLength += piece.byteLength;
    this.#tail = this.#tail.then(() => this.#write(pieces));
    return this.#tail;
  }

  /** Close and remove: the recording never began; an old one stays as it was. */
  async discard(): Promise<void> {
    await this.#tail.catch(() => undefined);
    await this.#handle.close();
    unlinkSync(this.#writtenPath);
  }

  /** Wait for all writes and close. */
  async close(): Promise<void> {
    try {
      await this.#tail;
    } finally {
      await this.#handle.close();
    }
  }

  async #write(pieces: readonly Uint8Array[]): Promise<void> {
    if (this.#failure) throw this.#failure;
    let rest = pieces.filter((piece) => piece.byteLength > 0);
    try {
      while (rest.length > 0) {
        // IOV_MAX is 1024 on Linux.
        const { bytesWritten } = await this.#handle.writev(rest.slice(0, 1024));
        rest = after(rest, bytesWritten);
      }
    } catch (error) {
      this.#failure = new UserError(
        `cannot write ${this.path}: ${reason(error)}`,
        'what was written before can still be opened',
      );
      throw this.#failure;
    }
  }
}

/** What is left of `pieces` after their first `byteLength` bytes. */
function after(pieces: readonly Uint8Array[], byteLength: number): Uint8Array[] {
  const rest = [...pieces];
  while (rest[0] && byteLength >= rest[0].byteLength) {
    byteLength -= rest.shift()!.byteLength;
  }
  if (rest[0] && byteLength > 0) rest[0] = rest[0].subarray(byteLength);
  return rest;
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' ? 'no space left on the device' : message;
}
