/**
 * The native addon, typed. The only file that loads it.
 *
 * The addon opens the BPF object, attaches it, drains the ring on a thread of its own
 * into columns, and keeps the table of goroutines alive. It resolves nothing and decides
 * nothing: names, kinds and files are the business of the TypeScript around it.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { GoOffsets } from '../golang/index.ts';

export interface OpenOptions {
  /** Path of bpf/record.bpf.o. */
  objectPath: string;
  follow: FollowOptions;
  offsets: GoOffsets;
  /** Size of the rings together, a power of two, bytes; each CPU has one. */
  ringBytes: number;
  /** Rows of a full block. */
  blockRows: number;
  /** How many blocks exist; when all wait to be released, draining stops and the ring fills. */
  blockCount: number;
  /** CLOCK_MONOTONIC that becomes time_ns 0. */
  startMonoNs: bigint;
  /** Bit n: Go's waitReason n is only pretended (running on the system stack). */
  pretendedReasons: bigint;
  /** Bit n: Go's waitReason n exists; others become 0. */
  knownReasons: bigint;
  /** casgstatus tells of system calls (Go <= 1.25); otherwise its 2->3 and 3->2 are left to the syscall probes. */
  casTellsSyscalls: boolean;
  /** No call of runqput was found: take creations from casgstatus 6->1 (Go >= 1.24 only). */
  createFromCas: boolean;
  /** New goroutines that start parked (6->4, coroutines) have their goid at casgstatus (Go >= 1.24). */
  createParkedFromCas: boolean;
  /** Every start and stop of a goroutine on a thread meets an attached probe (`ProbePlan.tracksRunning`); absent: no. */
  tracksRunning?: boolean;
  /** Bit n: sites of action n may be attached, its program is loaded; absent: all. */
  actions?: bigint;
  /** Bit n: some site of action n is a stack check's branch; absent: none. */
  stackChecks?: bigint;
  /** Sites of allocations have pc 0 and the caller's pc alone (`callerTellsAllocator`); absent: no. */
  callerTellsAllocator?: boolean;
  /**
   * Depth of the stacks to record by group, frames, 0 none; those of calls are in their sites'
   * `cookieOperands`. Absent: none.
   */
  stacks?: {
    sched: number;
    alloc: number;
    gc: number;
    /** Some site of a call asks for stacks. */
    hasCalls: boolean;
    /** Bit n: events of kind n carry the number of a stack. */
    kinds: bigint;
    /** Where a goroutine is saved that does not run. */
    gSched: number;
    gobufBp: number;
  };
  /** Index in KINDS of the first stwReason, added to the raw reason. */
  stwKindBase: number;
  /** stopTheWorldWithSema is given no stwReason (Go <= 1.20): all are unknown; absent: it is. */
  stopsHaveNoReason?: boolean;
  /** Go's waitReason "preempted", which PROBE_PREEMPT_PARK tells before the runtime sets it. */
  preemptedReason?: number;
  /** Bytes of a value of each column to have; absent: all, as wide as src/format has them. */
  columns?: Readonly<Record<string, number>>;
  /** Attach by perf events even where there is uprobe_multi, as on kernels before 6.6. */
  perfEvents?: boolean;
}

/** Whose hits become events, of those that execute the probed file; decided when a process first hits. */
export interface FollowOptions {
  /** FOLLOW_... of bpf/config.h: the pids, these and their descendants, all. */
  mode: number;
  pids: number[];
  /** Only processes of this name, cut to 15 bytes as the kernel cuts it. */
  comm?: string;
  /** Only processes in or below the cgroup (v2) of this id. */
  cgroupId?: bigint;
}

/** Words of a notice of `takeProcesses`. */
export const NOTICE_WORDS = 8;
/** What a process did: the first word of a notice. */
export const PROCESS_NOTICE = { start: 1, exit: 2, exec: 3 } as const;

/** One probe of a link. */
export interface ProbeSite {
  fileOffset: number;
  /** Of the probed instruction in the executable; tells where a new process has it. */
  address?: number;
  /** enum probe_action of bpf/event.h. */
  action: number;
  /** PROBE_FLAG_STACK_CHECK where the site is the stack check's branch. */
  stackCheck: boolean;
  /** What the action must know of the site (`cookieOperands`); absent: nothing. */
  cookieOperands?: bigint;
}

