/**
 * The stacks of goroutines that do not run, walked in the memory of their process.
 *
 * A goroutine that is parked or ready goes on at g.sched: its stack pointer, program counter and
 * frame pointer (runtime/runtime2.go, `gobuf`). From there each frame holds the frame pointer of
 * the one around it and the address it returns to. All stacks are walked at once, a frame of each
 * in one read: a hundred thousand goroutines are as many reads as the deepest has frames.
 */
import type { Native } from './native.ts';
import type { RawStack } from './stack-resolver.ts';

/** STACK_MAYBE_SECOND of bpf/stack-record.h. */
const MAYBE_SECOND = 2;
const WORD = 8n;
const FRAME_BYTES = 16;

/** Where one of them goes on, and the bounds of its stack. */
export interface ParkedGoroutine {
  sp: bigint;
  pc: bigint;
  bp: bigint;
  /** Address behind its stack. */
  stackHi: bigint;
  /** It may have been taken in a prologue, before the function had a frame. */
  mayBePreempted: boolean;
}

/**
 * Walk the stacks.
 *
 * @param depth - program counters of a stack at the most
 * @returns one for each, in order; as far as it could be read
 */
export function readParkedStacks(
  native: Native,
  pid: number,
  goroutines: readonly ParkedGoroutine[],
  depth: number,
): RawStack[] {
  const tops = readWords(
    native,
    pid,
    goroutines.map(({ sp }) => sp),
  );
  const stacks = goroutines.map(({ pc, mayBePreempted }, i): RawStack & { pcs: number[] } => ({
    pcs: mayBePreempted ? [Number(pc), Number(tops[i]![0])] : [Number(pc)],
    flags: mayBePreempted ? MAYBE_SECOND : 0,
  }));
  let open = goroutines
    .map(({ sp, bp, stackHi }, index) => ({ index, bp, above: sp, stackHi }))
    .filter(isOnStack);
  while (open.length > 0) {
    const frames = readWords(
      native,
      pid,
      open.map(({ bp }) => bp),
    );
    open = open
      .map((walk, i) => {
        const [outer, pc] = frames[i]!;
        if (pc !== 0n) stacks[walk.index]!.pcs.push(Number(pc));
        return { ...walk, bp: pc === 0n ? 0n : outer, above: walk.bp + WORD };
      })
      .filter((walk) => stacks[walk.index]!.pcs.length < depth && isOnStack(walk));
  }
  return stacks;
}

/** A frame lies above the one it called, and in the stack: so that every walk ends. */
function isOnStack({ bp, above, stackHi }: { bp: bigint; above: bigint; stackHi: bigint }) {
  return bp >= above && bp + WORD < stackHi && bp % WORD === 0n;
}

/** Two words at each address; zeros where nothing can be read. */
function readWords(native: Native, pid: number, addresses: bigint[]): [bigint, bigint][] {
  const { bytes } = native.readMemoryRanges(pid, BigUint64Array.from(addresses), FRAME_BYTES);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return addresses.map((_, i) => [
    view.getBigUint64(i * FRAME_BYTES, true),
    view.getBigUint64(i * FRAME_BYTES + 8, true),
  ]);
}
