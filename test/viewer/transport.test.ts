/** Playing: the ladder of speeds, the clock, and the ends of recording and loop. */
import { expect, it } from 'vitest';
import {
  autoSpeed,
  FASTEST_NS_PER_S,
  nextSpeed,
  positionOf,
  SLOWEST_NS_PER_S,
  speedAt,
  SPEEDS,
} from '../../viewer/src/transport/speed-ladder.ts';
import { parseSpeed, writeSpeed, type Speed } from '../../viewer/src/transport/speed.ts';
import { Transport, type PlayRange } from '../../viewer/src/transport/transport.svelte.ts';

const STILL: PlayRange = { endNs: 1e9, isGrowing: false, loop: undefined };
const GROWING: PlayRange = { ...STILL, isGrowing: true };

it('has rungs of 1, 2 and 5 from 1 ns to 100 s a second', () => {
  expect(SPEEDS.slice(0, 5)).toEqual([1, 2, 5, 10, 20]);
  expect(SPEEDS.at(-1)).toBe(1e11);
  expect(SPEEDS).toHaveLength(34);
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

it('has every rung at its own place of the slider, evenly by decades', () => {
  for (const speed of SPEEDS) expect(speedAt(positionOf(speed))).toBe(speed);
  expect([positionOf(1), positionOf(1e11), speedAt(0), speedAt(1)]).toEqual([0, 1, 1, 1e11]);
  expect(positionOf(1e6) - positionOf(1e5)).toBeCloseTo(positionOf(1e9) - positionOf(1e8), 9);
});

it('plays everything in half a minute when told to choose', () => {
  expect([autoSpeed(3e10), autoSpeed(1), autoSpeed(1e15)]).toEqual([1e9, 1, 1e11]);
});

const fixed = (nsPerS: number): Speed => ({ kind: 'fixed', nsPerS });

it.each<[string, Speed, 1 | -1]>([
  ['10µs/s', fixed(1e4), 1],
  ['10 us', fixed(1e4), 1],
  ['1.5 ms/s', fixed(1.5e6), 1],
  ['2x', fixed(2e9), 1],
  ['-0.5×', fixed(5e8), -1],
  ['−3 ns', fixed(3), -1],
  ['1000x', fixed(1e11), 1],
  ['AUTO', { kind: 'auto' }, 1],
  ['500 ev/s', { kind: 'events', eventsPerS: 500 }, 1],
])('understands %s', (text, speed, direction) => {
  expect(parseSpeed(text)).toEqual({ speed, direction });
});

it.each(['', '0', '0x', '10', 'fast', '5 m', '1e400 s', '--2x', '0 ev/s'])(
  'does not understand %j',
  (text) => {
    expect(parseSpeed(text)).toBeUndefined();
  },
);

it('reads a speed as it wrote it', () => {
  for (const speed of [
    fixed(7.3e5),
    fixed(1e11),
    { kind: 'events', eventsPerS: 25 },
    { kind: 'auto' },
  ]) {
    expect(parseSpeed(writeSpeed(speed as Speed))?.speed).toEqual(speed);
  }
});

it('plays backwards, to the start and no further', () => {
  const transport = new Transport();
  transport.setSpeed(1e8, 0);
  transport.seek(3e8, 0, 1e9);
  transport.play(0, STILL, -1);
  transport.tick(1000, STILL);
  expect(transport.playheadNs).toBeCloseTo(2e8, 3);
  transport.tick(9000, STILL);
  expect([transport.playheadNs, transport.mode]).toEqual([0, 'paused']);
  transport.play(9000, STILL, -1);
  expect(transport.playheadNs).toBe(1e9);
});

/** Nothing happens from 100 ms to 900 ms. */
const IDLE: PlayRange = {
  ...STILL,
  idle: { startNs: Float64Array.of(1e8), endNs: Float64Array.of(9e8) },
};

it.each<[number, 1 | -1, number, number]>([
  // A tenth of a second of the viewer, 10 ms, is still played before and after the cut.
  [0, 1, 1000, 1e8],
  [0, 1, 1200, 8.9e8 + 1e7],
  [1e9, -1, 1000, 9e8],
  [1e9, -1, 1200, 1.1e8 - 1e7],
])(
  'skips what is idle: from %d in direction %d after %d ms at %d',
  (fromNs, way, afterMs, atNs) => {
    const transport = new Transport();
    transport.setSpeed(1e8, 0);
    transport.skipIdle(true, 0);
    transport.seek(fromNs, 0, 1e9);
    transport.play(0, IDLE, way);
    transport.tick(afterMs, IDLE);
    expect(transport.playheadNs).toBeCloseTo(atNs, 3);
  },
);

it('plays as many events in each second however far apart they are', () => {
  const timeNs = Float64Array.of(1e6, 2e6, 3e6, 5e8);
  const range = { ...STILL, events: { timeNs, stride: 1 } };
  const transport = new Transport();
  transport.choose({ kind: 'events', eventsPerS: 1 }, 0);
  transport.play(0, range);
  const seen = [1000, 2000, 3000, 4000].map((nowMs) => {
    transport.tick(nowMs, range);
    return Math.round(transport.playheadNs);
  });
  expect(seen).toEqual([...timeNs]);
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

it.each([1, -1] as const)('in direction %d never moves against it at first', (direction) => {
  const transport = new Transport();
  transport.setSpeed(1e9, 0);
  transport.seek(5e8, 0, 1e9);
  transport.play(1000, STILL, direction);
  transport.tick(990, STILL);
  expect(transport.playheadNs).toBe(5e8);
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
