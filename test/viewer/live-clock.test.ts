/** How far behind a live program the playhead is kept, on arrivals made up. */
import { expect, it } from 'vitest';
import { LiveClock } from '../../viewer/src/session/live-clock.ts';

const OFFSET_MS = 5_000_000;

/** Chunks of `everyMs`, each arriving as late as `lateMs` says; one reading a frame. */
function play(
  clock: LiveClock,
  everyMs: number,
  lateMs: readonly number[],
  count: number,
): number[] {
  const arrivals: { atMs: number; firstMs: number; newestMs: number }[] = [];
  for (let i = 1; i <= count; i++) {
    const late = lateMs[i % lateMs.length]!;
    // Bytes keep their order: what was sent later does not arrive earlier.
    const atMs = Math.max(i * everyMs + late, arrivals.at(-1)?.atMs ?? 0);
    arrivals.push({ atMs, firstMs: (i - 1) * everyMs, newestMs: i * everyMs });
  }
  const readings: number[] = [];
  let next = 0;
  for (let nowMs = arrivals[0]!.atMs; nowMs < count * everyMs; nowMs += 16) {
    while (next < arrivals.length && arrivals[next]!.atMs <= nowMs) {
      const { atMs, firstMs, newestMs } = arrivals[next++]!;
      clock.arrived(OFFSET_MS + atMs, firstMs * 1e6, newestMs * 1e6);
    }
    readings.push(clock.playheadNs(OFFSET_MS + nowMs) / 1e6);
  }
  return readings;
}

it.each<[string, number, number[], number, number]>([
  ['chunks of 50 ms that come evenly', 50, [5], 50, 70],
  ['chunks of 50 ms, some of them 100 ms late', 50, [5, 5, 5, 5, 5, 5, 5, 105], 140, 190],
  ['chunks of 250 ms', 250, [5], 250, 310],
])('keeps its distance by how unevenly they come: %s', (_, everyMs, lateMs, least, most) => {
  const clock = new LiveClock();
  play(clock, everyMs, lateMs, 200);
  expect(clock.bufferMs).toBeGreaterThanOrEqual(least);
  expect(clock.bufferMs).toBeLessThanOrEqual(most);
});

it('moves as smoothly as time, and never back, once it knows how uneven they are', () => {
  const clock = new LiveClock();
  const readings = play(clock, 50, [5, 30, 80, 5], 400);
  const steps = readings.slice(1).map((ms, i) => ms - readings[i]!);
  expect(Math.min(...steps)).toBeGreaterThanOrEqual(0);
  // After the first two seconds: a frame of 16 ms moves it by 12 to 20.
  for (const step of steps.slice(125)) {
    expect(step).toBeGreaterThan(11.9);
    expect(step).toBeLessThan(20.1);
  }
});

it('comes nearer again when arrivals have become even', () => {
  const clock = new LiveClock();
  clock.arrived(OFFSET_MS, 0, 0);
  clock.arrived(OFFSET_MS + 500, 0, 500e6);
  const before = clock.bufferMs;
  for (let ms = 550; ms < 40_500; ms += 50) {
    clock.arrived(OFFSET_MS + ms, (ms - 50) * 1e6, ms * 1e6);
  }
  expect(before).toBeGreaterThan(500);
  expect(clock.bufferMs).toBeLessThan(80);
});

it('does not take silence for unevenness, and is there at once when something happens', () => {
  const clock = new LiveClock();
  play(clock, 50, [5], 100);
  const before = clock.bufferMs;
  clock.playheadNs(OFFSET_MS + 5_016);
  // Nothing for a minute, then a chunk of events that are all fresh.
  clock.arrived(OFFSET_MS + 65_005, 64_950e6, 65_000e6);
  expect(clock.bufferMs).toBeLessThanOrEqual(before);
  const behindMs = 65_000 - clock.playheadNs(OFFSET_MS + 65_005) / 1e6;
  expect(behindMs).toBeLessThan(before + 1);
});

it('is never later than the newest event, nor before the beginning', () => {
  const clock = new LiveClock();
  expect(clock.playheadNs(OFFSET_MS)).toBe(0);
  clock.arrived(OFFSET_MS, 0, 10e6);
  expect(clock.playheadNs(OFFSET_MS)).toBe(0);
  expect(clock.playheadNs(OFFSET_MS + 10_000)).toBe(10e6);
});
