/**
 * A long recording cut into segments: chunks that can be understood without those before, as a
 * checkpoint stands before the first. From the index alone; nothing is read.
 */
import type { ChunkInfo } from '../../../src/format/recording.ts';

/** A segment has at least so many rows, where the recording has them. */
const LEAST_ROWS = 32_768;

export interface SegmentPlan {
  firstChunk: number;
  /** The chunk after the last one. */
  endChunk: number;
  rowCount: number;
  /** Bytes of its chunks in the file. */
  sizeBytes: number;
  /** Goroutines alive at its start. */
  goroutineCount: number;
  startNs: number;
  /** Where the next one starts; of the last one the time of its last event. */
  endNs: number;
}

/** Segments in the order of the file. Without rows there is none. */
export function planSegments(chunks: readonly ChunkInfo[]): SegmentPlan[] {
  const plans: SegmentPlan[] = [];
  for (const chunk of chunks) {
    let last = plans.at(-1);
    const hasCheckpoint = chunk.checkpointChunk === chunk.chunkIndex && chunk.checkpointOffset >= 0;
    if (last === undefined || (hasCheckpoint && last.rowCount >= LEAST_ROWS)) {
      // Chunks may begin some microseconds before the one before them ended.
      const startNs = last === undefined ? 0 : Math.max(chunk.minNs, last.startNs);
      if (last !== undefined) last.endNs = startNs;
      last = {
        firstChunk: chunk.chunkIndex,
        endChunk: chunk.chunkIndex,
        rowCount: 0,
        sizeBytes: 0,
        goroutineCount: chunk.goroutineCount,
        startNs,
        endNs: startNs,
      };
      plans.push(last);
    }
    last.endChunk = chunk.chunkIndex + 1;
    last.rowCount += chunk.rowCount;
    last.sizeBytes += chunk.metadataBytes + chunk.bodyBytes;
    last.endNs = Math.max(last.endNs, chunk.maxNs);
  }
  return plans;
}

/** The segments that a stretch of time touches: [first, end). */
export function segmentsWithin(
  plans: readonly SegmentPlan[],
  startNs: number,
  endNs: number,
): { first: number; end: number } {
  const first = segmentAt(plans, startNs);
  let end = Math.min(first + 1, plans.length);
  while (end < plans.length && plans[end]!.startNs < endNs) end++;
  return { first, end };
}

/** The segment in which a time lies: the last that starts at or before it, else the first. */
export function segmentAt(plans: readonly SegmentPlan[], timeNs: number): number {
  let low = 0;
  let high = plans.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (plans[middle]!.startNs <= timeNs) low = middle;
    else high = middle;
  }
  return low;
}
