/**
 * A position in a section of DWARF, and the encodings that are read there.
 *
 * Source: DWARF 4 and 5, chapters 7.5 (forms) and 7.6 (LEB128). Little-endian.
 */
import { GoProgramError } from './go-program-error.ts';

/** Sizes that a unit's header decides, bytes. */
export interface UnitSizes {
  address: number;
  /** Of an offset into a section. */
  offset: number;
  /** Of DW_FORM_ref_addr. */
  reference: number;
}

const utf8 = new TextDecoder();

/** Forms of a fixed number of bytes, and the constants among them. */
// prettier-ignore
const FIXED_BYTES: Readonly<Record<number, number>> = {
  0x05: 2, 0x06: 4, 0x07: 8, 0x0b: 1, 0x0c: 1, 0x11: 1, 0x12: 2, 0x13: 4, 0x14: 8, 0x19: 0,
  0x1c: 4, 0x1e: 16, 0x20: 8, 0x21: 0, 0x24: 8, 0x25: 1, 0x26: 2, 0x27: 3, 0x28: 4, 0x29: 1,
  0x2a: 2, 0x2b: 3, 0x2c: 4,
};
/** sdata, udata, ref_udata, strx, addrx, loclistx, rnglistx; GNU's addr_index and str_index. */
const LEB128 = new Set([0x0d, 0x0f, 0x15, 0x1a, 0x1b, 0x22, 0x23, 0x1f01, 0x1f02]);
/** strp, sec_offset, strp_sup, line_strp; GNU's ref_alt and strp_alt. */
const OFFSETS = new Set([0x0e, 0x17, 0x1d, 0x1f, 0x1f20, 0x1f21]);
const FORM_ADDR = 0x01;
const FORM_STRING = 0x08;
const FORM_REF_ADDR = 0x10;
const FORM_INDIRECT = 0x16;
/** block2, block4, block, block1, exprloc. */
const BLOCK_LENGTH_FORMS: Readonly<Record<number, number>> = {
  0x03: 0x05,
  0x04: 0x06,
  0x09: 0x0f,
  0x0a: 0x0b,
  0x18: 0x0f,
};
const CONSTANTS = new Set([0x05, 0x06, 0x07, 0x0b, 0x0d, 0x0f]);
const OP_PLUS_UCONST = 0x23;

export class DwarfReader {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  skip(byteLength: number): void {
    if (!(byteLength >= 0) || this.at + byteLength > this.bytes.length) throw damaged();
    this.at += byteLength;
  }

  /** An unsigned number of `byteLength` bytes; exact below 2^53. */
  unsigned(byteLength: number): number {
    const from = this.at;
    this.skip(byteLength);
    let value = 0;
    for (let i = byteLength - 1; i >= 0; i--) value = value * 256 + this.bytes[from + i]!;
    return value;
  }

  uleb(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.unsigned(1);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  /** Text up to a NUL, as UTF-8. */
  text(): string {
    const from = this.at;
    this.#skipText();
    return utf8.decode(this.bytes.subarray(from, this.at - 1));
  }

  /** Pass over a value. @throws GoProgramError `damaged`, also for a form that is not known */
  skipForm(form: number, sizes: UnitSizes): void {
    const fixed = FIXED_BYTES[form];
    if (fixed !== undefined) this.skip(fixed);
    else if (form === FORM_STRING) this.#skipText();
    else if (LEB128.has(form)) this.uleb();
    else if (OFFSETS.has(form)) this.skip(sizes.offset);
    else if (form === FORM_ADDR) this.skip(sizes.address);
    else if (form === FORM_REF_ADDR) this.skip(sizes.reference);
    else if (form === FORM_INDIRECT) this.skipForm(this.uleb(), sizes);
    else {
      const lengthForm = BLOCK_LENGTH_FORMS[form];
      if (lengthForm === undefined) throw damaged();
      this.skip(this.#constant(lengthForm));
    }
  }

  /** A text if it stands in place, as Go writes them; else passed over, and ''. */
  textForm(form: number, sizes: UnitSizes): string {
    if (form === FORM_STRING) return this.text();
    this.skipForm(form, sizes);
    return '';
  }

  /** A constant, or the distance that an expression adds; undefined when it is neither. */
  constantForm(form: number, sizes: UnitSizes): number | undefined {
    if (CONSTANTS.has(form)) return this.#constant(form);
    const from = this.at;
    this.skipForm(form, sizes);
    const lengthForm = BLOCK_LENGTH_FORMS[form];
    if (lengthForm === undefined) return undefined;
    const expression = new DwarfReader(this.bytes.subarray(0, this.at), from);
    const byteLength = expression.#constant(lengthForm);
    if (byteLength < 2 || expression.unsigned(1) !== OP_PLUS_UCONST) return undefined;
    const added = expression.uleb();
    return expression.isAtEnd ? added : undefined;
  }

  #constant(form: number): number {
    return LEB128.has(form) ? this.uleb() : this.unsigned(FIXED_BYTES[form]!);
  }

  #skipText(): void {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0) throw damaged();
    this.at = end + 1;
  }
}

function damaged(): GoProgramError {
  return new GoProgramError('damaged', 'the debug information is damaged');
}