/** A goroutine as the drain thread knows it; the columns of part `checkpoint` before names. */
export interface GoroutineArrays {
  count: number;
  goid: BigInt64Array;
  parentGoid: BigInt64Array;
  sinceNs: BigInt64Array;
  createdNs: BigInt64Array;
  pid: Int32Array;
  /** Site number (see `Block.newSites`) of the start function. */
  startSite: Int32Array;
  state: Int8Array;
  waitReason: Int8Array;
}

/** What a site number stands for. */
export const SITE_USE = { start: 1, goStatement: 2, alloc: 3, call: 4 } as const;

/** A block of drained events. Its columns are valid until `releaseBlock(index)`. */
export interface Block {
  /** Which of the `blockCount` buffers. */
  index: number;
  rows: number;
  minNs: bigint;
  maxNs: bigint;
  /** Rows by event kind, length EVENT_KINDS. */
  eventCounts: Uint32Array;
  /** Events lost since the block before, by cause, in the order of LOSS_CAUSES. */
  lost: BigUint64Array;
  /** Some row has a place or type that was not named when it was drained. */
  hasUnnamed: boolean;
  /** Goroutines alive at the block's first row. */
  aliveCount: number;
  /** The goroutines alive at the block's first row, when the block carries a checkpoint. */
  checkpoint?: GoroutineArrays;
  /** Sites first seen in this block, three words each: pc, caller's pc (alloc) or 0, both as in the executable, SITE_USE. Numbered on from 1. */
  newSites: BigUint64Array;
  /** Type pointers first seen in this block, numbered on from 1. */
  newTypes: BigUint64Array;
  /** Stacks first seen, in no order: number (low half) and count (high half), flags, then that many program counters as in the executable. */
  newStacks: BigUint64Array;
  /** First hits of threads: four words each: pid, tid, instruction pointer, number of the site in `attach`. */
  threads: BigUint64Array;
}

export interface RecorderStats {
  events: bigint;
  lost: BigUint64Array;
  /** Bytes in the ring not yet drained, and its size. */
  ringUsedBytes: number;
  ringBytes: number;
  /** Blocks waiting to be released. */
  busyBlocks: number;
  /** CPU time of the drain thread, ns. */
  drainCpuNs: bigint;
}

/** Handle of an open recorder; every method throws an Error with `code` on failure. */
export interface NativeRecorder {
  /**
   * Columns of a block: name to byte offset within the block's buffer, for `blockRows` rows,
   * and the buffers themselves, each beginning on a page, which live as long as the recorder.
   * Where the place or type was not named yet (`addNames`), `func`, `site` and `type` hold the
   * negative of its number, and `kind` of an allocation is 0.
   */
  readonly columnOffsets: Record<string, number>;
  readonly buffers: ArrayBuffer[];
  /**
   * Attach to `path` (e.g. /proc/PID/exe); one link an action. With `pid` other processes that
   * execute the file are not even trapped, unless `isFiltered` says that the kernel cannot.
   */
  attach(
    path: string,
    sites: ProbeSite[],
    pid?: number,
  ): { method: 'uprobe_multi' | 'perf_event'; isFiltered: boolean };
  /** A process that runs already, and what its loader added to the executable's addresses; only before `start`. */
  addProcess(pid: number, bias: bigint): void;
  /**
   * What happened to processes since the last call, in order: NOTICE_WORDS words each:
   * PROCESS_NOTICE, pid, parent's pid, time_ns, name (two words, padded with zeros), bias, wait
   * status. Starts of those that `addProcess` told are left out. `onBlock` is called for these too.
   */
  takeProcesses(): BigUint64Array;
  /** Goroutines that are alive before the first event; only before `start`. */
  addGoroutines(goroutines: GoroutineArrays): void;
  /**
   * Number sites before `start`, for goroutines that are older than the recording.
   *
   * @param words - three a site, as in `Block.newSites`
   * @returns their numbers, in order; equal sites have equal numbers
   */
  internSites(words: BigUint64Array): Int32Array;
  /** Sites numbered by `internSites` and not reported yet, as `Block.newSites`; only before `start`. */
  takeNewSites(): BigUint64Array;
  /**
   * What the next numbers of places and types, which begin at 1, become in rows that are drained
   * from now on: `func`, `site`, and `kind` of an allocation there; `type`. At any time.
   */
  addNames(names: {
    siteCount: number;
    func: Int32Array;
    site: Int32Array;
    kind: Int8Array;
    typeCount: number;
    type: Int32Array;
  }): void;
  /**
   * Move time_ns 0 to another CLOCK_MONOTONIC than the one given at open; only before `start`.
   * From this call or `start` on, whichever is first, hits become events: not while `attach`
   * places one probe after another.
   */
  setStart(startMonoNs: bigint): void;
  /**
   * Start draining; `onBlock` is called on the JS thread when a full block waits. It does not
   * keep the process alive.
   */
  start(pollMs: number, onBlock: () => void): void;
  /** Stop probing: at once no further events come into being. What is in the ring is still drained. */
  detach(): void;
  /**
   * The next block: a full one, or with `partial` what there is (after draining the ring).
   * Undefined when there is none, or no buffer is free: the ring may hold several blocks, so
   * after `detach` take and release until it is undefined. A loss after the last row belongs to
   * no block; `stats` has it.
   */
  takeBlock(partial: boolean): Block | undefined;
  releaseBlock(index: number): void;
  stats(): RecorderStats;
  /** Stop the thread, close links and maps. Idempotent. */
  close(): void;
}

