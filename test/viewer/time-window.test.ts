/** The window of time on screen, its ticks, and what of it stands in the URL. */
import { expect, it } from 'vitest';
import { formatTime } from '../../viewer/src/format/format-time.ts';
import { ticksOf, ticksThatFit } from '../../viewer/src/ruler/ticks.ts';
import { readUrlState, writeUrlState } from '../../viewer/src/session/url-state.ts';
import {
  clampWindow,
  panWindow,
  SHORTEST_NS,
  windowAround,
  windowShowing,
  zoomWindow,
} from '../../viewer/src/session/window-of-time.ts';

const END_NS = 1_000_000;

it.each<[string, number, number]>([
  ['closer', 0.5, 300_000],
  ['further away', 2, 300_000],
  ['closer at the left edge', 0.1, 200_000],
])('zooming %s keeps the time under the pointer where it is', (_, factor, anchorNs) => {
  const before = { startNs: 200_000, spanNs: 250_000 };
  const after = zoomWindow(before, factor, anchorNs, END_NS);
  expect(after.spanNs).toBe(before.spanNs * factor);
  expect((anchorNs - after.startNs) / after.spanNs).toBeCloseTo(
    (anchorNs - before.startNs) / before.spanNs,
  );
});

it('zooms no closer than there is anything to see, and no further than the recording', () => {
  const window = { startNs: 0, spanNs: 1000 };
  expect(zoomWindow(window, 1e-9, 500, END_NS).spanNs).toBe(SHORTEST_NS);
  expect(zoomWindow(window, 1e9, 500, END_NS)).toEqual({ startNs: 0, spanNs: END_NS });
});

it.each<[string, number, number]>([
  ['beyond the start', -1e9, 0],
  ['beyond the end', 1e9, 900_000],
  ['within', 1000, 401_000],
])('a pan %s ends in the recording', (_, byNs, startNs) => {
  expect(panWindow({ startNs: 400_000, spanNs: 100_000 }, byNs, END_NS)).toEqual({
    startNs,
    spanNs: 100_000,
  });
});

it('shows a recording shorter than the shortest window', () => {
  expect(clampWindow({ startNs: 5, spanNs: 10 }, 1)).toEqual({ startNs: 0, spanNs: SHORTEST_NS });
});

it('puts an interval into the middle with room on both sides', () => {
  expect(windowAround(500_000, 600_000, END_NS)).toEqual({ startNs: 490_000, spanNs: 120_000 });
});

it.each<[string, number, number]>([
  ['stays when the time is in it', 450_000, 400_000],
  ['turns a page forward', 510_000, 500_000],
  ['turns a page back', 390_000, 300_000],
])('the window %s', (_, timeNs, startNs) => {
  expect(windowShowing({ startNs: 400_000, spanNs: 100_000 }, timeNs, END_NS).startNs).toBe(
    startNs,
  );
});

it.each<[number, number, number, number]>([
  [0, 1e9, 10, 1e8],
  [0, 1.1e9, 10, 2e8],
  [0, 4.9e9, 10, 5e8],
  [0, 48e6, 8, 1e7],
  [0, 3, 10, 1],
])('from %d ns, %d ns wide, %d wanted: a tick every %d ns', (startNs, spanNs, wanted, stepNs) => {
  expect(ticksOf(startNs, spanNs, wanted).stepNs).toBe(stepNs);
});

it('puts ticks on whole steps within the window, small ones between them', () => {
  const { timesNs, minorNs } = ticksOf(6_173_000_000, 48_000_000, 8);
  expect(timesNs).toEqual([6.18e9, 6.19e9, 6.2e9, 6.21e9, 6.22e9]);
  expect(minorNs).toBe(2e6);
});

it.each<[number, number, number, number, number]>([
  [0, 20, 10, 2, 1],
  [0, 20, 30, 1, 1],
  [7, 24, 5, 5, 1],
  [2_592_000_000_000_000, 20, 30, 1, 1],
])(
  'from %d ns, %d ns wide, %d wanted: every %d ns, small ones every %d',
  (startNs, spanNs, wanted, stepNs, minorNs) => {
    const ticks = ticksOf(startNs, spanNs, wanted);
    expect([ticks.stepNs, ticks.minorNs]).toEqual([stepNs, minorNs]);
    for (const timeNs of ticks.timesNs) expect(Number.isSafeInteger(timeNs)).toBe(true);
  },
);

it.each<[number, number]>([
  [0, 20],
  [0, 2.592e15],
  [2_591_999_999_999_980, 20],
])('has room for the labels at %d ns, %d ns wide', (startNs, spanNs) => {
  const widthPx = 1184;
  const { stepNs } = ticksOf(startNs, spanNs, ticksThatFit({ startNs, spanNs }, widthPx));
  const label = formatTime(startNs + spanNs, stepNs);
  // The font is 6.6 px wide, and a label begins 4 px beside its tick.
  expect(label.length * 6.6 + 4).toBeLessThan((stepNs / spanNs) * widthPx);
});

const DAYS_30_NS = 30 * 86_400e9;

it('shows the last nanoseconds of thirty days as many pixels each', () => {
  const lastNs = DAYS_30_NS - 1;
  let window = { startNs: 0, spanNs: DAYS_30_NS };
  while (window.spanNs > SHORTEST_NS) window = zoomWindow(window, 0.7, lastNs, DAYS_30_NS);
  expect(window.spanNs).toBe(SHORTEST_NS);
  const x = (timeNs: number): number => ((timeNs - window.startNs) / window.spanNs) * 1000;
  expect(x(lastNs)).toBeLessThanOrEqual(1000);
  expect([x(lastNs) - x(lastNs - 1), x(lastNs - 1) - x(lastNs - 2)]).toEqual([50, 50]);
  // A float tells half ns there: so far may the place one zoomed at have moved.
  expect(Math.abs(x(lastNs) - 1000)).toBeLessThanOrEqual(50);
});

it('stays exact far from the start', () => {
  const startNs = 9_000_000_000_000_000;
  for (const timeNs of ticksOf(startNs, 1000, 5).timesNs) expect(timeNs % 200).toBe(0);
});

it('reads from the URL what it has written there', () => {
  const state = { startNs: 12, spanNs: 34_567, playheadNs: 99, selectedGoid: 1841 };
  expect(writeUrlState(state)).toBe('#t=12&z=34567&at=99&sel=g:1841');
  expect(readUrlState(writeUrlState(state))).toEqual(state);
});

it.each([
  '',
  '#',
  '#t=&z=',
  '#t=-1&z=0',
  '#t=1e9',
  '#z=99999999999999999999',
  '#sel=p:1',
  '#sel=g:x',
])('leaves out what makes no sense in %s', (fragment) => {
  expect(readUrlState(fragment)).toEqual({});
});
