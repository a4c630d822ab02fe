/**
 * Logical frames: what a stack trace shows for one program counter.
 *
 * A call that the compiler inlined leaves no frame on the stack; the function that holds
 * its instructions has a tree that says which inlined call each instruction belongs to,
 * and from where it was called. Source: runtime/symtabinl.go (1.21 to 1.27) and
 * `inlinedCall` of runtime/symtab.go before; `FUNCDATA_InlTree`.
 */
import type { ElfImage } from './elf-image.ts';
import type { Frame } from './frame.ts';
import { GoProgramError } from './go-program-error.ts';
import type { FunctionRecord, Pclntab } from './pclntab.ts';

/** What an inline tree says of one inlined call. */
interface InlinedCall {
  nameOffset: number;
  funcId: number;
  startLine: number;
  /** Address of an instruction at the place of the call. */
  callPc: number;
}

/** Deeper nesting is damage: the compiler's budget ends long before. */
const MAX_DEPTH = 1000;

export class InlineTrees {
  readonly #image: ElfImage;
  readonly #table: Pclntab;
  readonly #gofunc: number;
  readonly #wrapperFuncId: number;

  constructor(image: ElfImage, table: Pclntab, gofunc: number, wrapperFuncId: number) {
    this.#image = image;
    this.#table = table;
    this.#gofunc = gofunc;
    this.#wrapperFuncId = wrapperFuncId;
  }

  /**
   * The frames at an instruction of `record`, innermost first.
   *
   * @throws GoProgramError `damaged`
   */
  frames(record: FunctionRecord, pc: number): Frame[] {
    const table = this.#table;
    const frames: Frame[] = [];
    let at = pc;
    for (let call = this.#callAt(record, at); call !== undefined; call = this.#callAt(record, at)) {
      frames.push({
        name: table.name(call.nameOffset),
        ...table.position(record, at),
        entry: record.entry,
        startLine: call.startLine,
        isInlined: true,
        isWrapper: call.funcId === this.#wrapperFuncId,
      });
      at = call.callPc;
      if (frames.length > MAX_DEPTH) {
        throw new GoProgramError('damaged', 'an inline tree has no root');
      }
    }
    frames.push({
      name: table.name(record.nameOffset),
      ...table.position(record, at),
      entry: record.entry,
      startLine: record.startLine,
      isInlined: false,
      isWrapper: record.funcId === this.#wrapperFuncId,
    });
    return frames;
  }

  /** Name offsets of all calls inlined into `record`. */
  inlinedNames(record: FunctionRecord): Set<number> {
    const names = new Set<number>();
    if (record.inlineTree < 0) return names;
    let last = -1;
    for (const { value } of this.#table.ranges(record.inlineIndexTable, record.entry)) {
      last = Math.max(last, value);
    }
    // Callers of inlined calls come before them, so the highest index bounds the tree.
    for (let index = 0; index <= last; index++) names.add(this.#call(record, index).nameOffset);
    return names;
  }

  /** For each inlined call of `name` in `record`: its instruction with the lowest address. */
  firstPcsOf(record: FunctionRecord, name: string): number[] {
    const first = new Map<number, number>();
    if (record.inlineTree < 0) return [];
    let start = record.entry;
    for (const { end, value } of this.#table.ranges(record.inlineIndexTable, record.entry)) {
      if (value >= 0 && end > start && !first.has(value)) first.set(value, start);
      start = end;
    }
    return [...first]
      .filter(([index]) => this.#table.name(this.#call(record, index).nameOffset) === name)
      .map(([, pc]) => pc);
  }

  /** An instruction that belongs to an inlined call; undefined when nothing was inlined. */
  firstInlinedPc(record: FunctionRecord): number | undefined {
    let start = record.entry;
    if (record.inlineTree < 0) return undefined;
    for (const { end, value } of this.#table.ranges(record.inlineIndexTable, record.entry)) {
      if (value >= 0 && end > start) return start;
      start = end;
    }
    return undefined;
  }

  #callAt(record: FunctionRecord, pc: number): InlinedCall | undefined {
    if (record.inlineTree < 0) return undefined;
    const index = this.#table.valueAt(record.inlineIndexTable, record.entry, pc);
    return index < 0 ? undefined : this.#call(record, index);
  }

  #call(record: FunctionRecord, index: number): InlinedCall {
    const { file } = this.#image;
    if (this.#table.header.hasStartLines) {
      const at = this.#image.at(this.#gofunc + record.inlineTree + index * 16);
      return {
        funcId: file.u8(at),
        nameOffset: file.i32(at + 4),
        callPc: record.entry + file.i32(at + 8),
        startLine: file.i32(at + 12),
      };
    }
    const at = this.#image.at(this.#gofunc + record.inlineTree + index * 20);
    return {
      funcId: file.u8(at + 2),
      nameOffset: file.i32(at + 12),
      callPc: record.entry + file.i32(at + 16),
      startLine: 0,
    };
  }
}