/** A child that is stopped before exec. */
export interface StoppedChild {
  pid: number;
  /** Let it exec. Throws with `code` (ENOENT, EACCES, ...) when exec fails; the child is gone then. */
  release(): void;
}

export interface SpawnOptions {
  file: string;
  /** argv, argv[0] included. */
  args: string[];
  /** `KEY=value`. */
  env: string[];
  cwd: string;
  /** Run as this user, with its groups; absent: as we are. */
  uid?: number;
  gid?: number;
  groups?: number[];
}

export interface Native {
  /** Layout of `struct event` as the C++ compiler sees it, bytes; and the constants of bpf/event.h. */
  eventLayout(): {
    size: number;
    shortSize: number;
    fields: Record<string, number>;
    constants: Record<string, number>;
  };
  open(options: OpenOptions): NativeRecorder;
  /** fork; the child waits until `release`, then execs. stdio is inherited. */
  spawnStopped(options: SpawnOptions): StoppedChild;
  /** waitpid(pid, WNOHANG): undefined while it runs. */
  reap(pid: number): { exitCode: number } | { signal: number } | undefined;
  /** process_vm_readv; bytes that could be read, shorter at an unmapped page. */
  readMemory(pid: number, address: bigint, byteLength: number): Uint8Array;
  /** Many ranges at once; unreadable ones are zero-filled and false in `ok`. */
  readMemoryRanges(
    pid: number,
    addresses: BigUint64Array,
    byteLength: number,
  ): { bytes: Uint8Array; ok: Uint8Array };
  /** clock_gettime(CLOCK_MONOTONIC), ns. */
  monotonicNs(): bigint;
  /** What keeps BPF from working here: undefined when nothing does, else an errno name and the step. */
  probeSupport(): { step: string; code: string } | undefined;
  /** kill(pid, signal) for the child. */
  kill(pid: number, signal: number): void;
  /**
   * Every thread of this process keeps at most the capabilities of the mask (bit n: number n of
   * capabilities(7)) and can gain none by exec; for good.
   *
   * @returns threads that could not be reached and keep what they have
   */
  dropCapabilities(keep: bigint): number;
  /** What works for a thread of this user that has no capability: BPF map lookups, /proc/PID/stat. */
  withoutCapabilities(pid: number): { mapLookup: boolean; processStat: boolean };
  /** What kind of probes the kernel has; throws where `probeSupport` reports something. */
  kernelProbing(): { uprobeMulti: boolean; pidFilter: boolean };
  /**
   * flock(LOCK_EX | LOCK_NB): held until the descriptor is closed, by whatever end of this process.
   *
   * @returns false when another holds it; throws where the file system has no locks
   */
  lockFile(fd: number): boolean;
}

const require = createRequire(import.meta.url);

/** From src/record, and from dist/src/record after a build. */
const PLACES = ['../../build/Release/recorder.node', '../../../build/Release/recorder.node'];

/**
 * Load the addon.
 *
 * @throws Error MODULE_NOT_FOUND when it was not built; callers turn that into advice
 */
export function loadNative(): Native {
  const place = PLACES.find((path) => existsSync(new URL(path, import.meta.url)));
  return require(place ?? PLACES[0]!) as Native;
}
