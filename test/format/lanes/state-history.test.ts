/** Goroutines by state over time, against counting them one by one. */
import { expect, it } from 'vitest';
import { STATES } from '../../../src/format/event-columns.ts';
import { StateHistory } from '../../../src/format/lanes/state-history.ts';
import { seeded } from '../sample-program.ts';

/** Changes as [time, from, to], in any order of time. */
function check(
  changes: readonly (readonly [number, number, number])[],
  expectedNs: number,
  endNs: number,
): void {
  const history = new StateHistory(expectedNs);
  for (const [timeNs, from, to] of changes) history.change(timeNs, from, to);
  const { bucketNs, bucketCount, counts } = history.counts(endNs);
  expect(Math.log2(bucketNs) % 1).toBe(0);
  expect(bucketNs * bucketCount).toBeGreaterThanOrEqual(endNs);
  for (const state of [1, 2, 3, 4]) {
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      let areaNs = 0;
      for (const [timeNs, from, to] of changes) {
        const sign = (to === state ? 1 : 0) - (from === state ? 1 : 0);
        const restNs = Math.min(bucketNs, Math.max(0, (bucket + 1) * bucketNs - timeNs));
        areaNs += sign * restNs;
      }
      expect(counts[bucket * STATES.length + state]).toBeCloseTo(areaNs / bucketNs, 3);
    }
  }
}

/** One goroutine after the other, each through a few states. */
function randomChanges(
  seed: number,
  goroutines: number,
  endNs: number,
): [number, number, number][] {
  const random = seeded(seed);
  const changes: [number, number, number][] = [];
  for (let goroutine = 0; goroutine < goroutines; goroutine++) {
    let timeNs = Math.floor(random() * endNs);
    let from = 0;
    for (let i = 0; i < 6; i++) {
      const to = i === 5 ? 0 : 1 + Math.floor(random() * 4);
      changes.push([timeNs, from, to]);
      from = to;
      timeNs = Math.floor(timeNs + (random() * (endNs - timeNs)) / 3);
    }
  }
  return changes.sort((a, b) => a[0] - b[0]);
}

it.each<[string, number, number]>([
  ['of the expected length', 5_000_000, 5_000_000],
  ['eight times as long as expected', 5_000_000, 40_000_000],
  ['much longer than expected', 1, 30_000_000],
  ['shorter than expected', 50_000_000, 3_000_000],
])('counts a recording %s', (_, expectedNs, endNs) => {
  check(randomChanges(3, 20, endNs), expectedNs, endNs);
});

it('counts a goroutine that never changes its state in every bucket', () => {
  check([[0, 0, 4]], 1_000_000, 1_000_000);
});
