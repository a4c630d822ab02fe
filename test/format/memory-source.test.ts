import { describe, expect, test } from 'vitest';

import { MemorySource } from '../../src/format/index.ts';

describe('a source in memory', () => {
  const source = new MemorySource();
  source.append(Uint8Array.of(0, 1, 2), new Uint8Array(), Uint8Array.of(3));
  source.append(Uint8Array.of(4, 5, 6, 7));

  test.each([
    { byteOffset: 0, byteLength: 8, expected: [0, 1, 2, 3, 4, 5, 6, 7] },
    { byteOffset: 1, byteLength: 1, expected: [1] },
    { byteOffset: 2, byteLength: 3, expected: [2, 3, 4] },
    { byteOffset: 3, byteLength: 1, expected: [3] },
    { byteOffset: 6, byteLength: 100, expected: [6, 7] },
    { byteOffset: 8, byteLength: 4, expected: [] },
    { byteOffset: 4, byteLength: 0, expected: [] },
  ])('gives $byteLength bytes from $byteOffset', async ({ byteOffset, byteLength, expected }) => {
    expect([...(await source.read(byteOffset, byteLength))]).toEqual(expected);
  });

  test('knows its size, and grows', async () => {
    const growing = new MemorySource();
    expect(await growing.size()).toBe(0);
    expect([...(await growing.read(0, 4))]).toEqual([]);
    growing.append(Uint8Array.of(9));
    expect(await growing.size()).toBe(1);
    expect([...(await growing.read(0, 4))]).toEqual([9]);
  });

  test('gives copies', async () => {
    const bytes = await source.read(0, 3);
    bytes.fill(99);
    expect([...(await source.read(0, 3))]).toEqual([0, 1, 2]);
  });
});
