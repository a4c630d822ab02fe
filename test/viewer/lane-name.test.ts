/** Names of lanes as an address has them, and the lanes they mean. */
import { expect, it } from 'vitest';
import { lanesNamed } from '../../viewer/src/session/lane-name.ts';
import type { Summary } from '../../viewer/src/worker/protocol.ts';

/** Two processes that both have a goroutine 7. */
const SUMMARY = {
  goid: Float64Array.of(1, 7, 1, 7, 9),
  pid: Int32Array.of(50, 50, 60, 60, 60),
} as Summary;

it.each<[string[], number[]]>([
  [[], []],
  [['9'], [4]],
  [['7'], [1]],
  [['60:7'], [3]],
  [
    ['60:7', '50:7', '9'],
    [1, 3, 4],
  ],
  [
    ['7', '60:7'],
    [1, 3],
  ],
  [['8', '70:7', 'g7', '7 ', '-7', '', '__proto__', '60:'], []],
])('%j are lanes %j', (names, lanes) => {
  expect([...lanesNamed(SUMMARY, new Set(names))]).toEqual(lanes);
});
