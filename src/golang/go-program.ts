/**
 * A Go executable, understood: its version, its functions, what is at an address.
 *
 * Works on any Go program from 1.19 on, stripped or not, static, position-independent or
 * with C in it, because it only uses what the runtime itself needs. Pure: the caller
 * provides the bytes. All addresses are the file's own, without the bias at which a
 * position-independent program is loaded, and are numbers: user space ends at 2^47.
 */
import type { Inflate } from './debug-section.ts';
import { dwarfOffsets } from './dwarf-offsets.ts';
import { ElfImage, type Arch } from './elf-image.ts';
import type { ExecutableBytes } from './executable-bytes.ts';
import type { Frame } from './frame.ts';
import { GoProgramError } from './go-program-error.ts';
import { findGoVersion, goExperiments, type GoVersion } from './go-version.ts';
import { InlineTrees } from './inline-trees.ts';
import { instructions } from './instruction.ts';
import { machineOf } from './machine-of.ts';
import { findModuledata, readModuledata, readTextBounds, type Moduledata } from './moduledata.ts';
import { findPclntab } from './pclntab-header.ts';
import { Pclntab, type FunctionRecord } from './pclntab.ts';
import {
  NEWEST_MINOR,
  OLDEST_MINOR,
  goOffsets,
  wrapperFuncId,
  type GoOffsets,
} from './runtime-layout.ts';
import { readTypeFacts, type TypeFacts } from './type-facts.ts';

/** A function's code. */
export interface GoFunction {
  name: string;
  /** Address of the first instruction, and after the last. */
  entry: number;
  end: number;
}

/** Frames are kept for that many program counters; then all are forgotten. */
const MAX_CACHED_PCS = 1 << 16;
/** Longer functions exist, but nothing that is decoded here is. */
const MAX_CODE_BYTES = 1 << 20;
/** Called by every function that needs stack, and never what a wrapper is about. */
const STACK_GROWTH = /^runtime\.morestack/;

export class GoProgram {
  /** As the toolchain calls itself, e.g. `go1.26.4`. */
  readonly goVersion: string;
  /** The 26 of Go 1.26. */
  readonly goMinor: number;
  /** Where the version was found. */
  readonly versionSource: GoVersion['source'];
  /** What GOEXPERIMENT changed from the version's own settings, e.g. `nogreenteagc`. */
  readonly experiments: readonly string[];
  readonly arch: Arch;
  /** Loaded at an address that the kernel chooses. */
  readonly isPie: boolean;
  readonly hasSymbols: boolean;
  readonly hasDwarf: boolean;
  /** Address of the first Go instruction; not the start of .text when C was linked in. */
  readonly textStart: number;

  readonly #image: ElfImage;
  readonly #inflate: Inflate | undefined;
  readonly #table: Pclntab;
  readonly #data: Moduledata;
  readonly #trees: InlineTrees;
  readonly #wrapperFuncId: number;
  readonly #frames = new Map<number, readonly Frame[]>();

  /** @throws GoProgramError see `openGoProgram` */
  constructor(bytes: ExecutableBytes, inflate: Inflate | undefined) {
    const image = new ElfImage(bytes);
    const header = findPclntab(image);
    const moduledata = findModuledata(image, header);
    const { text } = readTextBounds(image, moduledata);
    const table = new Pclntab(image, header, text);
    const version = findGoVersion(image, () => minorsAllowed(table, header.hasStartLines));
    if (version.minor < OLDEST_MINOR) {
      throw new GoProgramError(
        'unsupported-version',
        `built by ${version.text}, older than Go 1.${OLDEST_MINOR}`,
      );
    }
    this.#image = image;
    this.#inflate = inflate;
    this.#table = table;
    this.#data = readModuledata(image, moduledata, version.minor);
    this.#wrapperFuncId = wrapperFuncId(version.minor);
    this.#trees = new InlineTrees(image, table, this.#data.gofunc, this.#wrapperFuncId);
    this.goVersion = version.text;
    this.goMinor = version.minor;
    this.versionSource = version.source;
    this.experiments = goExperiments(version.text);
    this.arch = image.arch;
    this.isPie = image.isPie;
    this.hasSymbols = image.section('.symtab') !== undefined;
    this.hasDwarf = ['.debug_info', '.zdebug_info'].some((s) => image.section(s) !== undefined);
    this.textStart = text;
  }

