/** Names in two bytes: the same where they fit, none and counted where they do not. */
import { expect, test } from 'vitest';
import { NarrowNames } from '../../src/record/narrow-names.ts';

const ROWS = 32_768;

test.each<[string, number[], number[], number]>([
  ['that fit', [0, 1, 32_767, 5], [0, 1, 32_767, 5], 0],
  ['of which some do not', [1, 32_768, 2, 65_537, 3], [1, 0, 2, 0, 3], 2],
  ['of which none does', [100_000], [0], 1],
])('names %s', (_, func, expected, lost) => {
  const narrow = new NarrowNames({ func: 'int16', site: 'int32' }, 2, ROWS);
  const site = Int32Array.from(func, () => 70_000);
  const { func: found, site: same } = narrow.of(
    1,
    { func: Int32Array.from(func), site },
    func.length,
    Math.max(...func),
  );
  expect(found).toEqual(Int16Array.from(expected));
  expect(same).toBe(site);
  expect(narrow.lostCount).toBe(lost);
});

test('blocks have memory of their own, on pages', () => {
  const narrow = new NarrowNames({ func: 'int16', type: 'int16' }, 2, ROWS);
  const block = (index: number, value: number) =>
    narrow.of(index, { func: Int32Array.of(value), type: Int32Array.of(value + 1) }, 1, 30);
  const [first, second] = [block(0, 10), block(1, 20)];
  expect([first.func![0], first.type![0], second.func![0], second.type![0]]).toEqual([10, 11, 20, 21]); // prettier-ignore
  for (const { func, type } of [first, second]) {
    expect([func!.byteOffset % 4096, type!.byteOffset % 4096]).toEqual([0, 0]);
    expect(func!.buffer).toBe(narrow.buffer);
  }
});
