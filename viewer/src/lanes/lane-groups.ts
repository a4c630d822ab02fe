/**
 * Goroutines put into groups: chosen, sorted, what Go itself started last. Pure; lanes are
 * numbers, so that a hundred thousand of them cost little.
 */
import { groupNamer, type Grouping } from './lane-grouping.ts';
import { laneMatcher } from './lane-match.ts';
import { sortLanes, type LaneOrder } from './lane-order.ts';
import { functionOf, type LaneTable } from './lane-table.ts';
import { laneTrees } from './lane-tree.ts';

export { functionOf, UNKNOWN_FUNCTION } from './lane-table.ts';

export interface LaneGroup {
  /** Stable over time: the start function's name, or `(system)`. */
  key: string;
  name: string;
  /** Lanes shown, in order. */
  lanes: Int32Array;
  /** Of a tree: how deep each lane stands. */
  depths?: number[];
  /** Goroutines of the group, shown or not. */
  totalCount: number;
  isSystem: boolean;
}

export interface LaneFilter {
  /** What laneMatcher understands; empty for all. */
  text: string;
  order: LaneOrder;
  /** By start function when undefined. */
  grouping?: Grouping;
  /** Only goroutines that lived within these ns; undefined for all. */
  livedWithin?: { startNs: number; endNs: number } | undefined;
  /** Lanes that are shown above all others, and lanes and groups (by key) that are not shown. */
  pinned?: ReadonlySet<number>;
  hidden?: ReadonlySet<number>;
  hiddenGroups?: ReadonlySet<string>;
}

export const PINNED_KEY = '(pinned)';

/** All groups with at least one lane to show. */
export function groupLanes(table: LaneTable, filter: LaneFilter): LaneGroup[] {
  const { order, grouping = 'start function', pinned, hidden, hiddenGroups } = filter;
  const { matches } = laneMatcher(filter.text);
  const nameOf = groupNamer(table, grouping);
  const collected = new Map<
    string,
    { name: string; isSystem: boolean; lanes: number[]; total: number }
  >();
  const pinnedLanes: number[] = [];
  for (let lane = 0; lane < table.goid.length; lane++) {
    const { key, name, isSystem } = nameOf(lane);
    let group = collected.get(key);
    if (group === undefined) {
      group = { name, isSystem, lanes: [], total: 0 };
      collected.set(key, group);
    }
    group.total++;
    if (pinned?.has(lane) === true) {
      pinnedLanes.push(lane);
      continue;
    }
    if (hidden?.has(lane) === true || hiddenGroups?.has(key) === true) continue;
    if (!matches(functionOf(table, lane), table.goid[lane]!)) continue;
    const within = filter.livedWithin;
    if (
      within !== undefined &&
      (table.firstNs[lane]! > within.endNs || table.endedNs[lane]! < within.startNs)
    ) {
      continue;
    }
    group.lanes.push(lane);
  }
  const groups: LaneGroup[] = [];
  for (const [key, { name, isSystem, lanes, total }] of collected) {
    if (lanes.length === 0) continue;
    sortLanes(lanes, table, order);
    if (grouping === 'parent' && !isSystem) continue;
    groups.push({ key, name, isSystem, lanes: Int32Array.from(lanes), totalCount: total });
  }
  if (grouping === 'parent') groups.unshift(...treeGroups(table, collected.values(), order));
  // What there is many of comes first: servers have dozens of goroutines that are the only ones of
  // their kind. Sorting is stable: otherwise groups stay in the order in which they were first seen.
  const place = ({ isSystem, totalCount }: LaneGroup): number =>
    isSystem ? 2 : totalCount === 1 && grouping !== 'state' ? 1 : 0;
  groups.sort((a, b) => place(a) - place(b));
  if (order === 'name') {
    groups.sort((a, b) => Number(a.isSystem) - Number(b.isSystem) || (a.name < b.name ? -1 : 1));
  }
  if (pinnedLanes.length > 0) {
    sortLanes(pinnedLanes, table, order);
    const lanes = Int32Array.from(pinnedLanes);
    const totalCount = lanes.length;
    groups.unshift({ key: PINNED_KEY, name: 'Pinned', isSystem: false, lanes, totalCount });
  }
  return groups;
}

/** A group for each goroutine that has started others, and one for all that have no family. */
function treeGroups(
  table: LaneTable,
  collected: Iterable<{ isSystem: boolean; lanes: number[] }>,
  order: LaneOrder,
): LaneGroup[] {
  const lanes: number[] = [];
  for (const group of collected)
    if (!group.isSystem) for (const lane of group.lanes) lanes.push(lane);
  sortLanes(lanes, table, order);
  const groups: LaneGroup[] = [];
  const alone: number[] = [];
  for (const tree of laneTrees(lanes, table)) {
    const root = tree.lanes[0]!;
    if (tree.lanes.length === 1) {
      alone.push(root);
      continue;
    }
    const key = `(tree) ${table.pid?.[root] ?? 0}:${table.goid[root]!}`;
    const name = `g${table.goid[root]!} ${functionOf(table, root)}`;
    const { depths } = tree;
    const totalCount = tree.lanes.length;
    groups.push({
      key,
      name,
      isSystem: false,
      lanes: Int32Array.from(tree.lanes),
      depths,
      totalCount,
    });
  }
  if (alone.length > 0) {
    const key = '(no family)';
    const totalCount = alone.length;
    groups.push({
      key,
      name: 'no parent or child shown',
      isSystem: false,
      lanes: Int32Array.from(alone),
      totalCount,
    });
  }
  return groups;
}
