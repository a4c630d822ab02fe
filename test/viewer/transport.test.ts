/** Playing: the ladder of speeds, the clock, and the ends of recording and loop. */
import { expect, it } from 'vitest';
import {
  FASTEST_NS_PER_S,
  nextSpeed,
  rungOf,
  SLOWEST_NS_PER_S,
  speedFor,
  SPEEDS,
} from '../../viewer/src/transport/speed-ladder.ts';
import { Transport, type PlayRange } from '../../viewer/src/transport/transport.svelte.ts';

const STILL: PlayRange = { endNs: 1e9, isGrowing: false, loop: undefined };
const GROWING: PlayRange = { ...STILL, isGrowing: true };

it('has rungs of 1, 2 and 5 from 1 µs to 10 s a second', () => {
  expect(SPEEDS.slice(0, 5)).toEqual([1e3, 2e3, 5e3, 1e4, 2e4]);
  expect(SPEEDS.at(-1)).toBe(1e10);
  expect(SPEEDS).toHaveLength(22);
});

it.each<[number, 1 | -1, number]>([
  [1e6, 1, 2e6],
  [2e6, 1, 5e6],
  [5e6, -1, 2e6],
  [3e6, 1, 5e6],
  [3e6, -1, 2e6],
  [FASTEST_NS_PER_S, 1, FASTEST_NS_PER_S],
  [SLOWEST_NS_PER_S, -1, SLOWEST_NS_PER_S],
])('from %d ns/s in direction %d comes %d', (from, direction, to) => {
  expect(nextSpeed(from, direction)).toBe(to);
});

it('finds the rung of a speed, the nearest one of a speed between', () => {
  for (const [rung, speed] of SPEEDS.entries()) expect(rungOf(speed)).toBe(rung);
  expect(SPEEDS[rungOf(1.3e6)]).toBe(1e6);
});

it('begins with a speed that plays the window in about ten seconds', () => {
  expect([speedFor(1e9), speedFor(1), speedFor(1e15)]).toEqual([1e8, 1e3, 1e10]);
});

it.each<[number, number, number]>([
  [1e6, 500, 5e5],
  [1e6, 16.7, 16_700],
  [1e8, 2000, 2e8],
])('at %d ns/s, %d ms later, the playhead is at %d ns', (nsPerS, afterMs, timeNs) => {
  const transport = new Transport();
  transport.setSpeed(nsPerS, 0);
  transport.play(1000, STILL);
  transport.tick(1000 + afterMs, STILL);
  expect(transport.playheadNs).toBeCloseTo(timeNs, 3);
});

it('keeps time however uneven the frames are', () => {
  const transport = new Transport();
  transport.setSpeed(1e8, 0);
  transport.play(0, STILL);
  for (const nowMs of [1, 2, 300, 301, 950, 1000]) transport.tick(nowMs, STILL);
  expect(transport.playheadNs).toBeCloseTo(1e8, 3);
});

it('goes on from where it is when the speed changes', () => {
  const transport = new Transport();
  transport.setSpeed(1e8, 0);
  transport.play(0, STILL);
  transport.tick(1000, STILL);
  transport.setSpeed(1e6, 1000);
  transport.tick(2000, STILL);
  expect(transport.playheadNs).toBeCloseTo(1.01e8, 3);
});

it('stops at the end, and plays from the start when played again', () => {
  const transport = new Transport();
  transport.setSpeed(1e10, 0);
  transport.play(0, STILL);
  transport.tick(1000, STILL);
  expect([transport.playheadNs, transport.mode]).toEqual([1e9, 'paused']);
  transport.play(2000, STILL);
  expect([transport.playheadNs, transport.mode]).toEqual([0, 'playing']);
});

it('waits at the end of a recording that grows, and goes on with it', () => {
  const transport = new Transport();
  transport.setSpeed(1e9, 0);
  transport.play(0, GROWING);
  transport.tick(5000, GROWING);
  expect([transport.playheadNs, transport.mode]).toEqual([1e9, 'playing']);
  transport.tick(5500, { ...GROWING, endNs: 9e9 });
  expect(transport.playheadNs).toBeCloseTo(1.5e9, 3);
});

it('plays a loop again and again', () => {
  const range = { ...STILL, loop: { startNs: 4e8, endNs: 5e8 } };
  const transport = new Transport();
  transport.isLooping = true;
  transport.setSpeed(1e8, 0);
  transport.play(0, range);
  expect(transport.playheadNs).toBe(4e8);
  transport.tick(1500, range);
  expect([transport.playheadNs, transport.mode]).toEqual([4e8, 'playing']);
});

it('follows the end until the recording no longer grows or one looks elsewhere', () => {
  const transport = new Transport();
  transport.follow();
  transport.tick(0, { ...GROWING, endNs: 7e9 });
  expect([transport.playheadNs, transport.mode]).toEqual([7e9, 'following']);
  transport.seek(1e9, 0, 7e9);
  expect([transport.playheadNs, transport.mode]).toEqual([1e9, 'paused']);
  transport.follow();
  transport.tick(0, STILL);
  expect(transport.mode).toBe('paused');
});

it('stays within the recording when put somewhere', () => {
  const transport = new Transport();
  transport.seek(-5, 0, 1e9);
  expect(transport.playheadNs).toBe(0);
  transport.seek(5e9, 0, 1e9);
  expect(transport.playheadNs).toBe(1e9);
});
