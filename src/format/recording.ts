/**
 * A recording opened for reading: its facts, its chunks, and their columns on demand.
 *
 * What `openRecording` of open-recording.ts gives. Nothing is held but the index, the dictionaries and the small parts. With a footer the
 * index is one read away; without one the messages' heads are walked. docs/format.md, "Layout".
 */
import type { FormatError } from './errors.ts';
import type {
  DictionaryColumn,
  EventArrays,
  EventColumn,
  EventName,
  LossCause,
} from './event-columns.ts';
import type { StoredColumns } from './stored-columns.ts';

/** Metadata of the Schema message, docs/format.md. */
export interface RecordingMeta {
  version: string;
  program: string;
  command: string[];
  comm: string;
  pid: number;
  goVersion: string;
  arch: string;
  host: string;
  kernel: string;
  startUnixNs: bigint;
  startMonoNs: bigint;
  groups: string[];
  launched: boolean;
  offsets: string;
  /** How bodies are compressed; undefined: not at all. */
  compression?: 'zstd' | 'zstd-parts' | undefined;
  /** What made this file of another, one sentence each, the oldest first; none of a recorder's. */
  history: string[];
  /** Some changes of state of goroutines that are in it were left out: states do not follow from it. */
  hasStateGaps?: true;
}

/** One row of part `index`. Times in ns since the recording started. */
export interface ChunkInfo {
  chunkIndex: number;
  byteOffset: number;
  metadataBytes: number;
  bodyBytes: number;
  rowCount: number;
  minNs: number;
  maxNs: number;
  /** Goroutines alive at its start. */
  goroutineCount: number;
  checkpointChunk: number;
  /** Byte of the checkpoint's message; -1 none (a file cut off before its first). */
  checkpointOffset: number;
  eventCounts: Record<EventName, number>;
  lost: Record<LossCause, number>;
}

/** The small side tables as they are read: rows of plain values. int64 is number where 2^53 is enough. */
export interface FunctionRow {
  func: number;
  name: string;
  file: string;
  startLine: number;
  entry: bigint;
}
export interface SiteRow {
  site: number;
  pc: bigint;
  func: number;
  file: string;
  line: number;
}
/** What a stack trace shows for one place in the code. */
export interface FrameRow {
  frame: number;
  /** Index into the dictionary of `func`. */
  func: number;
  file: string;
  line: number;
  /** The compiler inlined the call; the frame that follows holds its instructions. */
  inlined: boolean;
}
/**
 * Part `stacks`: a forest. A stack is a row and those its `parent` leads to, the innermost frame
 * first; a parent is before its children.
 */
export interface StackColumns {
  count: number;
  stack: Int32Array;
  /** The stack without its innermost frame; 0 none. */
  parent: Int32Array;
  /** Row of part `frames`. */
  frame: Int32Array;
}
export interface TypeRow {
  type: number;
  name: string;
  goKind: string;
  sizeBytes: number;
}
export interface ProbeRow {
  event: string;
  function: string;
  address: bigint;
  fileOffset: number;
  instruction: string;
  emulated: boolean;
  rule: string;
}
export interface ProcessRow {
  pid: number;
  /** 0 unknown. */
  parentPid: number;
  comm: string;
  /** JSON array of the arguments. */
  command: string;
  /** Ns since the recording started; -1 before. */
  startedNs: number;
  /** -1 not seen. */
  endedNs: number;
  /** -1 unknown. */
  exitCode: number;
  /** 0 none. */
  exitSignal: number;
  /** Added by the loader to the executable's addresses. */
  bias: bigint;
  /** Of a merge: the machine it ran on, the file it was recorded in, its number there. */
  host?: string;
  recording?: string;
  recordedPid?: number;
  /** Of a merge: when that recording began and ended. */
  recordedFromNs?: number;
  recordedUntilNs?: number;
}
export interface MetricRow {
  timeNs: number;
  events: number;
  lost: number;
  recorderCpuNs: number;
  targetCpuNs: number;
  targetRssBytes: number;
  fileBytes: number;
}
/** What somebody said while it was recorded. */
export interface MarkRow {
  /** Since the recording started. */
  timeNs: number;
  text: string;
}
/** One label of a set of profiler labels, as it was when a goroutine was given the set. */
export interface LabelRow {
  /** Of the event `go_labels`. */
  timeNs: number;
  pid: number;
  /** Address of the set. */
  object: bigint;
  key: string;
  value: string;
}
/** Part `goroutines` and `checkpoint`: columns, as they may be long. */
export interface GoroutineColumns {
  count: number;
  pid: Int32Array;
  goid: BigInt64Array;
  parentGoid: BigInt64Array;
  /** Index into the dictionary of `func`. */
  func: Int32Array;
  /** Part `goroutines` only: row of `sites`. */
  site?: Int32Array;
  state: Int8Array;
  waitReason: Int8Array;
  /**
   * Part `goroutines`, where recorded: about since when it waits, negative; -1
   * unknown. Part `checkpoint`: when its state began, -1 before the recording.
   */
  sinceNs?: BigInt64Array;
  /** Part `goroutines`, where recorded: its stack then, 0 none. */
  stack?: Int32Array;
  /** Part `goroutines`, where recorded: address of its set of profiler labels, 0 none. */
  labels?: BigInt64Array;
  /** Part `checkpoint` only. */
  createdNs?: BigInt64Array;
}

export interface Recording {
  readonly meta: RecordingMeta;
  /** Has its footer; otherwise it was cut off or is still being written. */
  readonly isComplete: boolean;
  /** Bytes understood: all of a complete file, up to the last whole message otherwise. */
  readonly byteLength: number;
  /**
   * What is wrong after `byteLength`, or with the footer; undefined when the bytes are sound
   * as far as they go. A file that just ends early is not complete, but not damaged.
   */
  readonly damage: FormatError | undefined;
  readonly chunks: readonly ChunkInfo[];
  /** The columns it has, and how they are stored; `readEvents` gives all of them, and wide. */
  readonly columns: StoredColumns;
  /** Values by index; index 0 is "". */
  readonly dictionaries: Record<DictionaryColumn, readonly string[]>;
  readonly functions: readonly FunctionRow[];
  readonly sites: readonly SiteRow[];
  readonly frames: readonly FrameRow[];
  readonly stacks: StackColumns;
  readonly types: readonly TypeRow[];
  readonly probes: readonly ProbeRow[];
  /** Empty in recordings older than the part. */
  readonly processes: readonly ProcessRow[];
  readonly metrics: readonly MetricRow[];
  /** Empty in recordings older than the parts, as are `labels`. */
  readonly marks: readonly MarkRow[];
  readonly labels: readonly LabelRow[];
  /** Alive before the recording began. */
  readonly goroutines: GoroutineColumns;
  /** Part `end`; empty until it is written. */
  readonly end: ReadonlyMap<string, string>;
  /** Largest time known, ns: `ended_ns`, else the last chunk's. */
  readonly endNs: number;
  /** Columns of a chunk; only their bytes are read. */
  readEvents<C extends EventColumn>(
    chunkIndex: number,
    columns: readonly C[],
  ): Promise<Pick<EventArrays, C>>;
  /** The nearest checkpoint at or before the chunk. */
  readCheckpoint(chunkIndex: number): Promise<{ chunkIndex: number; goroutines: GoroutineColumns }>;
  /** Take in what was appended since; true when there was something. */
  refresh(): Promise<boolean>;
}
