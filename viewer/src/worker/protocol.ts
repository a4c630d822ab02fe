/**
 * What the page and the worker that owns the recording say to each other.
 *
 * The worker holds all spans; the page asks for what it is about to draw and gets typed
 * arrays that are moved, not copied. Lane numbers are those of SpanBuilder.
 */
import type { LossCause } from '../../../src/format/event-columns.ts';
import type { ProbeRow, RecordingMeta, SiteRow } from '../../../src/format/recording.ts';
import type { ContextReply, ContextRequest } from './context-protocol.ts';
import type { GroupDensity } from './group-density.ts';
import type { LaneMarks } from './lane-window.ts';
import type { LaneStates } from './lane-states.ts';
import type { Series } from './series.ts';

/** Where the recording is. */
export type SourceRequest =
  { kind: 'file'; file: File } | { kind: 'server'; baseUrl: string; token: string };

/** What is about to be drawn. */
export interface WindowRequest {
  startNs: number;
  endNs: number;
  /** Shorter spans are joined: a power of two of ns. */
  bucketNs: number;
  /** Lanes of goroutines, and of processors. */
  lanes: Int32Array;
  processors: Int32Array;
  /** Closed groups: the lanes of each. */
  groups: { key: string; lanes: Int32Array }[];
  /** Width of a bucket of a closed group, ns. */
  densityNs: number;
  /** The answer may wait until what is missing was read; otherwise it is given at once. */
  mayRead?: boolean;
}

export interface WindowReply {
  request: WindowRequest;
  marks: LaneMarks;
  processorMarks: LaneMarks;
  densities: Map<string, GroupDensity>;
  /** There is more to be had: the same may be asked with `mayRead`. */
  isCoarse?: boolean;
  /** Where nothing was read: what is drawn there is how it was before. In order. */
  unread?: { startNs: number; endNs: number; eventCount: number }[];
  /** What ends here may go on: no more was looked at. */
  cutNs?: number;
}

/** A span and what is around it. */
export interface SpanFacts {
  goid: number;
  lane: number;
  startNs: number;
  endNs: number;
  /** It has not ended: `endNs` is the recording's end for now. */
  isOpen: boolean;
  /** Indices into STATES and the dictionary of `wait_reason`. */
  state: number;
  reason: number;
  /** -1 unknown. */
  p: number;
  /** 0 unknown. */
  tid: number;
  /** The goroutine that brought it into this state; 0 the scheduler or unknown. */
  byGoid: number;
  /** The one that ended it, e.g. the waker; 0 the scheduler or unknown. */
  endedByGoid: number;
}

/** A goroutine over the whole recording. */
export interface GoroutineFacts {
  lane: number;
  spanCount: number;
  /** ns in each state, by index into STATES. */
  stateNs: Float64Array;
  /** ns waiting for each reason, by index into the dictionary of `wait_reason`. */
  reasonNs: Float64Array;
  childCount: number;
}

export interface SpanReply {
  span: SpanFacts;
  /** Spans before and after, in order, this one among them. */
  neighbours: SpanFacts[];
  goroutine: GoroutineFacts;
}

/** Intervals in order. */
export interface IntervalColumns {
  startNs: Float64Array;
  /** `Infinity` while open. */
  endNs: Float64Array;
  kind: Uint8Array;
}

/** A chunk in which events were lost. */
export interface LossInterval {
  startNs: number;
  endNs: number;
  lost: Record<LossCause, number>;
  total: number;
}

/** Everything the page knows of all lanes; sent anew as the recording is read or grows. */
export interface Summary {
  /** Largest time known, and how far has been read, ns. */
  endNs: number;
  loadedNs: number;
  isLoading: boolean;
  /** Bytes still come. */
  isLive: boolean;
  /** The connection to the server is lost. */
  isBroken: boolean;
  /** The file has its footer. */
  isComplete: boolean;
  /** What is wrong with the bytes after those that are shown. */
  damage: string | undefined;
  eventCount: number;
  /** Of a recording too long to be held: the part of its events that was read, 0 to 1. */
  readShare?: number;
  lostCount: number;
  losses: LossInterval[];
  /** By lane of a goroutine. */
  goid: Float64Array;
  pid: Int32Array;
  parentGoid: Float64Array;
  func: Int32Array;
  site: Int32Array;
  createdNs: Float64Array;
  firstNs: Float64Array;
  /** When it ended; `Infinity` while it lives. */
  endedNs: Float64Array;
  runningNs: Float64Array;
  /** Number of the P, by lane of a processor. */
  processors: number[];
  /** Its process, as `processors`. */
  processorPids: number[];
  /** Processes that have goroutines. */
  processCount: number;
  /** Dictionary of `func`. */
  functions: readonly string[];
  waitReasons: readonly string[];
  kinds: readonly string[];
  cycles: IntervalColumns;
  stops: IntervalColumns;
  /** Goroutines by bucket and state; of state 0 are those whose state was not read. */
  history: { bucketNs: number; bucketCount: number; counts: Float32Array };
  /** Time of the first event that came since the summary before, ns; undefined: none did. */
  freshFromNs?: number | undefined;
  /** When this was put together, for measuring how long it takes to be drawn: Unix ms. */
  madeAtMs: number;
}

export interface Opened {
  meta: RecordingMeta;
  fileName: string;
}

/** Small side tables; sent again when they have grown. */
export interface Parts {
  sites: readonly SiteRow[];
  probes: readonly ProbeRow[];
}

export type ToWorker =
  | { type: 'open'; source: SourceRequest }
  | { type: 'window'; id: number; request: WindowRequest }
  | { type: 'span'; id: number; lane: number; timeNs: number }
  | { type: 'step'; id: number; lane: number; timeNs: number; direction: 1 | -1 }
  | { type: 'states'; id: number; timeNs: number }
  | { type: 'series'; id: number }
  | ContextRequest;

export type FromWorker =
  | { type: 'opened'; opened: Opened }
  | { type: 'summary'; summary: Summary }
  | { type: 'parts'; parts: Parts }
  | { type: 'failed'; message: string }
  | { type: 'window'; id: number; reply: WindowReply }
  | { type: 'span'; id: number; reply: SpanReply | undefined }
  | { type: 'step'; id: number; timeNs: number | undefined }
  | { type: 'states'; id: number; reply: LaneStates | undefined }
  | { type: 'series'; id: number; reply: Series | undefined }
  | ContextReply;
