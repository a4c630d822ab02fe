/** Questions of the page about what is around a span, or within an area, and their answers. */

/** One goroutine did something to another: woke it, created it. */
export interface Wake {
  fromLane: number;
  toLane: number;
  timeNs: number;
}

/** What is known of a span from all the others. */
export interface SpanAround {
  lane: number;
  startNs: number;
  /**
   * Ended spans of the same state and reason, of goroutines with the same start function, this
   * one among them when it has ended.
   */
  kin: { count: number; shorterCount: number; medianNs: number; longestNs: number };
  /** Who brought it into this state, and who ended it; the scheduler is nobody. */
  begunBy: Wake | undefined;
  endedBy: Wake | undefined;
  /** What the goroutine did to others meanwhile, in the order of time: the first `MOST_WAKES`. */
  wakes: Wake[];
  wakeCount: number;
}

/** A frame of a stack, innermost first. */
export interface ShownFrame {
  name: string;
  file: string;
  line: number;
  /** The compiler inlined the call. */
  inlined: boolean;
}

/** What only the recording's events and parts hold of a span; read when it is asked for. */
export interface SpanDetails {
  lane: number;
  startNs: number;
  /** Where the goroutine, or who woke it, was when the span began; empty where not recorded. */
  stack: ShownFrame[];
  /** Frames of it that are not in `stack`. */
  moreFrames: number;
  labels: { key: string; value: string }[];
  /** undefined where allocations were not recorded. */
  allocations: Allocations | undefined;
}

export interface Allocations {
  count: number;
  bytes: number;
  /** By bytes, the most first; those beyond the first few are left out. */
  types: { name: string; count: number; bytes: number }[];
  typeCount: number;
  /** Time up to which allocations were counted, when the span is too long to read all of it. */
  untilNs: number | undefined;
}

/** What one state, or waiting for one reason, amounts to within an area. */
export interface AreaShare {
  state: number;
  /** Index into the dictionary of `wait_reason`; 0 of other states. */
  reason: number;
  ns: number;
  spanCount: number;
}

export interface AreaFacts {
  startNs: number;
  endNs: number;
  /** Goroutines that lived in it. */
  goroutineCount: number;
  createdCount: number;
  endedCount: number;
  /** Spans that begin or end in it, or cover it. */
  spanCount: number;
  /** By time, the most first. */
  shares: AreaShare[];
  /** The longest, clipped to the area; those that cover all of it are not among them. */
  longest: { lane: number; startNs: number; state: number; reason: number; ns: number }[];
}

/** @property lanes - undefined: all */
export type ContextRequest =
  | { type: 'around'; id: number; lane: number; timeNs: number }
  | { type: 'details'; id: number; lane: number; timeNs: number }
  | { type: 'chain'; id: number; lane: number; timeNs: number; direction: 1 | -1 }
  | { type: 'area'; id: number; startNs: number; endNs: number; lanes: Int32Array | undefined };

export type ContextReply =
  | { type: 'around'; id: number; reply: SpanAround | undefined }
  | { type: 'details'; id: number; reply: SpanDetails | undefined }
  | { type: 'chain'; id: number; reply: { lane: number; timeNs: number } | undefined }
  | { type: 'area'; id: number; reply: AreaFacts | undefined };
