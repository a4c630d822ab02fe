import { expect, it } from 'vitest';
import { StackForest } from '../../src/record/stack-forest.ts';

it('equal stacks have one number, also after the table has grown many times', () => {
  const forest = new StackForest();
  const build = () =>
    Array.from({ length: 20_000 }, (_, i) =>
      [1 + (i % 7), i % 300, i].reduce((stack, frame) => forest.child(stack, frame), 0),
    );
  const first = build();
  expect(new Set(first).size).toBe(20_000);
  expect(build()).toEqual(first);
  expect([...forest.frames(first[4321]!)]).toEqual([4321, 4321 % 300, 1 + (4321 % 7)]);
});

it('gives each node to the file once, a parent before its children', () => {
  const forest = new StackForest();
  forest.child(forest.child(0, 8), 9);
  const { count, stack, parent, frame } = forest.takeNew();
  expect([count, [...stack], [...parent], [...frame]]).toEqual([2, [1, 2], [0, 1], [8, 9]]);
  forest.child(1, 9);
  expect(forest.takeNew().count).toBe(0);
  forest.child(2, 9);
  expect([...forest.takeNew().parent]).toEqual([2]);
});
