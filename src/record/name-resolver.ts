/**
 * Numbers that the drain thread gave to program counters and types, turned into names.
 *
 * The addon numbers each new (pc, caller's pc, use) and each new type pointer from 1. Here the
 * numbers get their function, line, kind and type name, once, and tables from number to
 * dictionary index: for the addon, and for the rows that were drained before it had them.
 */
import { ALLOC_KINDS } from '../format/event-columns.ts';
import type { FunctionRow, SiteRow, TypeRow } from '../format/recording.ts';
import {
  allocKind,
  calledFunction,
  GoProgramError,
  type Frame,
  type GoProgram,
} from '../golang/index.ts';
import { callingFrame } from './calling-frame.ts';
import { SITE_USE } from './native.ts';

/** Where names get their dictionary index; the writer of the recording. */
export interface NameTable {
  nameIndex(column: 'func' | 'type', value: string): number;
}

/** What the compiler makes of a function literal that refers to variables, or of a method value. */
const CLOSURE = /^struct \{ F uintptr(;| \})/;

const OTHER = ALLOC_KINDS.indexOf('other');
const NO_FRAME: Frame = {
  name: '',
  file: '',
  line: 0,
  entry: 0,
  startLine: 0,
  isInlined: false,
  isWrapper: false,
};

export class NameResolver {
  /** Site number to index in the dictionary of `func`; grows, so read it anew for each block. */
  siteFunc = new Int32Array(1024);
  /** Site number to index in ALLOC_KINDS; 0 where the site is not an allocation's. */
  siteKind = new Int8Array(1024);
  /** Site number to row of part `sites`: the file has sites that the addon does not number. */
  siteRow = new Int32Array(1024);
  /** Type number to index in the dictionary of `type`. */
  typeIndex = new Int32Array(256);

  /** By index in the dictionary of `type`: 1 for a closure's; grows. */
  isClosure = new Uint8Array(256);

  readonly #program: GoProgram;
  readonly #names: NameTable;
  #siteCount = 1;
  #siteRows = 0;
  #typeCount = 1;
  readonly #seenFuncs = new Set([0]);
  readonly #seenTypes = new Set([0]);

  constructor(program: GoProgram, names: NameTable) {
    this.#program = program;
    this.#names = names;
  }

  /**
   * Take in sites in the order of their numbers.
   *
   * @param words - as Block.newSites: pc, caller's pc, both as in the executable, and use
   * @returns rows for the parts `sites` and `functions`
   */
  addSites(words: BigUint64Array): { sites: SiteRow[]; functions: FunctionRow[] } {
    const sites: SiteRow[] = [];
    const functions: FunctionRow[] = [];
    for (let at = 0; at + 2 < words.length; at += 3) {
      const site = this.#siteCount++;
      const pc = words[at]!;
      const { frame, kind } = this.#resolve(pc, words[at + 1]!, Number(words[at + 2]));
      const func = this.funcIndex(frame, functions);
      const row = this.nextSite();
      if (site >= this.siteFunc.length) {
        this.siteFunc = grown(this.siteFunc, Int32Array);
        this.siteKind = grown(this.siteKind, Int8Array);
        this.siteRow = grown(this.siteRow, Int32Array);
      }
      this.siteFunc[site] = func;
      this.siteKind[site] = kind;
      this.siteRow[site] = row;
      sites.push({ site: row, pc, func, file: frame.file, line: frame.line });
    }
    return { sites, functions };
  }

  /** How many places have a number, 0 included. */
  get siteCount(): number {
    return this.#siteCount;
  }

  /** How many types have a number, 0 included. */
  get typeCount(): number {
    return this.#typeCount;
  }

  /** The number of another row of part `sites`. */
  nextSite(): number {
    return ++this.#siteRows;
  }

  /** Index in the dictionary of `func` of a frame's function; a new one is added to `functions`. */
  funcIndex(frame: Frame, functions: FunctionRow[]): number {
    const name = shownName(frame.name);
    const func = this.#names.nameIndex('func', name);
    if (!this.#seenFuncs.has(func)) {
      this.#seenFuncs.add(func);
      const { file, startLine, entry } = frame;
      functions.push({ func, name, file, startLine, entry: BigInt(entry) });
    }
    return func;
  }

