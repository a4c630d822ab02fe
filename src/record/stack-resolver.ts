/**
 * Stacks of return addresses become stacks of frames: named, inlined calls expanded, shared.
 *
 * The kernel side numbers each different list of program counters once. Here the list is
 * resolved once, wrappers are left out as Go's own traces leave them out, and the frames become
 * a path in a forest, in which stacks with the same outer frames share them (docs/format.md,
 * part `stacks`). Tables lead from the kernel's numbers to what the columns hold.
 */
import { ALLOC_KINDS } from '../format/event-columns.ts';
import type { FrameRow, FunctionRow, SiteRow, StackColumns } from '../format/recording.ts';
import {
  allocKind,
  calledFunction,
  GoProgramError,
  type Frame,
  type GoProgram,
} from '../golang/index.ts';
import { callingFrame } from './calling-frame.ts';
import type { NameResolver } from './name-resolver.ts';
import { StackForest } from './stack-forest.ts';

/** `flags` of struct stack_record, bpf/stack-record.h. */
const EXACT = 1;
const MAYBE_SECOND = 2;

/** Where the system stack begins; says nothing. */
const SWITCH = 'runtime.systemstack_switch';
const OUTERMOST = 'runtime.goexit';
/** Signals make these appear as called: what they return to is the interrupted instruction. */
const INJECTED = /^runtime\.(asyncPreempt|sigpanic)$/;
const MORESTACK = /^runtime\.morestack/;

/** More places than any program has. */
const FRAME_LIMIT = 2 ** 22;

/** Places that are remembered; a program that never wrote its own code has no more. */
const MAX_PLACES = 2 ** 20;

const OTHER = ALLOC_KINDS.indexOf('other');

const NOT_GO: Frame = {
  name: '(not Go code)',
  file: '',
  line: 0,
  entry: 0,
  startLine: 0,
  isInlined: false,
  isWrapper: false,
};

/** What a program counter in a stack says. */
interface Place {
  /** Numbers of frames, innermost first. */
  frames: readonly number[];
  isGo: boolean;
  isOutermost: boolean;
  /** What it returns to is an instruction, not a call. */
  isInjected: boolean;
  isSwitch: boolean;
}

/** A list of program counters of one stack, innermost first, as in the executable. */
export interface RawStack {
  pcs: readonly number[];
  /** STACK_EXACT and STACK_MAYBE_SECOND of bpf/stack-record.h. */
  flags: number;
}

/** Index into the dictionary of `func`, and row of part `sites`. */
interface StackSite {
  func: number;
  site: number;
}

/** And index into that of `kind`. */
interface Allocation extends StackSite {
  kind: number;
}

interface NumberedFrame {
  frame: Frame;
  pc: number;
  func: number;
  number: number;
}

/** Rows that are not in the file yet. */
export interface NewStacks {
  frames: FrameRow[];
  stacks: StackColumns;
  sites: SiteRow[];
  functions: FunctionRow[];
}

export class StackResolver {
  /** The kernel's number of a stack to its number in the file; grows, so read it anew. */
  stackOf = new Int32Array(1024);

