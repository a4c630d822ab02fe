/**
 * The goroutines that are alive before the first event, read from the program's memory.
 *
 * runtime.allgs is a slice of pointers to every g there ever was (runtime/proc.go); the structs
 * are never freed. The program is not stopped: a goroutine may change while it is read, and its
 * first event then says which state it really was in (docs/format.md, part `goroutines`).
 */
import type { GoOffsets } from '../golang/index.ts';
import type { Native } from './native.ts';
import { readParkedStacks, type ParkedGoroutine } from './parked-stacks.ts';
import type { RawStack } from './stack-resolver.ts';

/** Goroutine statuses that are nobody: _Gidle, _Gdead, _Gdeadextra (runtime2.go). */
const NOBODY = new Set([0, 6, 11]);
const SCAN_BIT = 0x1000;
const [RUNNABLE, SYSCALL, WAITING, PREEMPTED] = [1, 3, 4, 9];
/** In these it goes on at g.sched. */
const PARKED = new Set([RUNNABLE, SYSCALL, WAITING, PREEMPTED]);
/** g.stack.hi, in all versions. */
const STACK_HI = 8;
/** g.waitsince is the word before g.waitreason, in all versions. */
const WAIT_SINCE_BEFORE_REASON = 8;

/** What is read besides. */
export interface CensusWishes {
  /** Program counters of a stack at the most; 0: no stacks. */
  stackDepth: number;
  hasLabels: boolean;
}

export interface Census {
  count: number;
  goid: BigInt64Array;
  parentGoid: BigInt64Array;
  state: Int8Array;
  /** Go's number; 0 unless waiting. */
  waitReason: Int8Array;
  startPc: BigUint64Array;
  goPc: BigUint64Array;
  /** g.waitsince, CLOCK_MONOTONIC ns; 0 unknown, or it does not wait. */
  waitSince: BigInt64Array;
  /** Address of its set of profiler labels, 0 none; absent when not asked for. */
  labels?: BigInt64Array;
  /** By row; undefined where it runs, or none were asked for. */
  stacks: (RawStack | undefined)[];
}

/**
 * Read all goroutines of a process.
 *
 * @param allgsAddress - address of runtime.allgs in the process (load bias added)
 * @returns live goroutines in the order of their creation slots; empty when nothing can be read
 */
export function takeCensus(
  native: Native,
  pid: number,
  allgsAddress: bigint,
  offsets: GoOffsets,
  { stackDepth, hasLabels }: CensusWishes,
): Census {
  const header = view(native.readMemory(pid, allgsAddress, 24));
  if (header.byteLength < 16) return emptyCensus();
  const length = Number(header.getBigUint64(8, true));
  const list = view(native.readMemory(pid, header.getBigUint64(0, true), length * 8));
  const addresses = new BigUint64Array(Math.floor(list.byteLength / 8));
  for (let i = 0; i < addresses.length; i++) addresses[i] = list.getBigUint64(i * 8, true);

  const gBytes = Math.max(...Object.values<number>({ ...offsets })) + 8;
  const { bytes, ok } = native.readMemoryRanges(pid, addresses, gBytes);
  const g = view(bytes);
  const census = emptyCensus(addresses.length);
  if (hasLabels && offsets.gLabels >= 0) census.labels = new BigInt64Array(addresses.length);
  const parked: ParkedGoroutine[] = [];
  const rowOfParked: number[] = [];
  for (let i = 0; i < addresses.length; i++) {
    if (ok[i] === 0) continue;
    const base = i * gBytes;
    const status = g.getUint32(base + offsets.gStatus, true) & ~SCAN_BIT;
    const goid = g.getBigInt64(base + offsets.gGoid, true);
    if (NOBODY.has(status) || goid <= 0n) continue;
    const row = census.count++;
    census.goid[row] = goid;
    census.parentGoid[row] =
      offsets.gParentGoid < 0 ? 0n : g.getBigInt64(base + offsets.gParentGoid, true);
    census.state[row] = status;
    census.waitReason[row] = status === WAITING ? g.getUint8(base + offsets.gWaitReason) : 0;
    census.startPc[row] = g.getBigUint64(base + offsets.gStartpc, true);
    census.goPc[row] = g.getBigUint64(base + offsets.gGopc, true);
    if (census.labels) census.labels[row] = g.getBigInt64(base + offsets.gLabels, true);
    if (status === WAITING) {
      const at = base + offsets.gWaitReason - WAIT_SINCE_BEFORE_REASON;
      census.waitSince[row] = g.getBigInt64(at, true);
    }
    if (stackDepth === 0 || !PARKED.has(status)) continue;
    const sched = base + offsets.gSched;
    rowOfParked.push(row);
    parked.push({
      sp: g.getBigUint64(sched, true),
      pc: g.getBigUint64(sched + 8, true),
      bp: g.getBigUint64(sched + offsets.gobufBp, true),
      stackHi: g.getBigUint64(base + STACK_HI, true),
      mayBePreempted: status !== SYSCALL,
    });
  }
  const stacks = readParkedStacks(native, pid, parked, stackDepth);
  for (const [i, row] of rowOfParked.entries()) census.stacks[row] = stacks[i];
  return census;
}

/** A census of nobody, with room for `capacity` goroutines. */
export function emptyCensus(capacity = 0): Census {
  return {
    count: 0,
    goid: new BigInt64Array(capacity),
    parentGoid: new BigInt64Array(capacity),
    state: new Int8Array(capacity),
    waitReason: new Int8Array(capacity),
    startPc: new BigUint64Array(capacity),
    goPc: new BigUint64Array(capacity),
    waitSince: new BigInt64Array(capacity),
    stacks: [],
  };
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
