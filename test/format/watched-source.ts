/**
 * Bytes in memory that count what is asked of them, and arrays that count how long they are.
 *
 * A reader that goes round in circles asks without end; one that believes a length makes an array
 * of it. Both are found here at once and for certain, without a clock and without a full memory.
 */
import type { ByteSource } from '../../src/format/byte-source.ts';

/** Reads of a small recording: dozens. */
const MAX_READS = 5000;

export class WatchedSource implements ByteSource {
  readonly #bytes: Uint8Array;
  #readCount = 0;
  #readBytes = 0;

  /** @param bytes - not copied */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  size(): Promise<number> {
    return Promise.resolve(this.#bytes.length);
  }

  read(byteOffset: number, byteLength: number): Promise<Uint8Array> {
    this.#readCount++;
    this.#readBytes += byteLength;
    const { length } = this.#bytes;
    const isInside = byteOffset >= 0 && byteLength >= 0 && byteOffset + byteLength <= length;
    if (!isInside)
      throw new Error(`${byteLength} bytes at ${byteOffset} of ${length} are asked for`);
    if (this.#readCount > MAX_READS || this.#readBytes > 64 * length + 2 ** 20) {
      throw new Error(`${this.#readCount} reads of ${this.#readBytes} bytes`);
    }
    // Only views: a reader must not change what it is given, and a copy would cost more than it.
    return Promise.resolve(this.#bytes.subarray(byteOffset, byteOffset + byteLength));
  }
}

const ARRAYS = [
  'ArrayBuffer', 'Uint8Array', 'Int8Array', 'Int16Array', 'Int32Array', 'BigInt64Array', 'Float64Array',
] as const; // prettier-ignore

/**
 * While `body` runs no array of numbers may be made that is longer than `maxLength`, and no array
 * of others from a length.
 */
export async function withArrayLimit<T>(maxLength: number, body: () => Promise<T>): Promise<T> {
  const globals = globalThis as unknown as Record<string, unknown>;
  const originals = ARRAYS.map((name) => [name, globals[name]] as const);
  const check = (name: string, length: unknown) => {
    if (typeof length === 'number' && !(length <= maxLength)) {
      throw new Error(`new ${name}(${length}) is asked for, with ${maxLength} at most`);
    }
  };
  for (const [name, original] of originals) {
    globals[name] = new Proxy(original as new (...args: unknown[]) => object, {
      construct(target, args: unknown[]) {
        check(name, args[0]);
        return new target(...args);
      },
    });
  }
  const from = Array.from.bind(Array);
  Array.from = ((items: ArrayLike<unknown>, ...rest: []) => {
    check('Array', (items as { length?: unknown }).length);
    return from(items, ...rest);
  }) as typeof Array.from;
  try {
    return await body();
  } finally {
    for (const [name, original] of originals) globals[name] = original;
    Array.from = from;
  }
}
