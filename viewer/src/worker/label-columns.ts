/** Profiler labels by lane: for each key the value that a goroutine was given last. */
import type { LabelRow } from '../../../src/format/recording.ts';
import { shownName } from '../format/shown-name.ts';
import type { GoroutineSums } from './goroutine-sums.ts';
import type { LabelColumn } from './series.ts';

/**
 * @param rows - of part `labels`, in the order of the file
 * @param placeOfLane - place of a lane's goroutine among the sums; -1 none
 */
export function labelColumns(
  rows: readonly LabelRow[],
  sums: GoroutineSums,
  placeOfLane: Int32Array,
): LabelColumn[] {
  if (rows.length === 0) return [];
  /** Rows of a set: a later set may have the address of an earlier one. */
  const ofSet = new Map<string, LabelRow[]>();
  for (const row of rows) {
    const name = `${row.pid} ${row.object}`;
    const list = ofSet.get(name);
    if (list === undefined) ofSet.set(name, [row]);
    else list.push(row);
  }
  const columns = new Map<string, { column: LabelColumn; indexOf: Map<string, number> }>();
  for (const [lane, at] of placeOfLane.entries()) {
    if (at < 0 || sums.lastLabels[at] === 0n) continue;
    const set = ofSet.get(`${sums.pid[at]!} ${sums.lastLabels[at]!}`) ?? [];
    const givenNs = sums.lastLabelledNs[at]!;
    const sinceNs = set.reduce(
      (latest, { timeNs }) => (timeNs <= givenNs ? Math.max(latest, timeNs) : latest),
      -1,
    );
    for (const { key, value, timeNs } of set) {
      if (timeNs !== sinceNs) continue;
      let entry = columns.get(key);
      if (entry === undefined) {
        const valueOfLane = new Int32Array(placeOfLane.length).fill(-1);
        entry = { column: { key, values: [], valueOfLane }, indexOf: new Map<string, number>() };
        columns.set(key, entry);
      }
      let index = entry.indexOf.get(value);
      if (index === undefined) {
        index = entry.column.values.push(value) - 1;
        entry.indexOf.set(value, index);
      }
      entry.column.valueOfLane[lane] = index;
    }
  }
  return [...columns.values()].map(({ column: { key, values, valueOfLane } }) => ({
    key: shownName(key),
    values: values.map((value) => shownName(value)),
    valueOfLane,
  }));
}
