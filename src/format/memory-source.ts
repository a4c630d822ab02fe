/** A recording in memory that grows by appending, as it comes from a live stream or a writer. */
import type { ByteSource } from './byte-source.ts';

export class MemorySource implements ByteSource {
  readonly #pieces: Uint8Array[] = [];
  /** Where each piece begins. */
  readonly #starts: number[] = [];
  #byteLength = 0;

  /** @param pieces - kept, not copied; must not change any more */
  append(...pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) {
      if (piece.byteLength === 0) continue;
      this.#pieces.push(piece);
      this.#starts.push(this.#byteLength);
      this.#byteLength += piece.byteLength;
    }
  }

  /** What was appended, in order; not to be changed. */
  get pieces(): readonly Uint8Array[] {
    return this.#pieces;
  }

  get byteLength(): number {
    return this.#byteLength;
  }

  size(): Promise<number> {
    return Promise.resolve(this.#byteLength);
  }

  /** A copy of the bytes, aligned for any typed array. */
  read(byteOffset: number, byteLength: number): Promise<Uint8Array> {
    const end = Math.min(byteOffset + byteLength, this.#byteLength);
    const bytes = new Uint8Array(Math.max(0, end - byteOffset));
    for (let piece = this.#pieceAt(byteOffset); piece < this.#pieces.length; piece++) {
      const start = this.#starts[piece]!;
      if (start >= end) break;
      const from = Math.max(0, byteOffset - start);
      const part = this.#pieces[piece]!.subarray(from, end - start);
      bytes.set(part, start + from - byteOffset);
    }
    return Promise.resolve(bytes);
  }

  /** The last piece that begins at or before the byte. */
  #pieceAt(byteOffset: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#starts[middle]! <= byteOffset) low = middle;
      else high = middle;
    }
    return low;
  }
}