  /**
   * Take in types in the order of their numbers.
   *
   * @param pointers - as Block.newTypes: addresses of runtime._type, as in the executable
   * @returns rows for the part `types`
   */
  addTypes(pointers: BigUint64Array): TypeRow[] {
    const rows: TypeRow[] = [];
    for (const pointer of pointers) {
      const facts = this.#program.typeFacts(Number(pointer));
      // Types that reflect or a plugin made at run time are not in the executable.
      const name = facts?.name ?? '(type made at run time)';
      const type = this.#names.nameIndex('type', name);
      const number = this.#typeCount++;
      if (number >= this.typeIndex.length) this.typeIndex = grown(this.typeIndex, Int32Array);
      this.typeIndex[number] = type;
      if (this.#seenTypes.has(type)) continue;
      this.#seenTypes.add(type);
      if (type >= this.isClosure.length) {
        const larger = new Uint8Array(type * 2);
        larger.set(this.isClosure);
        this.isClosure = larger;
      }
      this.isClosure[type] = CLOSURE.test(name) ? 1 : 0;
      rows.push({ type, name, goKind: facts?.goKind ?? '', sizeBytes: facts?.sizeBytes ?? 0 });
    }
    return rows;
  }

  /** A place whose tables are damaged is shown as its address; the rest of the program is not. */
  #resolve(pc: bigint, callerPc: bigint, use: number): { frame: Frame; kind: number } {
    try {
      return this.#resolveWhole(pc, callerPc, use);
    } catch (error) {
      if (!(error instanceof GoProgramError)) throw error;
      return { frame: unknown(pc), kind: use === SITE_USE.alloc ? OTHER : 0 };
    }
  }

  #resolveWhole(pc: bigint, callerPc: bigint, use: number): { frame: Frame; kind: number } {
    if (use === SITE_USE.start) {
      return { frame: this.#program.startFunction(this.#address(pc)) ?? unknown(pc), kind: 0 };
    }
    // Return addresses: the call is the instruction before.
    const frames =
      use === SITE_USE.alloc && pc === 0n
        ? this.#allocator(callerPc)
        : this.#program.frames(this.#address(pc) - 1);
    if (use === SITE_USE.goStatement) return { frame: frames[0] ?? unknown(pc), kind: 0 };
    if (use === SITE_USE.call) {
      if (callerPc !== 0n) frames.push(...this.#program.frames(this.#address(callerPc) - 1));
      return { frame: callingFrame(frames) ?? unknown(pc), kind: 0 };
    }
    if (callerPc !== 0n) frames.push(...this.#program.frames(this.#address(callerPc) - 1));
    if (frames.length === 0) return { frame: unknown(pc === 0n ? callerPc : pc), kind: OTHER };
    const { kind, site } = allocKind(frames);
    return { frame: site, kind: ALLOC_KINDS.indexOf(kind) };
  }

  /** What called the allocator, told by the return address of that (`callerTellsAllocator`). */
  #allocator(callerPc: bigint): Frame[] {
    const called = calledFunction(this.#program, this.#address(callerPc));
    return called === undefined ? [] : this.#program.frames(called.entry);
  }

  #address(pc: bigint): number {
    return Number(pc);
  }
}

/** Type arguments as `[...]`, as Go's own tracebacks show them (funcNameForPrint, runtime/symtab.go). */
function shownName(name: string): string {
  const open = name.indexOf('[');
  const close = name.lastIndexOf(']');
  return open < 0 || close < open ? name : `${name.slice(0, open)}[...]${name.slice(close + 1)}`;
}

/** A place outside Go's functions: C code, a plugin. */
function unknown(pc: bigint): Frame {
  return pc === 0n ? NO_FRAME : { ...NO_FRAME, name: `0x${pc.toString(16)}` };
}

function grown<T extends Int32Array | Int8Array>(table: T, Type: new (length: number) => T): T {
  const larger = new Type(table.length * 2);
  larger.set(table);
  return larger;
}
