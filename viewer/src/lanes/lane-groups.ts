/**
 * Goroutines put into groups by start function: filtered, sorted, system goroutines last.
 * Pure; lanes are numbers, so that a hundred thousand of them cost little.
 */
import { isSystemGoroutine } from '../../../src/format/system-goroutine.ts';
import type { Summary } from '../worker/protocol.ts';

export type LaneOrder = 'first seen' | 'id' | 'running time' | 'name';
export const LANE_ORDERS: readonly LaneOrder[] = ['first seen', 'id', 'running time', 'name'];

export interface LaneGroup {
  /** Stable over time: the start function's name, or `(system)`. */
  key: string;
  name: string;
  /** Lanes shown, in order. */
  lanes: Int32Array;
  /** Goroutines of the group, shown or not. */
  totalCount: number;
  isSystem: boolean;
}

export interface LaneFilter {
  /** `g12`, `12` or a part of the start function's name; empty for all. */
  text: string;
  order: LaneOrder;
  /** Only goroutines that lived within these ns; undefined for all. */
  livedWithin?: { startNs: number; endNs: number } | undefined;
}

type LaneTable = Pick<Summary, 'goid' | 'func' | 'functions' | 'firstNs' | 'endedNs' | 'runningNs'>;

/** Name for a goroutine whose start function is not known. */
export const UNKNOWN_FUNCTION = '(unknown)';

/** The start function of a lane. */
export function functionOf(table: Pick<Summary, 'func' | 'functions'>, lane: number): string {
  const name = table.functions[table.func[lane]!];
  return name === undefined || name === '' ? UNKNOWN_FUNCTION : name;
}

/** All groups with at least one lane to show. */
export function groupLanes(table: LaneTable, filter: LaneFilter): LaneGroup[] {
  const wanted = matcher(filter.text);
  /** By index of the function: whether its name matches. */
  const nameMatches = table.functions.map((name) =>
    wanted.name(name === '' ? UNKNOWN_FUNCTION : name),
  );
  const collected = new Map<
    string,
    { name: string; isSystem: boolean; lanes: number[]; total: number }
  >();
  for (let lane = 0; lane < table.goid.length; lane++) {
    const name = functionOf(table, lane);
    const isSystem = isSystemGoroutine(name);
    const key = isSystem ? '(system)' : name;
    let group = collected.get(key);
    if (group === undefined) {
      group = { name: isSystem ? 'System' : name, isSystem, lanes: [], total: 0 };
      collected.set(key, group);
    }
    group.total++;
    if (nameMatches[table.func[lane]!] !== true && !wanted.goid(table.goid[lane]!)) continue;
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
    sortLanes(lanes, table, filter.order);
    groups.push({ key, name, isSystem, lanes: Int32Array.from(lanes), totalCount: total });
  }
  // Sorting is stable: within the halves groups stay in the order in which they were first seen.
  groups.sort((a, b) => Number(a.isSystem) - Number(b.isSystem));
  if (filter.order === 'name') {
    groups.sort((a, b) => Number(a.isSystem) - Number(b.isSystem) || (a.name < b.name ? -1 : 1));
  }
  return groups;
}

function sortLanes(lanes: number[], table: LaneTable, order: LaneOrder): void {
  switch (order) {
    case 'first seen':
      lanes.sort((a, b) => table.firstNs[a]! - table.firstNs[b]! || a - b);
      break;
    case 'id':
      lanes.sort((a, b) => table.goid[a]! - table.goid[b]!);
      break;
    case 'running time':
      lanes.sort((a, b) => table.runningNs[b]! - table.runningNs[a]! || a - b);
      break;
    case 'name': {
      // Within a group of one function names differ only among system goroutines.
      const names = new Map(lanes.map((lane) => [lane, functionOf(table, lane)]));
      lanes.sort((a, b) => {
        const [left, right] = [names.get(a)!, names.get(b)!];
        return left === right ? table.goid[a]! - table.goid[b]! : left < right ? -1 : 1;
      });
      break;
    }
  }
}

function matcher(text: string): {
  name: (name: string) => boolean;
  goid: (goid: number) => boolean;
} {
  const trimmed = text.trim();
  const id = /^[gG]?(\d+)$/.exec(trimmed)?.[1];
  const part = trimmed.toLowerCase();
  return {
    name: (name) => part === '' || (id === undefined && name.toLowerCase().includes(part)),
    goid: (goid) => id !== undefined && goid === Number(id),
  };
}
