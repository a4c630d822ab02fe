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
import type { NameResolver } from './name-resolver.ts';

/** `flags` of struct stack_record, bpf/stack-record.h. */
const EXACT = 1;
const MAYBE_SECOND = 2;

/** Where the system stack begins; says nothing. */
const SWITCH = 'runtime.systemstack_switch';
const OUTERMOST = 'runtime.goexit';
/** Signals make these appear as called: what they return to is the interrupted instruction. */
const INJECTED = /^runtime\.(asyncPreempt|sigpanic)$/;
const MORESTACK = /^runtime\.morestack/;

/** Frames are below it, so that a parent and a frame make one exact number. */
const FRAME_LIMIT = 2 ** 22;

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

/** A list of program counters of one stack, innermost first, as in the executable. */
export interface RawStack {
  pcs: readonly number[];
  /** STACK_EXACT and STACK_MAYBE_SECOND of bpf/stack-record.h. */
  flags: number;
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

  readonly tellAllocations: boolean;
  readonly #program: GoProgram;
  readonly #names: NameResolver;
  /** By number of frame, from 1. */
  readonly #frames: { frame: Frame; pc: number; func: number }[] = [
    { frame: NOT_GO, pc: 0, func: 0 },
  ];
  readonly #frameNumbers = new Map<string, number>();
  /** Program counter, and whether it is exact, to numbers of frames, innermost first. */
  readonly #framesOfPc = new Map<number, readonly number[]>();
  /** By number of stack in the file. */
  #parents = new Int32Array(1024);
  #frameOf = new Int32Array(1024);
  #count = 1;
  #written = 1;
  readonly #children = new Map<number, number>();
  /** By number of stack in the file: where it allocates; undefined not asked yet. */
  readonly #allocs: ({ func: number; site: number; kind: number } | undefined)[] = [];
  readonly #allocSites = new Map<number, number>();
  #new: Omit<NewStacks, 'stacks'> = { frames: [], sites: [], functions: [] };

  /** @param tellAllocations - allocations have stacks, and no site of their own */
  constructor(program: GoProgram, names: NameResolver, tellAllocations: boolean) {
    this.tellAllocations = tellAllocations;
    this.#program = program;
    this.#names = names;
  }

  /**
   * Take in stacks of the kernel side.
   *
   * @param words - as Block.newStacks: number and count, flags, program counters
   */
  add(words: BigUint64Array): void {
    for (let at = 0; at + 1 < words.length;) {
      const head = words[at]!;
      const count = Number(head >> 32n);
      const pcs = Array.from(words.subarray(at + 2, at + 2 + count), Number);
      const number = Number(head & 0xffffffffn);
      if (number >= this.stackOf.length) {
        const larger = new Int32Array(Math.max(number + 1, this.stackOf.length * 2));
        larger.set(this.stackOf);
        this.stackOf = larger;
      }
      this.stackOf[number] = this.stack({ pcs, flags: Number(words[at + 1]!) });
      at += 2 + count;
    }
  }

  /** The number in the file of a stack; 0 when it has no frame. */
  stack({ pcs, flags }: RawStack): number {
    let isExact = (flags & EXACT) !== 0;
    const path: number[] = [];
    for (const [position, pc] of pcs.entries()) {
      if (position === 1 && flags & MAYBE_SECOND && !this.#isPrologue(pcs[0]!)) continue;
      const called = this.#program.functionAt(isExact ? pc : pc - 1)?.name;
      if (called === OUTERMOST) break;
      if (position === 0 && this.#program.functionAt(pc)?.name === SWITCH) continue;
      path.push(...this.#framesAt(pc, isExact));
      if (called === undefined) break;
      isExact = INJECTED.test(called);
    }
    let node = 0;
    for (const frame of path.reverse()) node = this.#child(node, frame);
    return node;
  }

  /**
   * What an allocation on this stack is: indices into the dictionaries of `func` and `kind`, and
   * the row of part `sites`.
   *
   * @param stack - number in the file; 0 for one that was lost
   */
  allocation(stack: number): { func: number; site: number; kind: number } {
    if (stack === 0) return { func: 0, site: 0, kind: OTHER };
    return (this.#allocs[stack] ??= this.#findAllocation(stack));
  }

  /** What is new since the last call, for the file. */
  takeNew(): NewStacks {
    const [from, to] = [this.#written, this.#count];
    this.#written = to;
    const rows = this.#new;
    this.#new = { frames: [], sites: [], functions: [] };
    return {
      ...rows,
      stacks: {
        count: to - from,
        stack: Int32Array.from({ length: to - from }, (_, i) => from + i),
        parent: this.#parents.slice(from, to),
        frame: this.#frameOf.slice(from, to),
      },
    };
  }

  #findAllocation(stack: number): { func: number; site: number; kind: number } {
    const path: { frame: Frame; pc: number; func: number; number: number }[] = [];
    for (let node = stack; node !== 0; node = this.#parents[node]!) {
      const number = this.#frameOf[node]!;
      path.push({ ...this.#frames[number]!, number });
    }
    const { kind: name, site } = allocKind(path.map(({ frame }) => frame));
    const { frame, pc, func, number } = path.find((step) => step.frame === site)!;
    let row = this.#allocSites.get(number);
    if (row === undefined) {
      row = this.#names.nextSite();
      this.#allocSites.set(number, row);
      const { file, line } = frame;
      this.#new.sites.push({ site: row, pc: BigInt(pc), func, file, line });
    }
    return { func, site: row, kind: ALLOC_KINDS.indexOf(name) };
  }

  /** Numbers of the frames at a program counter; of what is no Go code one that says so. */
  #framesAt(pc: number, isExact: boolean): readonly number[] {
    const key = pc * 2 + (isExact ? 1 : 0);
    let numbers = this.#framesOfPc.get(key);
    if (numbers === undefined) {
      numbers = this.#resolve(isExact ? pc : pc - 1).map((frame) => this.#number(frame, pc));
      this.#framesOfPc.set(key, numbers);
    }
    return numbers;
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

  #child(parent: number, frame: number): number {
    const key = parent * FRAME_LIMIT + frame;
    const known = this.#children.get(key);
    if (known !== undefined) return known;
    const node = this.#count++;
    if (node >= this.#parents.length) {
      this.#parents = doubled(this.#parents);
      this.#frameOf = doubled(this.#frameOf);
    }
    this.#parents[node] = parent;
    this.#frameOf[node] = frame;
    this.#children.set(key, node);
    return node;
  }

  /** Whether a goroutine was stopped where a function is about to grow its stack. */
  #isPrologue(returnAddress: number): boolean {
    return MORESTACK.test(calledFunction(this.#program, returnAddress)?.name ?? '');
  }
}

function doubled(table: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(table.length * 2);
  larger.set(table);
  return larger;
}
