/** How unusual a span's duration is among its like, in words. */
import { formatCount } from '../format/format-count.ts';
import { formatDuration } from '../format/format-duration.ts';
import type { SpanAround } from '../worker/context-protocol.ts';

/**
 * e.g. `p97 of 1 204, median 38 µs`: of spans in the same state for the same reason
 * of goroutines with the same start function.
 *
 * @param lengthNs - of the span
 * @returns undefined when there is nothing to compare it with
 */
export function kinWords(kin: SpanAround['kin'], lengthNs: number): string | undefined {
  const { count, shorterCount, medianNs, longestNs } = kin;
  if (count < 2) return undefined;
  const median = `median ${formatDuration(medianNs)}`;
  if (lengthNs >= longestNs) return `longest of ${formatCount(count)}, ${median}`;
  return `p${Math.floor((100 * shorterCount) / count)} of ${formatCount(count)}, ${median}`;
}
