/**
 * The rows of the lane area from top to bottom: what each shows and where it stands. Rows
 * are columns of numbers, found by bisection, so that scrolling does not depend on how many
 * there are.
 */
import { formatCount } from '../format/format-count.ts';
import { PINNED_KEY, type LaneGroup } from './lane-groups.ts';

export const LANE_PX = 18;
export const GROUP_PX = 24;
export const COUNTER_PX = 36;

/** What a row shows. */
export const ROW_GROUP = 0;
export const ROW_GOROUTINE = 1;
export const ROW_PROCESSOR = 2;
export const ROW_COLLECTOR = 3;
export const ROW_COUNTER = 4;

export const COLLECTOR_KEY = '(gc)';
export const PROCESSORS_KEY = '(processors)';
export const COUNTERS_KEY = '(counters)';

export interface RowLayout {
  count: number;
  kind: Uint8Array;
  /** A group's index in `headers`; a lane's or counter's number; 0 for the collector. */
  index: Int32Array;
  /** How deep a goroutine stands in its tree; 0 without one. */
  depth: Uint16Array;
  /** Top edge, CSS pixels from the top of the first row. */
  topPx: Float64Array;
  heightPx: number;
  headers: GroupHeader[];
  /** By lane of a goroutine: its row, or -1 when it is not shown. */
  rowOfLane: Int32Array;
}

export interface GroupHeader {
  key: string;
  name: string;
  /** At the right of the row, e.g. `37 of 1 902`. */
  note: string;
  isOpen: boolean;
  /** Undefined for the collector, the processors and the counters. */
  group: LaneGroup | undefined;
}

/**
 * Lay out all rows.
 *
 * @param closed - keys of the groups of which only the header is shown
 * @param processorLanes - lanes of processors, in the order to show them
 * @param laneCount - number of goroutine lanes there are
 * @param counterCount - counters there are
 * @param hidden - keys of groups that are not shown; goroutines' are not among `groups` then
 */
export function layOutRows(
  groups: readonly LaneGroup[],
  closed: ReadonlySet<string>,
  processorLanes: readonly number[],
  laneCount: number,
  notes: { collector: string; processors: string; group: (group: LaneGroup) => string },
  counterCount = 0,
  hidden: ReadonlySet<string> = new Set(),
): RowLayout {
  let rows = 4 + counterCount + groups.length + processorLanes.length;
  for (const { key, lanes } of groups) if (!closed.has(key)) rows += lanes.length;
  const layout: RowLayout = {
    count: 0,
    kind: new Uint8Array(rows),
    index: new Int32Array(rows),
    depth: new Uint16Array(rows),
    topPx: new Float64Array(rows),
    heightPx: 0,
    headers: [],
    rowOfLane: new Int32Array(laneCount).fill(-1),
  };
  const add = (kind: number, index: number, depth = 0): void => {
    const row = layout.count++;
    layout.kind[row] = kind;
    layout.index[row] = index;
    layout.depth[row] = depth;
    layout.topPx[row] = layout.heightPx;
    layout.heightPx += heightOfKind(kind);
    if (kind === ROW_GOROUTINE) layout.rowOfLane[index] = row;
  };
  const addHeader = (key: string, name: string, note: string, group?: LaneGroup): boolean => {
    if (hidden.has(key)) return false;
    const isOpen = !closed.has(key);
    add(ROW_GROUP, layout.headers.length);
    layout.headers.push({ key, name, note, isOpen, group });
    return isOpen;
  };
  const addGroup = (group: LaneGroup): void => {
    if (!addHeader(group.key, group.name, notes.group(group), group)) return;
    for (const [i, lane] of group.lanes.entries()) add(ROW_GOROUTINE, lane, group.depths?.[i]);
  };
  const pinned = groups.find(({ key }) => key === PINNED_KEY);
  if (pinned !== undefined) addGroup(pinned);
  if (addHeader(COLLECTOR_KEY, 'Garbage collector', notes.collector)) add(ROW_COLLECTOR, 0);
  if (processorLanes.length > 0 && addHeader(PROCESSORS_KEY, 'Processors', notes.processors)) {
    for (const lane of processorLanes) add(ROW_PROCESSOR, lane);
  }
  if (counterCount > 0 && addHeader(COUNTERS_KEY, 'Counters', formatCount(counterCount))) {
    for (let counter = 0; counter < counterCount; counter++) add(ROW_COUNTER, counter);
  }
  for (const group of groups) if (group !== pinned) addGroup(group);
  return layout;
}

/** The row at a height; -1 above the first or below the last. */
export function rowAt(layout: RowLayout, yPx: number): number {
  if (yPx < 0 || yPx >= layout.heightPx) return -1;
  let low = 0;
  let high = layout.count;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (layout.topPx[middle]! <= yPx) low = middle;
    else high = middle;
  }
  return low;
}

/** Height of a row, CSS pixels. */
export function rowHeightPx(layout: RowLayout, row: number): number {
  return heightOfKind(layout.kind[row]!);
}

/** Rows that are at least partly visible: [first, end). */
export function visibleRows(
  layout: RowLayout,
  scrollPx: number,
  viewPx: number,
): { first: number; end: number } {
  if (layout.count === 0) return { first: 0, end: 0 };
  const first = Math.max(0, rowAt(layout, Math.max(0, Math.min(scrollPx, layout.heightPx - 1))));
  let end = first;
  while (end < layout.count && layout.topPx[end]! < scrollPx + viewPx) end++;
  return { first, end };
}

function heightOfKind(kind: number): number {
  return kind === ROW_GROUP ? GROUP_PX : kind === ROW_COUNTER ? COUNTER_PX : LANE_PX;
}
