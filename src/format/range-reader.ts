/**
 * Exact ranges of a ByteSource, with windows that were read ahead.
 *
 * A recording opens with few reads because they are large: the tail, and windows around
 * heads. Ranges inside of a window cost nothing; they are views of it.
 */
import type { ByteSource } from './byte-source.ts';
import { FormatError } from './errors.ts';

interface Window {
  byteOffset: number;
  bytes: Uint8Array;
}

/** Neighbouring ranges with less than this between them are read as one: cheaper than a request. */
const MAX_GAP_BYTES = 64 * 1024;

/** No chunk and no part comes near; a file with a hole may claim any length. */
const MAX_READ_BYTES = 2 ** 30;

export class RangeReader {
  readonly #source: ByteSource;
  /** Bytes of the source that may be asked for. */
  readonly byteLength: number;
  #windows: Window[] = [];
  #askedBytes = 0;

  constructor(source: ByteSource, byteLength: number) {
    this.#source = source;
    this.byteLength = byteLength;
  }

  /** Bytes asked for so far, those of windows too: what looking at them may cost. */
  get askedBytes(): number {
    return this.#askedBytes;
  }

  /**
   * Exactly these bytes; a view of a window when one holds them.
   *
   * @param aheadBytes - when they have to be fetched, fetch so many and keep them as the
   *   only window
   * @throws FormatError `truncated` when they are not all there, `bad-value` when it is too much
   *   to be held
   */
  async read(byteOffset: number, byteLength: number, aheadBytes = 0): Promise<Uint8Array> {
    this.#askedBytes += byteLength;
    if (byteOffset < 0 || byteLength < 0 || byteOffset + byteLength > this.byteLength) {
      throw new FormatError(
        'truncated',
        this.byteLength,
        `${byteLength} bytes belong at byte ${byteOffset}`,
      );
    }
    if (byteLength > MAX_READ_BYTES) {
      throw new FormatError('bad-value', byteOffset, `${byteLength} bytes of one thing`);
    }
    for (const window of this.#windows) {
      const start = byteOffset - window.byteOffset;
      if (start >= 0 && start + byteLength <= window.bytes.byteLength) {
        return window.bytes.subarray(start, start + byteLength);
      }
    }
    if (aheadBytes <= byteLength) return this.#fetch(byteOffset, byteLength);
    const wanted = Math.min(aheadBytes, this.byteLength - byteOffset);
    const bytes = await this.#fetch(byteOffset, wanted);
    this.#windows = [{ byteOffset, bytes }];
    return bytes.subarray(0, byteLength);
  }

  /** Fetch the ranges, neighbours together, and keep them as windows beside those there are. */
  async prefetch(ranges: readonly { byteOffset: number; byteLength: number }[]): Promise<void> {
    const missing = ranges.filter(
      (range) =>
        !this.#windows.some(
          ({ byteOffset, bytes }) =>
            range.byteOffset >= byteOffset &&
            range.byteOffset + range.byteLength <= byteOffset + bytes.byteLength,
        ),
    );
    const windows = await Promise.all(
      coalesce(missing).map(async ({ byteOffset, byteLength }) => ({
        byteOffset,
        bytes: await this.read(byteOffset, byteLength),
      })),
    );
    this.#windows.push(...windows);
  }

  async #fetch(byteOffset: number, byteLength: number): Promise<Uint8Array> {
    const bytes = await this.#source.read(byteOffset, byteLength);
    if (bytes.byteLength < byteLength) {
      throw new FormatError('truncated', byteOffset + bytes.byteLength, 'the bytes end here');
    }
    return bytes;
  }
}

/** Ranges in order, those close together joined. */
export function coalesce(
  ranges: readonly { byteOffset: number; byteLength: number }[],
): { byteOffset: number; byteLength: number }[] {
  const joined: { byteOffset: number; byteLength: number }[] = [];
  for (const range of ranges.toSorted((a, b) => a.byteOffset - b.byteOffset)) {
    const last = joined.at(-1);
    const end = range.byteOffset + range.byteLength;
    if (
      last !== undefined &&
      range.byteOffset <= last.byteOffset + last.byteLength + MAX_GAP_BYTES
    ) {
      last.byteLength = Math.max(last.byteLength, end - last.byteOffset);
    } else joined.push({ ...range });
  }
  return joined;
}
