/** The rows of a recording: collector, processors by number, counters, groups; and their counts. */
import { countOf, formatCount } from '../format/format-count.ts';
import type { Summary } from '../worker/protocol.ts';
import type { LaneGroup } from './lane-groups.ts';
import {
  COLLECTOR_KEY,
  COUNTERS_KEY,
  layOutRows,
  PROCESSORS_KEY,
  type RowLayout,
} from './row-layout.ts';

/** A group of which more goroutines are to be shown is closed until it is opened. */
const OPEN_UP_TO = 200;

/** Whether a group's lanes are shown: as the user chose, else when they are not too many. */
export function isGroupOpen(group: LaneGroup, chosen: ReadonlyMap<string, boolean>): boolean {
  return chosen.get(group.key) ?? group.lanes.length <= OPEN_UP_TO;
}

/**
 * Lay out a recording.
 *
 * @param hidden - keys of groups that are not shown
 * @param chosen - by key of a group: opened or closed by the user; counters are closed at first
 */
export function rowsOfRecording(
  summary: Summary | undefined,
  groups: readonly LaneGroup[],
  chosen: ReadonlyMap<string, boolean>,
  counterCount = 0,
  hidden: ReadonlySet<string> = new Set(),
): RowLayout {
  const closed = new Set<string>();
  for (const group of groups) if (!isGroupOpen(group, chosen)) closed.add(group.key);
  for (const key of [COLLECTOR_KEY, PROCESSORS_KEY]) {
    if (chosen.get(key) === false) closed.add(key);
  }
  if (chosen.get(COUNTERS_KEY) !== true) closed.add(COUNTERS_KEY);
  const processors = summary?.processors ?? [];
  const lanes = processors.map((_, lane) => lane);
  lanes.sort((a, b) => processors[a]! - processors[b]!);
  const notes = {
    collector: countOf(summary?.cycles.startNs.length ?? 0, 'cycle'),
    processors: `${processors.length} P${busyNote(summary)}`,
    group: ({ lanes: shown, totalCount }: LaneGroup) =>
      shown.length === totalCount
        ? formatCount(totalCount)
        : `${formatCount(shown.length)} of ${formatCount(totalCount)}`,
  };
  return layOutRows(groups, closed, lanes, summary?.goid.length ?? 0, notes, counterCount, hidden);
}

/** The share of the processors' time in which goroutines ran, in whole percent. */
function busyNote(summary: Summary | undefined): string {
  if (summary === undefined || summary.loadedNs === 0 || summary.processors.length === 0) return '';
  const ranNs = summary.runningNs.reduce((sum, ns) => sum + ns, 0);
  const percent = (100 * ranNs) / (summary.loadedNs * summary.processors.length);
  return ` · ${Math.min(100, Math.round(percent))} % busy`;
}
