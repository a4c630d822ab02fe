/**
 * A recording that grows: its newest bytes in memory, as they were pushed, the older ones by
 * ranges from the file behind the server. So what a page holds does not grow with the recording.
 */
import type { ByteSource } from '../../../src/format/byte-source.ts';
import { MemorySource } from '../../../src/format/memory-source.ts';
import type { RangeSource } from './range-source.ts';

/** Pushed bytes held: some seconds of a busy program, read long before they are dropped. */
export const HELD_BYTES = 64 * 1024 * 1024;

export class LiveSource implements ByteSource {
  readonly #file: Pick<RangeSource, 'read' | 'growTo'>;
  /** Two generations: when the newer is full the older is dropped. */
  #older = { startByte: 0, source: new MemorySource() };
  #newer = { startByte: 0, source: new MemorySource() };

  /** @param file - the same recording, by ranges; it may lag behind what is pushed */
  constructor(file: Pick<RangeSource, 'read' | 'growTo'>) {
    this.#file = file;
  }

  /** Bytes known of. */
  get byteLength(): number {
    return this.#newer.startByte + this.#newer.source.byteLength;
  }

  /** The next bytes; kept, not copied. */
  append(bytes: Uint8Array): void {
    if (this.#newer.source.byteLength + bytes.byteLength > HELD_BYTES / 2) {
      this.#older = this.#newer;
      this.#newer = { startByte: this.byteLength, source: new MemorySource() };
    }
    this.#newer.source.append(bytes);
  }

  /** The file has grown to this many bytes, which are not pushed but read from it. */
  skipTo(byteLength: number): void {
    this.#older = { startByte: byteLength, source: new MemorySource() };
    this.#newer = { startByte: byteLength, source: new MemorySource() };
  }

  size(): Promise<number> {
    return Promise.resolve(this.byteLength);
  }

  async read(byteOffset: number, byteLength: number): Promise<Uint8Array> {
    const end = Math.min(byteOffset + byteLength, this.byteLength);
    const bytes = new Uint8Array(Math.max(0, end - byteOffset));
    const { startByte, source } = this.#older;
    const newer = this.#newer;
    let at = byteOffset;
    const take = (part: Uint8Array): void => {
      bytes.set(part, at - byteOffset);
      at += part.byteLength;
    };
    if (at < Math.min(end, startByte)) {
      this.#file.growTo(startByte);
      take(await this.#file.read(at, Math.min(end, startByte) - at));
    }
    if (at < Math.min(end, newer.startByte)) {
      take(await source.read(at - startByte, Math.min(end, newer.startByte) - at));
    }
    if (at < end) take(await newer.source.read(at - newer.startByte, end - at));
    return bytes;
  }
}
