/**
 * The function table: from a program counter to its function, file and line.
 *
 * Sorted entry addresses are held in memory; everything else is decoded when asked for.
 * Source: runtime/symtab.go (`_func`, `pcvalue`) and cmd/link's pcln.go, Go 1.18 to 1.27.
 * Program counters are link-time addresses, numbers below 2^53.
 */
import type { ElfImage } from './elf-image.ts';
import { GoProgramError } from './go-program-error.ts';
import type { PclntabHeader } from './pclntab-header.ts';
import { readableName } from './readable-name.ts';

/** An entry of the function table, `_func`. */
export interface FunctionRecord {
  /** Address of the first instruction. */
  entry: number;
  /** Address after the last one: the next function's entry. */
  end: number;
  /** Offset of its name among the names; equal names have equal offsets. */
  nameOffset: number;
  /** What the runtime knows the function as; 0 for most. */
  funcId: number;
  /** Line of its declaration; 0 when the version does not say. */
  startLine: number;
  /** Address of the inline tree's offset, and of the table of indices into it; 0 none. */
  inlineTree: number;
  inlineIndexTable: number;
  /** Of a wrapper: where the offset of what it wraps is, relative to `gofunc`; -1 none. */
  wrapInfo: number;
  pcFileTable: number;
  pcLineTable: number;
  cuOffset: number;
}

const PCDATA_INLTREEINDEX = 2;
const FUNCDATA_INLTREE = 3;
/** runtime/symtab.go, from 1.21 on internal/abi/symtab.go. */
const FUNCDATA_WRAPINFO = 7;
const NO_OFFSET = 0xffffffff;
/** More than any function has instructions; damaged tables may not run on for longer. */
const MAX_PC_STEPS = 1 << 22;

export class Pclntab {
  readonly header: PclntabHeader;
  /** Base of the program counters in the table. */
  readonly text: number;
  readonly #image: ElfImage;
  /** Pairs: entry relative to `text`, offset of the record; and the end of the last. */
  readonly #funcTab: Uint32Array;
  readonly #names = new Map<number, string>();
  #byName: Map<string, number[]> | undefined;

  /** @throws GoProgramError `damaged` when the entries are not in order */
  constructor(image: ElfImage, header: PclntabHeader, text: number) {
    this.#image = image;
    this.header = header;
    this.text = text;
    const at = image.at(header.address + header.funcTabOffset);
    const words = header.functionCount * 2 + 1;
    this.#funcTab = new Uint32Array(image.file.slice(at, words * 4).buffer);
    for (let i = 2; i < words; i += 2) {
      if (this.#funcTab[i]! < this.#funcTab[i - 2]!) {
        throw new GoProgramError('damaged', 'the table of Go functions is not in order');
      }
    }
  }

  get functionCount(): number {
    return this.header.functionCount;
  }

