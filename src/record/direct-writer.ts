/**
 * Writes whole blocks of a file around the page cache (O_DIRECT, open(2)).
 *
 * A fresh page of the cache costs more than all else that is done for the events in it, and
 * pushes out a page of the program that is recorded (docs/benchmarks.md). What goes around it
 * must lie on block boundaries in memory and in the file: pieces are gathered in a buffer that
 * does. Where the file system refuses, the caller writes as usual.
 */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { splitPieces } from './split-pieces.ts';

/** Every file system's block of today is as long, or a whole part of it. */
export const BLOCK_BYTES = 4096;

/** A full block of events fits: one write for it. */
const BUFFER_PAGES = 64;
const WASM_PAGE_BYTES = 65_536;

/** The part of it that is used here; the types of Node 20 lack it. */
declare const WebAssembly: {
  Memory: new (pages: { initial: number; maximum: number }) => { buffer: ArrayBuffer };
};

export class DirectWriter {
  readonly #handle: FileHandle;
  readonly #buffer: Uint8Array;
  #writtenBytes = 0;

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
      return new DirectWriter(handle, alignedBuffer());
    } catch {
      return undefined;
    }
  }

  /** Bytes written around the page cache so far. */
  get writtenBytes(): number {
    return this.#writtenBytes;
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
      const [first, after] = splitPieces(rest, this.#buffer.byteLength);
      const byteLength = this.#gather(first);
      const bytesWritten = await this.#writeBuffer(byteLength, position + written);
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

  #gather(pieces: readonly Uint8Array[]): number {
    let byteLength = 0;
    for (const piece of pieces) {
      this.#buffer.set(piece, byteLength);
      byteLength += piece.byteLength;
    }
    return byteLength;
  }

  async #writeBuffer(byteLength: number, position: number): Promise<number> {
    try {
      const { bytesWritten } = await this.#handle.write(this.#buffer, 0, byteLength, position);
      return bytesWritten;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EINVAL') return 0;
      throw error;
    }
  }
}

/** The memory of WebAssembly begins on a page; that of an ArrayBuffer anywhere. */
function alignedBuffer(): Uint8Array {
  const pages = { initial: BUFFER_PAGES, maximum: BUFFER_PAGES };
  const buffer = new Uint8Array(new WebAssembly.Memory(pages).buffer);
  if (buffer.byteLength !== BUFFER_PAGES * WASM_PAGE_BYTES) throw new Error('no aligned memory');
  return buffer;
}
