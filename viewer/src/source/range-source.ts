/**
 * A file behind a URL that answers byte ranges. Reads go through blocks of 1 MiB that are
 * kept for a while: columns of a chunk lie next to each other, and a request costs more than
 * the bytes it brings.
 */
import type { ByteSource } from '../../../src/format/byte-source.ts';

const BLOCK_BYTES = 1024 * 1024;
/** Blocks kept: enough for two chunks on their way. */
const KEPT_BLOCKS = 48;

export class RangeSource implements ByteSource {
  readonly #url: string;
  readonly #headers: Record<string, string>;
  /** By block number, oldest first. */
  readonly #blocks = new Map<number, Promise<Uint8Array>>();
  #sizeBytes: number | undefined;

  /**
   * @param url - of the file, which must not change while it is read, but may grow: `growTo`
   * @param headers - sent with every request
   */
  constructor(url: string, headers: Record<string, string>) {
    this.#url = url;
    this.#headers = headers;
  }

  async size(): Promise<number> {
    this.#sizeBytes ??= await this.#askSize();
    return this.#sizeBytes;
  }

  /** The file has this many bytes now; known from elsewhere, it is not asked for. */
  growTo(sizeBytes: number): void {
    if (sizeBytes === this.#sizeBytes) return;
    // The block that the file ended in may have been read while it was shorter.
    this.#blocks.delete(Math.floor((this.#sizeBytes ?? 0) / BLOCK_BYTES));
    this.#sizeBytes = sizeBytes;
  }

  async read(byteOffset: number, byteLength: number): Promise<Uint8Array> {
    const end = Math.min(byteOffset + byteLength, await this.size());
    const first = Math.floor(byteOffset / BLOCK_BYTES);
    const last = Math.floor((end - 1) / BLOCK_BYTES);
    if (end <= byteOffset) return new Uint8Array(0);
    this.#request(first, last);
    const bytes = new Uint8Array(end - byteOffset);
    for (let block = first; block <= last; block++) {
      const startByte = block * BLOCK_BYTES;
      const held = await this.#block(block);
      if (held.byteLength < Math.min(end - startByte, BLOCK_BYTES)) {
        this.#blocks.delete(block);
        throw new Error('the server sent less of the recording than was asked for');
      }
      const part = held.subarray(Math.max(0, byteOffset - startByte), end - startByte);
      bytes.set(part, Math.max(0, startByte - byteOffset));
    }
    this.#forget();
    return bytes;
  }

  async #askSize(): Promise<number> {
    const response = await fetch(this.#url, {
      headers: { ...this.#headers, Range: 'bytes=0-0' },
    });
    const range = response.headers.get('Content-Range') ?? '';
    const sizeBytes = Number(/\/(\d+)$/.exec(range)?.[1] ?? NaN);
    if (response.status === 206 && Number.isSafeInteger(sizeBytes)) return sizeBytes;
    // An empty file has no byte 0 to ask for.
    if (response.status === 416) return 0;
    throw new Error(`the server answered ${response.status} when asked for the recording`);
  }

  /** Ask for the blocks from `first` to `last` that are not held, neighbours together. */
  #request(first: number, last: number): void {
    let from = first;
    while (from <= last) {
      if (this.#blocks.has(from)) {
        from++;
        continue;
      }
      let to = from;
      while (to < last && !this.#blocks.has(to + 1)) to++;
      const startByte = from * BLOCK_BYTES;
      const all = this.#fetch(startByte, (to + 1) * BLOCK_BYTES);
      for (let block = from; block <= to; block++) {
        const skip = block * BLOCK_BYTES - startByte;
        const part = all.then((bytes) => bytes.subarray(skip, skip + BLOCK_BYTES));
        // Whoever reads the block is told; a block nobody reads must not end the worker.
        part.catch(() => this.#blocks.delete(block));
        this.#blocks.set(block, part);
      }
      from = to + 1;
    }
  }

  #block(block: number): Promise<Uint8Array> {
    const held = this.#blocks.get(block);
    if (held !== undefined) return held;
    this.#request(block, block);
    return this.#blocks.get(block)!;
  }

  async #fetch(startByte: number, endByte: number): Promise<Uint8Array> {
    const response = await fetch(this.#url, {
      headers: { ...this.#headers, Range: `bytes=${startByte}-${endByte - 1}` },
    });
    if (response.status !== 206) {
      throw new Error(`the server answered ${response.status} when asked for the recording`);
    }
    return new Uint8Array(await response.arrayBuffer());
  }

  #forget(): void {
    for (const block of this.#blocks.keys()) {
      if (this.#blocks.size <= KEPT_BLOCKS) break;
      this.#blocks.delete(block);
    }
  }
}
