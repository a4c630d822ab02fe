/** `--stacks GROUPS[=DEPTH]`: of which events the stack is recorded, and how deep. */
import { UserError } from '../format/errors.ts';
import type { EventGroup } from './event-groups.ts';

/** Groups whose events have a stack. */
export const STACK_GROUPS = ['sched', 'alloc', 'gc'] as const satisfies readonly EventGroup[];
export type StackGroup = (typeof STACK_GROUPS)[number];

/** Frames at the most, by group; absent: none are recorded. */
export type StackDepths = Partial<Record<StackGroup, number>>;

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
    const groups = STACK_GROUPS.filter((group) => name === 'all' || name === group);
    if (groups.length === 0) {
      throw new UserError(
        `there are no stacks of '${name}'`,
        `groups with stacks: ${STACK_GROUPS.join(', ')}, all`,
      );
    }
    for (const group of groups) depths[group] = frames;
  }
  if (Object.keys(depths).length === 0) {
    throw new UserError('no group given', `groups with stacks: ${STACK_GROUPS.join(', ')}, all`);
  }
  return depths;
}

/**
 * The depths of what is recorded.
 *
 * @throws UserError when stacks are wanted of a group that is not recorded, unless of all
 */
export function stacksOf(depths: StackDepths, groups: readonly EventGroup[]): StackDepths {
  const entries = Object.entries(depths) as [StackGroup, number][];
  const isAll = entries.length === STACK_GROUPS.length;
  const missing = entries.find(([group]) => !groups.includes(group));
  if (missing !== undefined && !isAll) {
    throw new UserError(
      `stacks of '${missing[0]}' are wanted, but its events are not recorded`,
      `--events ${[...groups, missing[0]].join(',')}`,
    );
  }
  return Object.fromEntries(entries.filter(([group]) => groups.includes(group)));
}
