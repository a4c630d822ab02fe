/**
 * Which columns a recording gets, and how wide: chosen once, by what is known when it begins.
 *
 * A narrow column saves room in every event. Where a value does not fit after all it is counted
 * as a loss (docs/format.md, "Causes of loss"), so that narrow is chosen only where that is as
 * good as impossible.
 */
import { availableParallelism } from 'node:os';
import type { EventName } from '../format/event-columns.ts';
import {
  columnsOfEvents,
  NARROW_TYPES,
  WIDE_TYPES,
  type NarrowColumn,
  type StoredColumns,
} from '../format/stored-columns.ts';
import type { GoTarget } from './go-target.ts';
import type { StackDepths } from './stack-options.ts';

/**
 * A program of so many functions names 32,767 of them, or of their places and types, in no
 * recording that was seen: TypeScript's compiler has 36,000 and names 3,000.
 */
const MAX_FUNCTIONS = 65_536;
/** From here on 2^31 is a day away at 10,000 goroutines a second, and hours at the fastest. */
const MAX_GOID = 2 ** 30;
/** GOMAXPROCS is as a rule the number of CPUs; with more of them its numbers need two bytes. */
const MAX_CPUS = 64;

/** @param highestGoid - of the goroutines that live when the recording begins; Infinity: unknown */
export function chooseColumns(
  { plan, program, follow, processes }: GoTarget,
  stacks: StackDepths,
  highestGoid: number,
): StoredColumns {
  const { sites } = plan;
  const columns = columnsOfEvents(
    sites.flatMap(({ event }) => eventsOf(event)),
    {
      isOneProcess: follow.who === 'listed' && processes.length === 1,
      hasObjects: hasObjects(sites),
      hasStacks: Object.keys(stacks).length > 0,
    },
  );
  const isSmall = hasAtMost(program.functionNames(), MAX_FUNCTIONS);
  const isNarrow: Record<NarrowColumn, boolean> = {
    goid: highestGoid < MAX_GOID,
    by_goid: highestGoid < MAX_GOID,
    func: isSmall,
    site: isSmall,
    type: isSmall,
    p: availableParallelism() <= MAX_CPUS,
  };
  return Object.fromEntries(
    columns.map((column) => {
      const narrow = column as NarrowColumn;
      return [column, isNarrow[narrow] ? NARROW_TYPES[narrow] : WIDE_TYPES[column]];
    }),
  );
}

/** Whether some event fills the columns `object` and `value`; those of the collector do not. */
export function hasObjects(sites: readonly { group: string; call?: unknown }[]): boolean {
  return sites.some(({ group, call }) => call !== undefined && group !== 'gc');
}

/** What a probe of an event also tells of. */
function eventsOf(event: string): EventName[] {
  return (event === 'go_state' ? ['go_state', 'go_create', 'go_exit'] : [event]) as EventName[];
}

function hasAtMost(values: Iterable<unknown>, most: number): boolean {
  const iterator = values[Symbol.iterator]();
  for (let count = 0; count <= most; count++) if (iterator.next().done === true) return true;
  return false;
}
