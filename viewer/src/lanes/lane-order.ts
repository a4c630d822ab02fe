/** In which order the goroutines of a group stand. */
import { functionOf, type LaneTable } from './lane-table.ts';

export const LANE_ORDERS = [
  'first seen',
  'id',
  'running time',
  'blocked time',
  'allocated',
  'name',
] as const;
export type LaneOrder = (typeof LANE_ORDERS)[number];

/** Sort lanes in place. What was not recorded leaves them as they were. */
export function sortLanes(lanes: number[], table: LaneTable, order: LaneOrder): void {
  const mostFirst = (values: Float64Array | undefined): void => {
    if (values !== undefined) {
      lanes.sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b);
    }
  };
  switch (order) {
    case 'first seen':
      lanes.sort((a, b) => table.firstNs[a]! - table.firstNs[b]! || a - b);
      break;
    case 'id':
      lanes.sort((a, b) => table.goid[a]! - table.goid[b]!);
      break;
    case 'running time':
      mostFirst(table.runningNs);
      break;
    case 'blocked time':
      mostFirst(table.blockedNs);
      break;
    case 'allocated':
      mostFirst(table.allocatedBytes);
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
