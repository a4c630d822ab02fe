/** What goroutines are put into groups by. */
import { STATES } from '../../../src/format/event-columns.ts';
import { isSystemGoroutine } from '../../../src/format/system-goroutine.ts';
import { functionOf, type LaneTable } from './lane-table.ts';

/** `label KEY`: by the value that a profiler label has. */
export type Grouping = 'start function' | 'parent' | 'state' | `label ${string}`;

export const GROUPINGS: readonly Grouping[] = ['start function', 'parent', 'state'];

/** All there are of a recording whose goroutines have these labels. */
export function groupingsOf(labels: readonly { key: string }[] | undefined): Grouping[] {
  return [...GROUPINGS, ...(labels ?? []).map(({ key }) => `label ${key}` as const)];
}

/** Which group a lane is in. */
export interface GroupName {
  /** Stable over time. */
  key: string;
  name: string;
  isSystem: boolean;
}

const SYSTEM: GroupName = { key: '(system)', name: 'System', isSystem: true };

/** For each lane its group. What is not known yet falls back to the start function. */
export function groupNamer(table: LaneTable, grouping: Grouping): (lane: number) => GroupName {
  const byFunction = (lane: number): GroupName => {
    const name = functionOf(table, lane);
    return isSystemGoroutine(name) ? SYSTEM : { key: name, name, isSystem: false };
  };
  if (grouping === 'state') {
    const { states } = table;
    if (states === undefined) return byFunction;
    return (lane) => {
      const state = STATES[states[lane] ?? 0];
      const name = state === undefined || state === '' ? 'not there' : state;
      return { key: `(state ${name})`, name, isSystem: name === 'not there' || name === 'dead' };
    };
  }
  if (grouping.startsWith('label ')) {
    const column = table.labels?.find(({ key }) => key === grouping.slice('label '.length));
    if (column === undefined) return byFunction;
    return (lane) => {
      const value = column.values[column.valueOfLane[lane] ?? -1];
      return value === undefined
        ? { key: '(no label)', name: `no ${column.key}`, isSystem: true }
        : { key: `(label) ${value}`, name: `${column.key} = ${value}`, isSystem: false };
    };
  }
  return byFunction;
}
