/**
 * The file a recording is written to: appended in order, without blocking the drain.
 *
 * Nothing is overwritten unless asked, and never what another recorder writes. The file belongs to
 * the user behind sudo. Long appends go
 * around the page cache where that is possible: their whole blocks directly, the ends before and
 * behind as usual, so that no page is written both ways. When an append is fulfilled the file
 * ends with its last byte, whichever way it went.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { chownSync, lstatSync, renameSync, unlinkSync } from 'node:fs';
import { UserError } from '../format/errors.ts';
import { BLOCK_BYTES, DirectWriter, MAX_PIECES } from './direct-writer.ts';
import { invokingUser } from './invoking-user.ts';
import { splitPieces } from './split-pieces.ts';
import { inUse, kernelLock, lockExisting } from './written-file.ts';

/** A shorter append stays in the page cache: it is cheap, and a query that follows finds it there. */
const DIRECT_BYTES = 256 * 1024;

/** With more than this waiting the disk is too slow: the page cache takes what it can. */
const BEHIND_BYTES = 64 * 1024 * 1024;

export class OutputFile {
  readonly path: string;
  /** Where the bytes go until `settle`: beside an old recording that is to be replaced. */
  #writtenPath: string;
  /** Holds the place of the old recording until then. */
  #replaced: FileHandle | undefined;
  readonly #handle: FileHandle;
  readonly #direct: DirectWriter | undefined;
  #tail: Promise<void> = Promise.resolve();
  #failure: UserError | undefined;
  #byteLength = 0;
  /** Bytes in the file. */
  #writtenBytes = 0;
  /** The file system has refused a direct write. */
  #isRefused = false;

  private constructor(
    path: string,
    writtenPath: string,
    replaced: FileHandle | undefined,
    handle: FileHandle,
    direct: DirectWriter | undefined,
  ) {
    this.path = path;
    this.#writtenPath = writtenPath;
    this.#replaced = replaced;
    this.#handle = handle;
    this.#direct = direct;
  }

  /**
   * Create the file.
   *
   * @throws UserError when it exists and `overwrite` is false, when another recorder writes it, or
   *   when it cannot be created
   */
  static async create(path: string, overwrite: boolean): Promise<OutputFile> {
    const existing = lstatSync(path, { throwIfNoEntry: false });
    // A recording is finished by a rename: that would put a file in the place of a device.
    if (existing && !existing.isFile()) {
      throw new UserError(`${path} exists and is not a file`, 'choose another name with -o');
    }
    const lock = kernelLock();
    const replaced = existing && (await lockExisting(path, lock));
    if (existing && !overwrite) {
      await replaced?.close();
      throw new UserError(`${path} exists`, 'choose another name with -o, or add --overwrite');
    }
    const writtenPath = existing ? `${path}.new` : path;
    let handle: FileHandle;
    try {
      handle = await open(writtenPath, existing ? 'w' : 'wx', 0o644);
    } catch (error) {
      await replaced?.close();
      const { code } = error as NodeJS.ErrnoException;
      // Another has created it since it was looked for.
      if (code === 'EEXIST') throw inUse(path);
      if (code === 'ENOENT') throw new UserError(`${path}: there is no such directory`);
      throw new UserError(
        `cannot create ${path}: ${reason(error)}`,
        'choose another place with -o',
      );
    }
    if (!lock(handle.fd)) {
      await Promise.all([handle.close(), replaced?.close()]);
      throw inUse(path);
    }
    const user = invokingUser();
    if (user !== undefined) chownSync(writtenPath, user.uid, user.gid);
    return new OutputFile(path, writtenPath, replaced, handle, await DirectWriter.open(handle));
  }

  /** The recording has begun: from now on it is the file at `path`, and an old one is gone. */
  settle(): void {
    if (this.#writtenPath !== this.path) renameSync(this.#writtenPath, this.path);
    this.#writtenPath = this.path;
    void this.#replaced?.close();
    this.#replaced = undefined;
  }

  /** Bytes handed to `append` so far. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** Bytes of the file that went around the page cache. */
  get directBytes(): number {
    return this.#direct?.writtenBytes ?? 0;
  }

  /** Bytes that were copied on that way. */
  get gatheredBytes(): number {
    return this.#direct?.gatheredBytes ?? 0;
  }

  /** @param buffers - memory that begins on a page: can be written from where it lies */
  addBuffersOnPages(buffers: readonly ArrayBufferLike[]): void {
    this.#direct?.addBuffersOnPages(buffers);
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
    unlinkSync(this.#writtenPath);
    await this.#closeHandles();
  }

  /** Wait for all writes and close. */
  async close(): Promise<void> {
    try {
      await this.#tail;
    } finally {
      await this.#closeHandles();
    }
  }

  async #closeHandles(): Promise<void> {
    await this.#direct?.close();
    await this.#handle.close();
    await this.#replaced?.close();
    this.#replaced = undefined;
  }

  async #write(pieces: readonly Uint8Array[]): Promise<void> {
    if (this.#failure) throw this.#failure;
    try {
      await this.#writeBuffered(await this.#writeDirect(pieces));
    } catch (error) {
      this.#failure = new UserError(
        `cannot write ${this.path}: ${reason(error)}`,
        'what was written before can still be opened',
      );
      throw this.#failure;
    }
  }

  /** Write up to the last whole block. Returns what is left: everything, when it is not worth it. */
  async #writeDirect(pieces: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
    if (this.#direct === undefined || this.#isRefused) return pieces;
    if (this.#byteLength - this.#writtenBytes > BEHIND_BYTES) return pieces;
    const byteLength = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
    const headBytes = (BLOCK_BYTES - (this.#writtenBytes % BLOCK_BYTES)) % BLOCK_BYTES;
    const blocks = Math.floor((byteLength - headBytes) / BLOCK_BYTES);
    if (blocks * BLOCK_BYTES < DIRECT_BYTES) return pieces;

    const [head, rest] = splitPieces(pieces, headBytes);
    await this.#writeBuffered(head);
    const [whole, end] = splitPieces(rest, blocks * BLOCK_BYTES);
    const bytesWritten = await this.#direct.write(whole, this.#writtenBytes);
    this.#writtenBytes += bytesWritten;
    if (bytesWritten === blocks * BLOCK_BYTES) return end;
    this.#isRefused = true;
    return [...splitPieces(whole, bytesWritten)[1], ...end];
  }

  async #writeBuffered(pieces: readonly Uint8Array[]): Promise<void> {
    let rest = pieces.filter((piece) => piece.byteLength > 0);
    while (rest.length > 0) {
      const { bytesWritten } = await this.#handle.writev(
        rest.slice(0, MAX_PIECES),
        this.#writtenBytes,
      );
      this.#writtenBytes += bytesWritten;
      rest = splitPieces(rest, bytesWritten)[1];
    }
  }
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' ? 'no space left on the device' : message;
}
