/**
 * How many goroutines there were over the whole of a recording that is read piece by piece: by
 * state where it was read, elsewhere as many as the index says.
 */
import { STATES } from '../../../src/format/event-columns.ts';
import type { Recording } from '../../../src/format/recording.ts';
import { DensityGrid } from './group-density.ts';
import type { Summary } from './protocol.ts';
import type { LaneSpans } from './segment.ts';
import type { SegmentPlan } from './segment-plan.ts';

/** Buckets of the overview. */
const BUCKETS = 2048;
const DEAD = STATES.indexOf('dead');

export class PagedHistory {
  readonly #recording: Recording;
  readonly #grid: DensityGrid;

  constructor(recording: Recording) {
    this.#recording = recording;
    const endNs = Math.max(1, recording.endNs);
    const bucketNs = 2 ** Math.max(0, Math.ceil(Math.log2(endNs / BUCKETS)));
    this.#grid = new DensityGrid(0, endNs, bucketNs, STATES.length);
  }

  /** A segment was read; once for each. @param untilNs - where its goroutines are followed to */
  add({ lanes, spans }: LaneSpans, startNs: number, untilNs: number): void {
    for (let own = 0; own < lanes.length; own++) {
      if (spans.state[spans.last(own)] === 0) continue;
      this.#grid.addLane(spans, own, startNs, untilNs, untilNs);
    }
  }

  /**
   * Goroutines by state where it was read; elsewhere how many there were, as state 0.
   *
   * @param unread - the segments that were not
   */
  counts(unread: Iterable<SegmentPlan>, endNs: number): Summary['history'] {
    const { bucketNs, bucketCount, counts } = this.#grid.density();
    const stateCount = STATES.length;
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      counts[bucket * stateCount] = counts[bucket * stateCount + DEAD] = 0;
    }
    const { chunks } = this.#recording;
    const told = new DensityGrid(0, endNs, bucketNs, 1);
    for (const plan of unread) {
      for (let chunk = plan.firstChunk; chunk < plan.endChunk; chunk++) {
        const { minNs, goroutineCount } = chunks[chunk]!;
        const next = chunks[chunk + 1];
        const toNs = chunk + 1 < plan.endChunk && next !== undefined ? next.minNs : plan.endNs;
        told.add(0, Math.max(minNs, plan.startNs), toNs, goroutineCount);
      }
    }
    const density = told.density();
    for (let bucket = 0; bucket < Math.min(bucketCount, density.bucketCount); bucket++) {
      counts[bucket * stateCount] = density.counts[bucket]!;
    }
    return { bucketNs, bucketCount, counts };
  }
}
