import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/format/errors.ts';
import { parseStacks, stacksOf, type StackDepths } from '../../src/record/stack-options.ts';

describe('--stacks', () => {
  it.each<[text: string, depths: StackDepths]>([
    ['alloc', { alloc: 32 }],
    ['alloc,sched=64', { alloc: 32, sched: 64 }],
    ['all', { sched: 32, alloc: 32, gc: 32 }],
    ['all=8,gc=128', { sched: 8, alloc: 8, gc: 128 }],
    [' gc = 1'.replaceAll(' ', ''), { gc: 1 }],
  ])('%s', (text, depths) => {
    expect(parseStacks(text)).toEqual(depths);
  });

  it.each<[text: string, message: RegExp]>([
    ['', /no group given/],
    [',', /no group given/],
    ['nope', /no stacks of 'nope'/],
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
});