  /** Index of the function that holds `pc`; undefined when no Go function does. */
  indexOf(pc: number): number | undefined {
    const offset = pc - this.text;
    const tab = this.#funcTab;
    let low = 0;
    let high = this.functionCount;
    if (!(offset >= tab[0]! && offset < tab[2 * high]!)) return undefined;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (tab[2 * middle]! <= offset) low = middle;
      else high = middle;
    }
    return low;
  }

  entryOf(index: number): number {
    return this.text + this.#funcTab[2 * index]!;
  }

  /** Indices of the functions of that name: more than one when the compiler wrapped it. */
  indicesOf(name: string): readonly number[] {
    if (this.#byName === undefined) {
      this.#byName = new Map();
      for (let index = 0; index < this.functionCount; index++) {
        const key = this.name(this.#image.file.i32(this.#recordOffset(index) + 4));
        const others = this.#byName.get(key);
        if (others === undefined) this.#byName.set(key, [index]);
        else others.push(index);
      }
    }
    return this.#byName.get(name) ?? [];
  }

  /** All names, in no order. */
  functionNames(): Iterable<string> {
    this.indicesOf('');
    return this.#byName!.keys();
  }

  /** The name at an offset among the names, readable. */
  name(nameOffset: number): string {
    let name = this.#names.get(nameOffset);
    if (name === undefined) {
      const { address, funcNameOffset, cuOffset } = this.header;
      if (nameOffset < 0 || nameOffset >= cuOffset - funcNameOffset) {
        throw new GoProgramError('damaged', 'a function has no name in the table of names');
      }
      name = readableName(
        this.#image.file.cString(this.#image.at(address + funcNameOffset + nameOffset)),
      );
      this.#names.set(nameOffset, name);
    }
    return name;
  }

  record(index: number): FunctionRecord {
    const { file } = this.#image;
    const at = this.#recordOffset(index);
    const idAt = at + (this.header.hasStartLines ? 40 : 36);
    const pcDataAt = idAt + 4;
    const pcDataCount = file.u32(at + 28);
    const funcDataCount = file.u8(idAt + 3);
    // A count beyond the few kinds there are would have other words read as function data.
    if (pcDataCount > 64) throw new GoProgramError('damaged', 'an entry of the function table');
    const hasInlineTree = pcDataCount > PCDATA_INLTREEINDEX && funcDataCount > FUNCDATA_INLTREE;
    const tree = hasInlineTree
      ? file.u32(pcDataAt + pcDataCount * 4 + FUNCDATA_INLTREE * 4)
      : NO_OFFSET;
    const indexTable = hasInlineTree ? file.u32(pcDataAt + PCDATA_INLTREEINDEX * 4) : 0;
    const wrapped =
      funcDataCount > FUNCDATA_WRAPINFO
        ? file.u32(pcDataAt + pcDataCount * 4 + FUNCDATA_WRAPINFO * 4)
        : NO_OFFSET;
    return {
      entry: this.entryOf(index),
      end: this.text + this.#funcTab[2 * index + 2]!,
      nameOffset: file.i32(at + 4),
      funcId: file.u8(idAt),
      startLine: this.header.hasStartLines ? file.i32(at + 36) : 0,
      inlineTree: tree === NO_OFFSET ? -1 : tree,
      inlineIndexTable: tree === NO_OFFSET ? 0 : indexTable,
      wrapInfo: wrapped === NO_OFFSET ? -1 : wrapped,
      pcFileTable: file.u32(at + 20),
      pcLineTable: file.u32(at + 24),
      cuOffset: file.u32(at + 32),
    };
  }

  /** File and line of an instruction of `record`; '' and 0 where the table has none. */
  position(record: FunctionRecord, pc: number): { file: string; line: number } {
    const line = this.valueAt(record.pcLineTable, record.entry, pc);
    const fileIndex = this.valueAt(record.pcFileTable, record.entry, pc);
    return { file: this.#fileName(record.cuOffset, fileIndex), line: Math.max(line, 0) };
  }

  /** The value a table of ranges holds for `pc`; -1 none. */
  valueAt(table: number, entry: number, pc: number): number {
    for (const range of this.ranges(table, entry)) {
      if (pc < range.end) return range.value;
    }
    return -1;
  }

  /**
   * The ranges of a table: deltas of value (zigzag) and of program counter, as varints,
   * until a value delta of 0.
   *
   * @param table - offset among the tables; 0 is the empty table
   * @returns ranges in order of address, each from the end of the one before
   */
  *ranges(table: number, entry: number): Generator<{ end: number; value: number }> {
    if (table === 0) return;
    const { address, pcTabOffset, funcTabOffset, pcQuantum } = this.header;
    if (table >= funcTabOffset - pcTabOffset) {
      throw new GoProgramError('damaged', 'a function has no table of lines');
    }
    const { file } = this.#image;
    let at = this.#image.at(address + pcTabOffset + table);
    let value = -1;
    let end = entry;
    const varint = () => {
      let result = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = file.u8(at++);
        result |= (byte & 0x7f) << shift;
        if ((byte & 0x80) === 0 || shift > 28) return result >>> 0;
      }
    };
    for (let step = 0; step < MAX_PC_STEPS; step++) {
      const delta = varint();
      if (delta === 0 && step > 0) return;
      value = (value + ((delta >>> 1) ^ -(delta & 1))) | 0;
      end += varint() * pcQuantum;
      yield { end, value };
    }
  }

  #fileName(cuOffset: number, fileIndex: number): string {
    const { address, cuOffset: tableOffset, fileTabOffset, pcTabOffset } = this.header;
    if (fileIndex < 0) return '';
    const at = tableOffset + (cuOffset + fileIndex) * 4;
    if (at + 4 > fileTabOffset) throw new GoProgramError('damaged', 'a function has no file');
    const nameOffset = this.#image.file.u32(this.#image.at(address + at));
    if (nameOffset === NO_OFFSET) return '';
    if (fileTabOffset + nameOffset >= pcTabOffset) {
      throw new GoProgramError('damaged', 'a file has no name in the table of files');
    }
    return this.#image.file.cString(this.#image.at(address + fileTabOffset + nameOffset));
  }

  /** File offset of a record. */
  #recordOffset(index: number): number {
    const { address, funcTabOffset } = this.header;
    return this.#image.at(address + funcTabOffset + this.#funcTab[2 * index + 1]!);
  }
}
