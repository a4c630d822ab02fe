/** Deeds that begin where the one before has led to. */
import { expect, it } from 'vitest';
import { InTurn } from '../../viewer/src/session/in-turn.ts';

/** Moves by one, a moment after it has looked where it is. */
function walker(): { place: number; step: () => Promise<void> } {
  const walk = {
    place: 0,
    step: async () => {
      const from = walk.place;
      await new Promise((resolve) => setTimeout(resolve));
      walk.place = from + 1;
    },
  };
  return walk;
}

it('loses no step that comes while another is taken', async () => {
  const [turn, walk] = [new InTurn(), walker()];
  await Promise.all([1, 2, 3, 4, 5].map(() => turn.do(walk.step)));
  expect(walk.place).toBe(5);
});

it('takes no more steps than a few when many are asked for at once', async () => {
  const [turn, walk] = [new InTurn(), walker()];
  await Promise.all(Array.from({ length: 100 }, () => turn.do(walk.step)));
  expect(walk.place).toBe(8);
  await turn.do(walk.step);
  expect(walk.place).toBe(9);
});

it('goes on after one that failed, which is told', async () => {
  const [turn, walk] = [new InTurn(), walker()];
  const failed = turn.do(() => Promise.reject(new Error('no')));
  const next = turn.do(walk.step);
  await expect(failed).rejects.toThrow('no');
  await next;
  expect(walk.place).toBe(1);
});
