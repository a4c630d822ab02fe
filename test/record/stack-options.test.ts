import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/format/errors.ts';
import { EVENTS } from '../../src/format/event-columns.ts';
import { EVENT_GROUPS } from '../../src/record/event-groups.ts';
import {
  parseStacks,
  stackKinds,
  stacksOf,
  tellingEvents,
  type StackDepths,
} from '../../src/record/stack-options.ts';

const everyGroup = (depth: number): StackDepths =>
  Object.fromEntries(Object.keys(EVENT_GROUPS).map((group) => [group, depth]));

describe('--stacks', () => {
  it.each<[text: string, depths: StackDepths]>([
    ['alloc', { alloc: 32 }],
    ['alloc,sched=64', { alloc: 32, sched: 64 }],
    ['chan=1, net', { chan: 1, net: 32 }],
    ['all,sched', everyGroup(32)],
    ['all=8,gc=128', { ...everyGroup(8), gc: 128 }],
    [' gc = 1'.replaceAll(' ', ''), { gc: 1 }],
  ])('%s', (text, depths) => {
    expect(parseStacks(text)).toEqual(depths);
  });

  it.each<[text: string, message: RegExp]>([
    ['', /no group given/],
    [',', /no group given/],
    ['nope', /no group 'nope'/],
    ['alloc=0', /'0' is no depth/],
    ['alloc=129', /'129' is no depth/],
    ['alloc=', /'' is no depth/],
    ['alloc=1e1', /'1e1' is no depth/],
    ['alloc=-1', /'-1' is no depth/],
  ])("refuses '%s'", (text, message) => {
    expect(() => parseStacks(text)).toThrow(UserError);
    expect(() => parseStacks(text)).toThrow(message);
  });

  it('are those of the groups that are recorded', () => {
    expect(stacksOf(parseStacks('all'), ['sched', 'gc'])).toEqual({ sched: 32, gc: 32 });
    expect(() => stacksOf({ alloc: 32 }, ['sched'])).toThrow(/its events are not recorded/);
  });

  it.each<[stacks: StackDepths, kinds: string, telling: string]>([
    [{}, '', ''],
    [{ sched: 8 }, 'go_create go_state', ''],
    [{ alloc: 8 }, 'alloc', 'alloc'],
    [{ chan: 8, sync: 1 }, 'chan_send sem_release', 'chan_send'],
  ])('%o: kinds with a stack, and those that it tells the place of', (stacks, kinds, telling) => {
    const sites = [
      { group: 'sched', event: 'go_state' },
      { group: 'alloc', event: 'alloc' },
      { group: 'chan', event: 'chan_send', call: { site: 4 } },
      { group: 'sync', event: 'sem_release', call: {} },
    ] as const;
    const bits = stackKinds(sites, stacks);
    expect(EVENTS.filter((_, kind) => (bits >> BigInt(kind)) & 1n).join(' ')).toBe(kinds);
    expect([...tellingEvents(sites, stacks)].map((kind) => EVENTS[kind]).join(' ')).toBe(telling);
  });
});
