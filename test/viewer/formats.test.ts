/** Times, durations, speeds and counts as the viewer writes them. */
import { expect, it } from 'vitest';
import { countOf, formatCount } from '../../viewer/src/format/format-count.ts';
import { formatDuration, formatSpeed } from '../../viewer/src/format/format-duration.ts';
import { formatTime, formatWallClock } from '../../viewer/src/format/format-time.ts';

it.each<[number, string]>([
  [0, '0 ns'],
  [1, '1 ns'],
  [812, '812 ns'],
  [999, '999 ns'],
  [1000, '1 µs'],
  [1234, '1.234 µs'],
  [12_345, '12.35 µs'],
  [999_949, '999.9 µs'],
  [999_951, '1 ms'],
  [9_114_000, '9.114 ms'],
  [48_000_000, '48 ms'],
  [1_500_000_000, '1.5 s'],
  [61_000_000_000, '61 s'],
  [12_345_678_900_000, '12346 s'],
  [-1500, '−1.5 µs'],
])('writes a duration of %d ns as %s', (ns, text) => {
  expect(formatDuration(ns)).toBe(text);
});

it('writes a speed as recording time per second', () => {
  expect(formatSpeed(1e7)).toBe('10 ms/s');
});

it.each<[number, number, string]>([
  [0, 1, '0.000 000 000 s'],
  [6_203_112_412, 1, '6.203 112 412 s'],
  [6_203_112_412, 100, '6.203 112 4 s'],
  [6_203_112_412, 1e6, '6.203 s'],
  [6_203_112_412, 1e9, '6 s'],
  [9_007_199_254_740_991, 1, '9007199.254 740 991 s'],
  [9_007_199_254_740_989, 1, '9007199.254 740 989 s'],
  [8_999_999_999_999_999, 1, '8999999.999 999 999 s'],
  [8_999_999_999_999_999, 10, '9000000.000 000 00 s'],
  [2_592_000_000_000_001, 1, '2592000.000 000 001 s'],
  [0.4, 1, '0.000 000 000 s'],
  [-5e8, 1e8, '−0.5 s'],
])('writes %d ns, to %d ns, as %s', (timeNs, resolutionNs, text) => {
  expect(formatTime(timeNs, resolutionNs).replaceAll('\u202f', ' ')).toBe(text);
});

it('writes the wall clock in UTC', () => {
  expect(formatWallClock(1_795_442_531_123_456_789n)).toBe('2026-11-23 14:02:11 UTC');
});

it('does not fail on a wall clock that no date can hold', () => {
  expect(formatWallClock(2n ** 63n - 1n)).toBe('2262-04-11 23:47:16 UTC');
  expect(formatWallClock(10n ** 30n)).toBe('unknown time');
});

it.each<[number, string]>([
  [0, '0'],
  [999, '999'],
  [1000, '1 000'],
  [3_182_447, '3 182 447'],
])('writes %d as %s', (count, text) => {
  expect(formatCount(count).replaceAll('\u202f', ' ')).toBe(text);
});

it('counts one thing in the singular', () => {
  expect([countOf(0, 'span'), countOf(1, 'span'), countOf(2, 'span')]).toEqual([
    '0 spans',
    '1 span',
    '2 spans',
  ]);
});
