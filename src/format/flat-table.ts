/**
 * A table of a flatbuffer, read with every offset checked.
 *
 * Arrow's messages and its footer are flatbuffers. The generated readers trust their
 * input; this one does not: whatever lies outside of the bytes is a FormatError with the
 * place of the reference. Format: https://flatbuffers.dev/internals/
 *
 * Fields are asked for by their number in Arrow's Message.fbs, Schema.fbs and File.fbs.
 */
import { FormatError } from './errors.ts';

/** Where the elements of a vector are; `position` is given to {@link FlatTable.struct}. */
export interface FlatVector {
  position: number;
  count: number;
}

const text = new TextDecoder();

/** Fields of a schema, pairs of metadata: no vector of tables comes near. */
const MAX_TABLES = 4096;

/** What the tables of one flatbuffer share. */
interface Flatbuffer {
  view: DataView;
  base: number;
  /**
   * Bytes of strings that may still be decoded. Many references to one long string would
   * otherwise make much of little.
   */
  stringBudget: number;
}

export class FlatTable {
  readonly #buffer: Flatbuffer;
  readonly #view: DataView;
  readonly #position: number;
  readonly #vtable: number;
  readonly #vtableBytes: number;

  private constructor(buffer: Flatbuffer, position: number) {
    const { view } = buffer;
    this.#buffer = buffer;
    this.#view = view;
    this.#position = position;
    this.#need(position, 4);
    this.#vtable = position - view.getInt32(position, true);
    this.#need(this.#vtable, 4);
    this.#vtableBytes = view.getUint16(this.#vtable, true);
    this.#need(this.#vtable, this.#vtableBytes);
  }

  /**
   * The root table.
   *
   * @param bytes - the flatbuffer; bytes after it do not matter
   * @param base - where `bytes` begins in the recording, for errors
   * @throws FormatError `bad-value`, as all methods
   */
  static root(bytes: Uint8Array, base: number): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.byteLength < 4) throw new FormatError('bad-value', base, 'no room for a flatbuffer');
    const buffer = { view, base, stringBudget: 2 * bytes.byteLength };
    return new FlatTable(buffer, view.getUint32(0, true));
  }

  /** Integer field of 8 bits; `fallback` when it is absent. */
  int8(field: number, fallback = 0): number {
    const at = this.#field(field, 1);
    return at === undefined ? fallback : this.#view.getInt8(at);
  }

  int16(field: number, fallback = 0): number {
    const at = this.#field(field, 2);
    return at === undefined ? fallback : this.#view.getInt16(at, true);
  }

  int32(field: number, fallback = 0): number {
    const at = this.#field(field, 4);
    return at === undefined ? fallback : this.#view.getInt32(at, true);
  }

  /** Integer field of 64 bits, 0 when absent; an error when it passes 2^53. */
  int64(field: number): number {
    const at = this.#field(field, 8);
    return at === undefined ? 0 : this.#safeInt64(at);
  }

  isTrue(field: number): boolean {
    return this.int8(field) !== 0;
  }

  table(field: number): FlatTable | undefined {
    const at = this.#field(field, 4);
    return at === undefined ? undefined : this.#follow(at);
  }

  /** The field's text; "" when it is absent. */
  string(field: number): string {
    const vector = this.vector(field, 1);
    this.#buffer.stringBudget -= vector.count;
    if (this.#buffer.stringBudget < 0) this.#fail(vector.position, 'strings that overlap');
    const { buffer, byteOffset } = this.#view;
    return text.decode(new Uint8Array(buffer, byteOffset + vector.position, vector.count));
  }

  /** A vector of structs, scalars or offsets of `elementBytes` each; empty when absent. */
  vector(field: number, elementBytes: number): FlatVector {
    const at = this.#field(field, 4);
    if (at === undefined) return { position: 0, count: 0 };
    const position = at + this.#view.getUint32(at, true);
    this.#need(position, 4);
    const count = this.#view.getUint32(position, true);
    this.#need(position + 4, count * elementBytes);
    return { position: position + 4, count };
  }

  /** The tables a vector of offsets points to. */
  tables(field: number): FlatTable[] {
    const { position, count } = this.vector(field, 4);
    if (count > MAX_TABLES) this.#fail(position, `${count} tables`);
    return Array.from({ length: count }, (_, index) => this.#follow(position + index * 4));
  }

  /** An int64 inside of a vector's structs. */
  structInt64(position: number): number {
    this.#need(position, 8);
    return this.#safeInt64(position);
  }

  /** An int32 inside of a vector's structs. */
  structInt32(position: number): number {
    this.#need(position, 4);
    return this.#view.getInt32(position, true);
  }

  /** Byte of the recording at which this table begins. */
  get byteOffset(): number {
    return this.#buffer.base + this.#position;
  }

  #field(field: number, width: number): number | undefined {
    const entry = 4 + field * 2;
    if (entry + 2 > this.#vtableBytes) return undefined;
    const offset = this.#view.getUint16(this.#vtable + entry, true);
    if (offset === 0) return undefined;
    this.#need(this.#position + offset, width);
    return this.#position + offset;
  }

  #follow(at: number): FlatTable {
    return new FlatTable(this.#buffer, at + this.#view.getUint32(at, true));
  }

  #safeInt64(at: number): number {
    // Two halves cost a tenth of a bigint; beyond 2^53 the sum is not safe, so it is refused.
    const value = this.#view.getUint32(at, true) + this.#view.getInt32(at + 4, true) * 2 ** 32;
    if (!Number.isSafeInteger(value)) this.#fail(at, 'a number beyond 2^53');
    return value;
  }

  #need(at: number, byteLength: number): void {
    if (at < 0 || at + byteLength > this.#view.byteLength) {
      this.#fail(
        Math.max(0, Math.min(at, this.#view.byteLength)),
        'a reference leaves its message',
      );
    }
  }

  #fail(at: number, detail: string): never {
    throw new FormatError('bad-value', this.#buffer.base + at, detail);
  }
}