  /** Numbers of the events whose place is told by their stack, as they have no site of their own. */
  readonly telling: ReadonlySet<number>;
  readonly #program: GoProgram;
  readonly #names: NameResolver;
  /** By number of frame, from 1. */
  readonly #frames: { frame: Frame; pc: number; func: number }[] = [
    { frame: NOT_GO, pc: 0, func: 0 },
  ];
  readonly #frameNumbers = new Map<string, number>();
  /** By program counter, and whether it is exact. */
  readonly #places = new Map<number, Place>();
  readonly #forest = new StackForest();
  /** By number of stack in the file: where it allocates, or calls; undefined not asked yet. */
  readonly #allocs: (Allocation | undefined)[] = [];
  readonly #calls: (StackSite | undefined)[] = [];
  /** By number of frame: row of part `sites`. */
  readonly #sites = new Map<number, number>();
  #new: Omit<NewStacks, 'stacks'> = { frames: [], sites: [], functions: [] };

  constructor(program: GoProgram, names: NameResolver, telling: ReadonlySet<number>) {
    this.telling = telling;
    this.#program = program;
    this.#names = names;
  }

  /**
   * Take in stacks of the kernel side.
   *
   * @param words - as Block.newStacks: number and count, flags, program counters
   */
  add(words: BigUint64Array): void {
    // Low and high half apart: no BigInt is made for an address.
    const halves = new Uint32Array(words.buffer, words.byteOffset, words.length * 2);
    for (let at = 0; at + 1 < words.length;) {
      const number = halves[at * 2]!;
      const count = halves[at * 2 + 1]!;
      const flags = halves[at * 2 + 2]!;
      const pcs: number[] = [];
      for (let word = at + 2; word < Math.min(at + 2 + count, words.length); word++) {
        pcs.push(halves[word * 2]! + halves[word * 2 + 1]! * 2 ** 32);
      }
      if (number >= this.stackOf.length) {
        const larger = new Int32Array(Math.max(number + 1, this.stackOf.length * 2));
        larger.set(this.stackOf);
        this.stackOf = larger;
      }
      this.stackOf[number] = this.stack({ pcs, flags });
      at += 2 + count;
    }
  }

  /** The number in the file of a stack; 0 when it has no frame. */
  stack({ pcs, flags }: RawStack): number {
    let isExact = (flags & EXACT) !== 0;
    const path: number[] = [];
    for (const [position, pc] of pcs.entries()) {
      if (position === 1 && flags & MAYBE_SECOND && !this.#isPrologue(pcs[0]!)) continue;
      const place = this.#placeAt(pc, isExact);
      if (place.isOutermost) break;
      isExact = place.isInjected;
      if (position === 0 && place.isSwitch) continue;
      for (const frame of place.frames) path.push(frame);
      if (!place.isGo) break;
    }
    let node = 0;
    for (const frame of path.reverse()) node = this.#forest.child(node, frame);
    return node;
  }

  /**
   * What an allocation on this stack is: indices into the dictionaries of `func` and `kind`, and
   * the row of part `sites`.
   *
   * @param stack - number in the file; 0 for one that was lost
   */
  allocation(stack: number): Allocation {
    if (stack === 0) return { func: 0, site: 0, kind: OTHER };
    return (this.#allocs[stack] ??= this.#findAllocation(stack));
  }

  /** Who called a function of the runtime on this stack; as for `allocation`. */
  call(stack: number): StackSite {
    if (stack === 0) return { func: 0, site: 0 };
    return (this.#calls[stack] ??= this.#siteOf(this.#path(stack), callingFrame));
  }

  /** What is new since the last call, for the file. */
  takeNew(): NewStacks {
    const rows = this.#new;
    this.#new = { frames: [], sites: [], functions: [] };
    return { ...rows, stacks: this.#forest.takeNew() };
  }

  #findAllocation(stack: number): Allocation {
    const path = this.#path(stack);
    const { kind, site } = allocKind(path.map(({ frame }) => frame));
    return { ...this.#siteOf(path, () => site), kind: ALLOC_KINDS.indexOf(kind) };
  }

  /** The frames of a stack in the file, innermost first. */
  #path(stack: number): NumberedFrame[] {
    const numbers = [...this.#forest.frames(stack)];
    return numbers.map((number) => ({ ...this.#frames[number]!, number }));
  }

  /** The place of one of the frames. */
  #siteOf(
    path: readonly NumberedFrame[],
    choose: (frames: readonly Frame[]) => Frame | undefined,
  ): StackSite {
    const chosen = choose(path.map(({ frame }) => frame));
    const found = path.find(({ frame }) => frame === chosen);
    if (found === undefined) return { func: 0, site: 0 };
    const { frame, pc, func, number } = found;
    let site = this.#sites.get(number);
    if (site === undefined) {
      site = this.#names.nextSite();
      this.#sites.set(number, site);
      const { file, line } = frame;
      this.#new.sites.push({ site, pc: BigInt(pc), func, file, line });
    }
    return { func, site };
  }

  /** What is at a program counter: looked up once, as it is part of many stacks. */
  #placeAt(pc: number, isExact: boolean): Place {
    const key = pc * 2 + (isExact ? 1 : 0);
    let place = this.#places.get(key);
    if (place === undefined) {
      const at = isExact ? pc : pc - 1;
      const called = this.#program.functionAt(at)?.name;
      place = {
        frames:
          called === OUTERMOST ? [] : this.#resolve(at).map((frame) => this.#number(frame, pc)),
        isGo: called !== undefined,
        isOutermost: called === OUTERMOST,
        isInjected: called !== undefined && INJECTED.test(called),
        isSwitch: this.#program.functionAt(pc)?.name === SWITCH,
      };
      if (this.#places.size >= MAX_PLACES) this.#places.clear();
      this.#places.set(key, place);
    }
    return place;
  }

  #resolve(pc: number): Frame[] {
    try {
      const frames = this.#program.frames(pc);
      return frames.length === 0 ? [NOT_GO] : frames.filter(({ isWrapper }) => !isWrapper);
    } catch (error) {
      // A damaged table takes the names of its function, not the recording.
      if (error instanceof GoProgramError) return [NOT_GO];
      throw error;
    }
  }

  #number(frame: Frame, pc: number): number {
    const { name, file, line, isInlined } = frame;
    const key = `${name}\n${file}\n${line}\n${isInlined ? 1 : 0}`;
    const known = this.#frameNumbers.get(key);
    if (known !== undefined) return known;
    // A program has some hundred thousand places at the most.
    if (this.#frames.length >= FRAME_LIMIT) return this.#frameNumbers.values().next().value!;
    const number = this.#frames.length;
    this.#frameNumbers.set(key, number);
    const func = this.#names.funcIndex(frame, this.#new.functions);
    this.#frames.push({ frame, pc, func });
    this.#new.frames.push({ frame: number, func, file, line, inlined: isInlined });
    return number;
  }

  /** Whether a goroutine was stopped where a function is about to grow its stack. */
  #isPrologue(returnAddress: number): boolean {
    return MORESTACK.test(calledFunction(this.#program, returnAddress)?.name ?? '');
  }
}
