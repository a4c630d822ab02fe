import { describe, expect, test } from 'vitest';

import { goidNumbers, timesNs } from '../../src/format/index.ts';

describe('int64 as doubles', () => {
  test.each([0n, 1n, -1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, -(2n ** 32n) - 5n, 2n ** 53n - 1n])(
    '%i is exact',
    (value) => {
      expect([...timesNs(BigInt64Array.of(7n, value))]).toEqual([7, Number(value)]);
    },
  );

  test.each([2n ** 53n, -(2n ** 53n) - 1n, 2n ** 63n - 1n])('%i is refused', (value) => {
    expect(() => goidNumbers(BigInt64Array.of(1n, value))).toThrow(
      expect.objectContaining({ code: 'bad-value', byteOffset: 8 }),
    );
  });

  test('a view into a larger buffer is read from its own start', () => {
    const column = BigInt64Array.of(1n, 2n, 3n).subarray(1, 3);
    expect([...timesNs(column)]).toEqual([2, 3]);
  });
});