  /** Where in the file the byte at an address is; undefined when the file has none. */
  fileOffsetOf(address: number | bigint): number | undefined {
    return this.#image.fileOffsetOf(Number(address));
  }

  /** Whether an address is in a segment that the program may write. */
  isWritable(address: number): boolean {
    return this.#image.isWritable(address);
  }

  /**
   * The function of that name with the compiler's own calling convention (ABIInternal).
   *
   * Functions that assembly code calls, or is, occur twice: the other is a wrapper that
   * only translates between conventions.
   *
   * @param name - with its package's path, readable
   * @throws GoProgramError `damaged`
   */
  functionNamed(name: string): GoFunction | undefined {
    const records = this.#table.indicesOf(name).map((index) => this.#table.record(index));
    const chosen = records.find((record) => record.funcId !== this.#wrapperFuncId) ?? records[0];
    return chosen && { name, entry: chosen.entry, end: chosen.end };
  }

  /** Names of all functions, in no order, each once. */
  functionNames(): Iterable<string> {
    return this.#table.functionNames();
  }

  /** All functions in order of address; a name may occur twice. */
  *functions(): Generator<GoFunction> {
    for (let index = 0; index < this.#table.functionCount; index++) {
      const { nameOffset, entry, end } = this.#table.record(index);
      yield { name: this.#table.name(nameOffset), entry, end };
    }
  }

  /** The function that holds an address; undefined when no Go function does. */
  functionAt(address: number): GoFunction | undefined {
    const record = this.#recordAt(address);
    return (
      record && { name: this.#table.name(record.nameOffset), entry: record.entry, end: record.end }
    );
  }

  /**
   * The logical frames at an instruction, innermost first: inlined calls, then the function
   * that holds it. For a return address ask one less, which is within the call.
   *
   * @returns a new array; empty outside of Go's functions
   * @throws GoProgramError `damaged`
   */
  frames(pc: number | bigint): Frame[] {
    const at = Number(pc);
    let frames = this.#frames.get(at);
    if (frames === undefined) {
      const record = this.#recordAt(at);
      frames = record === undefined ? [] : this.#trees.frames(record, at);
      if (this.#frames.size >= MAX_CACHED_PCS) this.#frames.clear();
      this.#frames.set(at, frames);
    }
    return [...frames];
  }

  /**
   * The function that a goroutine with this start pc runs, at the line of its declaration.
   *
   * `go f(x)` makes the compiler wrap the call; the wrapped function is meant then.
   *
   * @returns undefined outside of Go's functions
   * @throws GoProgramError `damaged`
   */
  startFunction(pc: number | bigint): Frame | undefined {
    const record = this.#recordAt(Number(pc));
    if (record === undefined) return undefined;
    const own = this.#frameOf(record);
    return (own.isWrapper ? this.#wrappedFunction(record) : undefined) ?? own;
  }

  /**
   * Name, kind and size of the type whose descriptor is at an address.
   *
   * @returns undefined when there is none: types made at run time are not in the file
   */
  typeFacts(typeAddress: number | bigint): TypeFacts | undefined {
    return readTypeFacts(this.#image, this.#data, Number(typeAddress));
  }

  /** A copy of a function's machine code, at most 1 MiB. @throws GoProgramError `damaged` */
  codeOf(fn: GoFunction): Uint8Array {
    const byteLength = Math.min(fn.end - fn.entry, MAX_CODE_BYTES);
    return this.#image.file.slice(this.#image.at(fn.entry), byteLength);
  }

  /**
   * Where fields are in the runtime's structs: by the debug information where it tells, else
   * by the table of the version, or of the newest one for a newer version.
   *
   * @returns `source`: which of them, for people
   * @throws GoProgramError `damaged`
   */
  structOffsets(): { offsets: GoOffsets; source: string } {
    const stated = this.hasDwarf ? dwarfOffsets(this.#image, this.#inflate) : undefined;
    if (stated !== undefined) return { offsets: stated, source: 'DWARF' };
    const known = Math.min(this.goMinor, NEWEST_MINOR);
    return { offsets: goOffsets(known), source: `table for go1.${known}` };
  }

  /**
   * Functions into which calls of others were inlined, so that a probe on those is not hit.
   *
   * @param names - of the functions that were inlined
   * @returns for each of them the functions that hold its code, in order of name
   * @throws GoProgramError `damaged`
   */
  functionsThatInline(names: readonly string[]): Map<string, GoFunction[]> {
    const found = new Map(names.map((name) => [name, [] as GoFunction[]]));
    for (let index = 0; index < this.#table.functionCount; index++) {
      const record = this.#table.record(index);
      for (const nameOffset of this.#trees.inlinedNames(record)) {
        const { entry, end } = record;
        const name = this.#table.name(record.nameOffset);
        found.get(this.#table.name(nameOffset))?.push({ name, entry, end });
      }
    }
    for (const into of found.values()) into.sort((a, b) => (a.name < b.name ? -1 : 1));
    return found;
  }

  /**
   * The first instruction of each inlined call of a function.
   *
   * @param into - a function that holds such calls, as `functionsThatInline` gives it
   * @throws GoProgramError `damaged`
   */
  inlinedCallsOf(name: string, into: GoFunction): number[] {
    const record = this.#recordAt(into.entry);
    return record === undefined ? [] : this.#trees.firstPcsOf(record, name);
  }

  /** Whether an instruction belongs to a call of `name` that was inlined. */
  isInlinedAt(address: number, name: string): boolean {
    return this.frames(address).some((frame) => frame.isInlined && frame.name === name);
  }

  #recordAt(pc: number): FunctionRecord | undefined {
    const index = this.#table.indexOf(pc);
    return index === undefined ? undefined : this.#table.record(index);
  }

  #frameOf(record: FunctionRecord): Frame {
    const { file, line } = this.#table.position(record, record.entry);
    return {
      name: this.#table.name(record.nameOffset),
      file,
      line: record.startLine || line,
      entry: record.entry,
      startLine: record.startLine,
      isInlined: false,
      isWrapper: record.funcId === this.#wrapperFuncId,
    };
  }

  /**
   * What a wrapper calls: what the compiler says it wraps, as Go's tracer has it
   * (startPCForTrace, runtime/trace2stack.go); else what is inlined into it, or called directly.
   */
  #wrappedFunction(record: FunctionRecord): Frame | undefined {
    if (record.wrapInfo >= 0) {
      const at = this.#image.at(this.#data.gofunc + record.wrapInfo);
      const wrapped = this.#recordAt(this.#table.text + this.#image.file.u32(at));
      if (wrapped !== undefined) return this.#frameOf(wrapped);
    }
    const inlinedPc = this.#trees.firstInlinedPc(record);
    if (inlinedPc !== undefined) {
      const inlined = this.#trees.frames(record, inlinedPc).at(-2);
      if (inlined !== undefined) return { ...inlined, line: inlined.startLine || inlined.line };
    }
    for (const { flow, target } of instructions(
      machineOf(this.arch),
      this.codeOf({ name: '', ...record }),
      record.entry,
    )) {
      if (flow !== 'call' || target === undefined) continue;
      const callee = this.#recordAt(target);
      if (callee === undefined || callee.entry !== target) continue;
      if (!STACK_GROWTH.test(this.#table.name(callee.nameOffset))) return this.#frameOf(callee);
    }
    return undefined;
  }
}

/**
 * Understand an executable.
 *
 * @param bytes - kept and read from as long as the program is used
 * @param inflate - decompresses debug information; without it, compressed as it mostly is, it
 *   is not used
 * @throws GoProgramError `not-elf`, `not-go`, `unsupported-arch` (neither x86-64 nor arm64),
 *   `unsupported-version` (older than 1.19, or no version found), `damaged`
 */
export function openGoProgram(bytes: ExecutableBytes, inflate?: Inflate): GoProgram {
  return new GoProgram(bytes, inflate);
}

/** Oldest and newest minor version whose runtime has the functions at hand. */
function minorsAllowed(table: Pclntab, hasStartLines: boolean): [number, number] {
  const has = (name: string) => table.indicesOf(name).length > 0;
  if (has('runtime.exitsyscallNoP')) return [26, NEWEST_MINOR + 10];
  if (has('internal/runtime/maps.newobject')) return [24, 25];
  if (has('runtime.gdestroy')) return [22, 25];
  return hasStartLines ? [20, 21] : [OLDEST_MINOR - 1, 19];
}
