/**
 * The bytes of an executable, read range by range and checked.
 *
 * Executables of 100 MB are common, and only the tables are of interest: pages are
 * fetched when they are needed, and kept. Nothing is allocated for a length that the
 * file could not back. All numbers are little-endian; both architectures are.
 */
import { GoProgramError } from './go-program-error.ts';

/** What the caller provides: an open file, or bytes in memory. */
export interface ExecutableBytes {
  readonly byteLength: number;
  /** Bytes of [byteOffset, byteOffset + byteLength); fewer at the end of the file. */
  read(byteOffset: number, byteLength: number): Uint8Array;
}

const PAGE_BYTES = 1 << 16;
/** 64 MiB; beyond that everything is forgotten and fetched again. */
const MAX_PAGES = 1024;
/** No name of a function, file or type comes near it. */
const MAX_STRING_BYTES = 1 << 16;

const utf8 = new TextDecoder();

/** An executable's bytes by file offset; every read outside of them is a GoProgramError `damaged`. */
export class CheckedBytes {
  readonly byteLength: number;
  readonly #source: ExecutableBytes;
  readonly #pages = new Map<number, Uint8Array>();
  #lastPageNumber = -1;
  #lastPage: Uint8Array = new Uint8Array(0);

  constructor(source: ExecutableBytes) {
    this.#source = source;
    this.byteLength = source.byteLength;
  }

  u8(byteOffset: number): number {
    const value = this.#page(byteOffset)[byteOffset % PAGE_BYTES];
    if (value === undefined) throw this.#outside(byteOffset, 1);
    return value;
  }

  u32(byteOffset: number): number {
    const at = byteOffset % PAGE_BYTES;
    const page = this.#page(byteOffset);
    if (at + 4 > page.length) {
      const bytes = this.slice(byteOffset, 4);
      return (bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24)) >>> 0;
    }
    return (page[at]! | (page[at + 1]! << 8) | (page[at + 2]! << 16) | (page[at + 3]! << 24)) >>> 0;
  }

  u16(byteOffset: number): number {
    return this.u8(byteOffset) | (this.u8(byteOffset + 1) << 8);
  }

  i32(byteOffset: number): number {
    return this.u32(byteOffset) | 0;
  }

  /** A 64-bit word that is an address, an offset or a size: anything from 2^53 on is damage. */
  u64(byteOffset: number): number {
    const high = this.u32(byteOffset + 4);
    if (high >= 0x200000) {
      throw new GoProgramError('damaged', `the word at byte ${byteOffset} is no address or size`);
    }
    return high * 2 ** 32 + this.u32(byteOffset);
  }

  /** A copy of [byteOffset, byteOffset + byteLength), whole. */
  slice(byteOffset: number, byteLength: number): Uint8Array<ArrayBuffer> {
    if (
      !(byteOffset >= 0 && byteLength >= 0) ||
      byteOffset + byteLength > this.byteLength ||
      !Number.isInteger(byteOffset + byteLength)
    ) {
      throw this.#outside(byteOffset, byteLength);
    }
    const bytes = new Uint8Array(byteLength);
    let done = 0;
    while (done < byteLength) {
      const at = (byteOffset + done) % PAGE_BYTES;
      const part = this.#page(byteOffset + done).subarray(at, at + byteLength - done);
      if (part.length === 0) throw this.#outside(byteOffset + done, 1);
      bytes.set(part, done);
      done += part.length;
    }
    return bytes;
  }

  /** The bytes up to the next NUL, as UTF-8. */
  cString(byteOffset: number): string {
    const bytes: number[] = [];
    for (let at = byteOffset; ; at++) {
      const byte = this.u8(at);
      if (byte === 0) break;
      bytes.push(byte);
      if (bytes.length > MAX_STRING_BYTES) {
        throw new GoProgramError('damaged', `the text at byte ${byteOffset} does not end`);
      }
    }
    return utf8.decode(Uint8Array.from(bytes));
  }

  /** `byteLength` bytes as UTF-8. */
  text(byteOffset: number, byteLength: number): string {
    if (byteLength > MAX_STRING_BYTES) {
      throw new GoProgramError('damaged', `the text at byte ${byteOffset} is too long`);
    }
    return utf8.decode(this.slice(byteOffset, byteLength));
  }

  #page(byteOffset: number): Uint8Array {
    if (!(byteOffset >= 0 && byteOffset < this.byteLength) || !Number.isInteger(byteOffset)) {
      throw this.#outside(byteOffset, 1);
    }
    const pageNumber = Math.floor(byteOffset / PAGE_BYTES);
    if (pageNumber === this.#lastPageNumber) return this.#lastPage;
    let page = this.#pages.get(pageNumber);
    if (page === undefined) {
      const start = pageNumber * PAGE_BYTES;
      page = this.#source.read(start, Math.min(PAGE_BYTES, this.byteLength - start));
      if (this.#pages.size >= MAX_PAGES) this.#pages.clear();
      this.#pages.set(pageNumber, page);
    }
    this.#lastPageNumber = pageNumber;
    this.#lastPage = page;
    return page;
  }

  #outside(byteOffset: number, byteLength: number): GoProgramError {
    return new GoProgramError(
      'damaged',
      `the executable ends before byte ${byteOffset + byteLength}: it is cut off or damaged`,
    );
  }
}
