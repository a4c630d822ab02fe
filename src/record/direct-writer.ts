/**
 * Writes whole blocks of a file around the page cache (O_DIRECT, open(2)).
 *
 * A fresh page of the cache costs more than all else that is done for the events in it, and
 * pushes out a page of the program that is recorded (docs/benchmarks.md). What goes around it
 * must lie on block boundaries in memory and in the file: pieces in memory that is known to begin
 * on a page are written from where they lie, others are gathered in a buffer that does. Where the
 * file system refuses, the caller writes as usual.
 */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { pageMemory } from './page-memory.ts';
import { splitPieces } from './split-pieces.ts';

/** Every file system's block of today is as long, or a whole part of it. */
export const BLOCK_BYTES = 4096;

/** A full block of events fits, for one whose pieces have to be gathered. */
const BUFFER_BYTES = 4 * 1024 * 1024;

/** IOV_MAX of Linux. */
export const MAX_PIECES = 1024;

export class DirectWriter {
  readonly #handle: FileHandle;
  readonly #buffer: Uint8Array;
  readonly #onPages = new WeakSet<ArrayBufferLike>();
  #writtenBytes = 0;
  #gatheredBytes = 0;

  private constructor(handle: FileHandle, buffer: Uint8Array) {
    this.#handle = handle;
    this.#buffer = buffer;
  }

  /** A second way into an open file; undefined where the system or the file system has none. */
  static async open(file: FileHandle): Promise<DirectWriter | undefined> {
    // Other systems have no such flag, and no /proc.
    if (process.platform !== 'linux') return undefined;
    try {
      const handle = await open(
        `/proc/self/fd/${file.fd}`,
        constants.O_WRONLY | constants.O_DIRECT,
      );
      return new DirectWriter(handle, pageMemory(BUFFER_BYTES));
    } catch {
      return undefined;
    }
  }

  /** Bytes written around the page cache so far. */
  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  /** Bytes copied for it so far. */
  get gatheredBytes(): number {
    return this.#gatheredBytes;
  }

  /** @param buffers - memory that begins on a page */
  addBuffersOnPages(buffers: readonly ArrayBufferLike[]): void {
    for (const buffer of buffers) this.#onPages.add(buffer);
  }

  /**
   * Write the pieces.
   *
   * @param pieces - together a multiple of BLOCK_BYTES long
   * @param position - a multiple of BLOCK_BYTES
   * @returns bytes written: fewer than asked when the file system wants other boundaries, or
   *   could take no more; a usual write of the rest tells which
   * @throws Error with `code` when the disk fails
   */
  async write(pieces: readonly Uint8Array[], position: number): Promise<number> {
    let rest = pieces;
    let written = 0;
    while (rest.length > 0) {
      const [next, after] = this.#cut(rest);
      const byteLength = next.reduce((sum, piece) => sum + piece.byteLength, 0);
      const bytesWritten = await this.#writeBlocks(next, position + written);
      written += bytesWritten;
      this.#writtenBytes += bytesWritten;
      if (bytesWritten < byteLength) break;
      rest = after;
    }
    return written;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  /** What one write takes, whole blocks on pages; and the rest. */
  #cut(pieces: readonly Uint8Array[]): [next: Uint8Array[], rest: Uint8Array[]] {
    const other = pieces.findIndex((piece) => !this.#isWholeBlocks(piece));
    const ready = Math.min(other < 0 ? pieces.length : other, MAX_PIECES);
    if (ready > 0) return [pieces.slice(0, ready), pieces.slice(ready)];

    // Up to where the pieces before one that can be written as it is end on a block.
    let byteLength = 0;
    for (const piece of pieces) {
      if (byteLength > 0 && byteLength % BLOCK_BYTES === 0 && this.#isWholeBlocks(piece)) break;
      byteLength += piece.byteLength;
    }
    const [next, rest] = splitPieces(pieces, Math.min(byteLength, this.#buffer.byteLength));
    return [[this.#gather(next)], rest];
  }

  #isWholeBlocks(piece: Uint8Array): boolean {
    const { buffer, byteOffset, byteLength } = piece;
    return (
      byteOffset % BLOCK_BYTES === 0 && byteLength % BLOCK_BYTES === 0 && this.#onPages.has(buffer)
    );
  }

  #gather(pieces: readonly Uint8Array[]): Uint8Array {
    let byteLength = 0;
    for (const piece of pieces) {
      this.#buffer.set(piece, byteLength);
      byteLength += piece.byteLength;
    }
    this.#gatheredBytes += byteLength;
    return this.#buffer.subarray(0, byteLength);
  }

  async #writeBlocks(pieces: Uint8Array[], position: number): Promise<number> {
    try {
      const { bytesWritten } = await this.#handle.writev(pieces, position);
      return bytesWritten;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EINVAL') return 0;
      throw error;
    }
  }
}
