/** What the page gets of a recording besides its lanes: see series-reader.ts. */
import type { MarkRow, MetricRow } from '../../../src/format/recording.ts';
import type { EventTimes, Stretches } from '../transport/play-axis.ts';
import type { StateCurve } from './state-curve.ts';

/** Values at times, in order. */
export interface TimedValues {
  timeNs: Float64Array;
  value: Float64Array;
}

/** What goroutines were labelled with, of one key. */
export interface LabelColumn {
  key: string;
  values: string[];
  /** By lane: index into `values`, the last one it was given; -1 none. */
  valueOfLane: Int32Array;
}

export interface Series {
  /** Events that were read for it; a recording that grows has more later. */
  eventCount: number;
  /** Nothing happens and no goroutine runs. */
  idle: Stretches;
  events: EventTimes;
  /** Goroutines by state; undefined of a recording that is not read twice. */
  states: StateCurve | undefined;
  heapLive: TimedValues;
  heapGoal: TimedValues;
  /** When sweeping found no more to sweep. */
  sweepEndNs: Float64Array;
  /** Bytes allocated by bucket of time; undefined when allocations were not recorded. */
  allocated: { bucketNs: number; bytes: Float64Array } | undefined;
  metrics: readonly MetricRow[];
  marks: readonly MarkRow[];
  /** By lane; of goroutines that are not in it, 0. */
  allocatedBytes: Float64Array;
  blockedNs: Float64Array;
  labels: LabelColumn[];
}
