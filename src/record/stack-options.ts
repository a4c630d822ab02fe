/** `--stacks GROUPS[=DEPTH]`: of which events the stack is recorded, and how deep. */
import { EVENTS } from '../format/event-columns.ts';
import { UserError } from '../format/errors.ts';
import { EVENT_GROUPS, type EventGroup } from './event-groups.ts';

/** Frames at the most, by group; absent: none are recorded. */
export type StackDepths = Partial<Record<EventGroup, number>>;

const GROUPS = Object.keys(EVENT_GROUPS) as EventGroup[];

export const DEFAULT_STACK_DEPTH = 32;
/** STACK_DEPTH_MAX of bpf/stack-record.h. */
export const MAX_STACK_DEPTH = 128;

/**
 * Parse `--stacks`.
 *
 * @param text - `alloc,sched=64`; `all` is every group that has stacks
 * @throws UserError naming what is wrong
 */
export function parseStacks(text: string): StackDepths {
  const depths: StackDepths = {};
  for (const item of text.split(',').map((part) => part.trim())) {
    if (item === '') continue;
    const [name, depth] = item.split('=', 2) as [string, string | undefined];
    const frames = depth === undefined ? DEFAULT_STACK_DEPTH : Number(depth);
    if (!/^\d+$/.test(depth ?? '1') || frames < 1 || frames > MAX_STACK_DEPTH) {
      throw new UserError(
        `'${depth ?? ''}' is no depth of a stack`,
        `frames, 1 to ${MAX_STACK_DEPTH}`,
      );
    }
    const groups = GROUPS.filter((group) => name === 'all' || name === group);
    if (groups.length === 0) {
      throw new UserError(`there is no group '${name}'`, `groups: ${GROUPS.join(', ')}, all`);
    }
    for (const group of groups) depths[group] = frames;
  }
  if (Object.keys(depths).length === 0) {
    throw new UserError('no group given', `groups: ${GROUPS.join(', ')}, all`);
  }
  return depths;
}

/**
 * The depths of what is recorded.
 *
 * @throws UserError when stacks are wanted of a group that is not recorded, unless of all
 */
export function stacksOf(depths: StackDepths, groups: readonly EventGroup[]): StackDepths {
  const entries = Object.entries(depths) as [EventGroup, number][];
  const isAll = entries.length === GROUPS.length;
  const missing = entries.find(([group]) => !groups.includes(group));
  if (missing !== undefined && !isAll) {
    throw new UserError(
      `stacks of '${missing[0]}' are wanted, but its events are not recorded`,
      `--events ${[...groups, missing[0]].join(',')}`,
    );
  }
  return Object.fromEntries(entries.filter(([group]) => groups.includes(group)));
}

/** What of a probe's plan decides on its stacks. */
interface StackSite {
  group: EventGroup;
  event: string;
  call?: { site?: unknown };
}

/**
 * Bit n: events of kind n carry the number of a stack.
 *
 * Those of casgstatus and its like are creations and changes of state; who ends has no stack.
 */
export function stackKinds(sites: readonly StackSite[], stacks: StackDepths): bigint {
  return sites
    .filter(({ group }) => stacks[group] !== undefined)
    .flatMap(({ group, event }) => (group === 'sched' ? ['go_create', 'go_state'] : [event]))
    .reduce((kinds, event) => kinds | (1n << BigInt(numberOf(event))), 0n);
}

/** Numbers of the events whose function and line are told by their stack. */
export function tellingEvents(
  sites: readonly StackSite[],
  stacks: StackDepths,
): ReadonlySet<number> {
  return new Set(
    sites
      .filter(({ group, event, call }) => {
        return stacks[group] !== undefined && (event === 'alloc' || call?.site !== undefined);
      })
      .map(({ event }) => numberOf(event)),
  );
}

function numberOf(event: string): number {
  return (EVENTS as readonly string[]).indexOf(event);
}
