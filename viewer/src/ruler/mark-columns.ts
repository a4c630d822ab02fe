/** Marks as columns, in order of time. */
import type { MarkRow } from '../../../src/format/recording.ts';
import type { MarkColumns } from './paint-ruler.ts';

/** @param marks - in any order; their texts are fit to be shown */
export function markColumns(marks: readonly MarkRow[] = []): MarkColumns {
  const sorted = marks.toSorted((a, b) => a.timeNs - b.timeNs);
  return {
    timeNs: Float64Array.from(sorted, ({ timeNs }) => timeNs),
    text: sorted.map(({ text }) => text),
  };
}
