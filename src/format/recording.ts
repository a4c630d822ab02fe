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
export interface MetricRow {
  timeNs: number;
  events: number;
  lost: number;
  recorderCpuNs: number;
  targetCpuNs: number;
  targetRssBytes: number;
  fileBytes: number;
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
  /** Part `checkpoint` only. */
  sinceNs?: BigInt64Array;
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
  /** Values by index; index 0 is "". */
  readonly dictionaries: Record<DictionaryColumn, readonly string[]>;
  readonly functions: readonly FunctionRow[];
  readonly sites: readonly SiteRow[];
  readonly types: readonly TypeRow[];
  readonly probes: readonly ProbeRow[];
  readonly metrics: readonly MetricRow[];
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
