/** A dropped or chosen file as a ByteSource: nothing is uploaded, slices are read on demand. */
import type { ByteSource } from '../../../src/format/byte-source.ts';

export class BlobSource implements ByteSource {
  readonly #blob: Blob;

  constructor(blob: Blob) {
    this.#blob = blob;
  }

  size(): Promise<number> {
    return Promise.resolve(this.#blob.size);
  }

  async read(byteOffset: number, byteLength: number): Promise<Uint8Array> {
    const slice = this.#blob.slice(byteOffset, byteOffset + byteLength);
    return new Uint8Array(await slice.arrayBuffer());
  }
}
