/** What is drawn where it happened: on the ruler, over the lanes, and on the overview. */
import { beforeAll, expect, it } from 'vitest';
import { STATES } from '../../src/format/index.ts';
import {
  stretchesOnScreen,
  stretchOnScreen,
  timesOnScreen,
} from '../../viewer/src/lanes/on-screen.ts';
import { paintCollector } from '../../viewer/src/lanes/paint-collector.ts';
import { paintCut } from '../../viewer/src/lanes/paint-cut.ts';
import { paintOverlay, type OverlayScene } from '../../viewer/src/lanes/paint-overlay.ts';
import type { LaneScene } from '../../viewer/src/lanes/paint-lanes.ts';
import { PixelBuffer } from '../../viewer/src/lanes/pixel-buffer.ts';
import { sweepsOf } from '../../viewer/src/lanes/sweeps.ts';
import { paintOverview } from '../../viewer/src/overview/paint-overview.ts';
import { markColumns } from '../../viewer/src/ruler/mark-columns.ts';
import {
  FLAGS_PX,
  markNear,
  paintRuler,
  rulerHeightPx,
  TICKS_PX,
  type RulerScene,
} from '../../viewer/src/ruler/paint-ruler.ts';
import type { Summary } from '../../viewer/src/worker/protocol.ts';
import { CHAR_PX, drawnBy } from './drawn-context.ts';
import { fakeImageData, TEST_PALETTE } from './test-palette.ts';

beforeAll(fakeImageData);

const SCREEN = { startNs: 1000, spanNs: 1000, widthPx: 100 };

it.each<[number[], number[]]>([
  [[], []],
  [
    [900, 999, 1000, 2000, 2001],
    [2, 3],
  ],
  [
    [1000, 1003, 1009, 1010, 1500],
    [0, 3, 4],
  ],
])('shows of the times %j those at %j: in the window, one a pixel', (times, shown) => {
  expect(timesOnScreen(Float64Array.from(times), SCREEN)).toEqual(shown);
});

it('shows no more of very many times than there are pixels', () => {
  const times = Float64Array.from({ length: 100_000 }, (_, i) => 1000 + i / 100);
  expect(timesOnScreen(times, SCREEN).length).toBeLessThanOrEqual(100);
});

it('cuts off stretches beyond the edges, and leaves out those that are not on screen', () => {
  const stretches = {
    startNs: Float64Array.of(0, 500, 1200, 1900, 3000),
    endNs: Float64Array.of(100, 1100, 1300, 9000, 3100),
  };
  expect(stretchesOnScreen(stretches, SCREEN)).toEqual([
    { fromX: -16, toX: 10 },
    { fromX: 20, toX: 30 },
    { fromX: 90, toX: 116 },
  ]);
  expect(stretchesOnScreen(undefined, SCREEN)).toEqual([]);
  expect(stretchOnScreen(0, 999, SCREEN)).toBeUndefined();
  expect(stretchOnScreen(2001, 9999, SCREEN)).toBeUndefined();
});

const SCENE: RulerScene = {
  startNs: 0,
  spanNs: 1e9,
  widthPx: 1000,
  playheadNs: 5e8,
  marks: markColumns([]),
  range: undefined,
  cuts: undefined,
  palette: TEST_PALETTE,
};

const ruler = (scene: Partial<RulerScene>): ReturnType<typeof drawnBy> =>
  drawnBy((context) => paintRuler(context, { ...SCENE, ...scene }));

it('draws a flag at each mark and writes its text, as far as there is room before the next', () => {
  const marks = markColumns([
    { timeNs: 4e8, text: 'a text that is too long for its room' },
    { timeNs: 1e8, text: '<b>first</b>' },
    { timeNs: 5e8, text: 'near' },
    { timeNs: 5.1e8, text: 'nearer' },
    { timeNs: 2e9, text: 'not in the window' },
  ]);
  const { texts, rects, paths } = ruler({ marks });
  const flags = rects.filter(({ y, color }) => y === TICKS_PX && color === 'accent');
  expect(flags.map(({ x }) => x)).toEqual([100, 400, 500, 510]);
  expect(paths.filter(({ color }) => color === 'accent').map(({ corners }) => corners[0])).toEqual([
    [100, 23],
    [400, 23],
    [500, 23],
    [510, 23],
  ]);
  const said = texts.filter(({ y }) => y > TICKS_PX);
  expect(said.map(({ text, x }) => [text, x])).toEqual([
    ['<b>first</b>', 110],
    [expect.stringMatching(/^a text .*…$/), 410],
    ['nearer', 520],
  ]);
  expect(said[1]!.text.length * CHAR_PX).toBeLessThanOrEqual(100 - 10);
});

it('is higher where there are marks', () => {
  expect(rulerHeightPx(markColumns([]))).toBe(TICKS_PX);
  expect(rulerHeightPx(markColumns([{ timeNs: 1, text: 'a' }]))).toBe(TICKS_PX + FLAGS_PX);
});

it('finds the mark at the pointer', () => {
  const marks = markColumns([
    { timeNs: 1100, text: 'a' },
    { timeNs: 1200, text: 'b' },
  ]);
  expect([5, 12, 16, 26, 40].map((x) => markNear(marks, x, 8, SCREEN))).toEqual([0, 0, 1, 1, -1]);
});

it('shows the range as a band with edges, stronger and closed while it is looped', () => {
  const range = { startNs: 2e8, endNs: 6e8 };
  const bandOf = (isLooping: boolean) =>
    ruler({ range: { ...range, isLooping } }).rects.filter(({ color }) => color === 'accent');
  const [still, looping] = [bandOf(false), bandOf(true)];
  expect(still.map(({ x, width, height }) => [x, width, height])).toEqual([
    [200, 400, TICKS_PX],
    [200, 2, TICKS_PX],
    [598, 2, TICKS_PX],
  ]);
  expect(looping).toHaveLength(4);
  expect(looping[0]!.alpha).toBeGreaterThan(still[0]!.alpha);
});

it('draws a zigzag where a cut begins and where it ends, within it', () => {
  const { paths } = drawnBy((context) =>
    paintCut(context, { fromX: 100, toX: 200 }, 0, 80, TEST_PALETTE),
  );
  const xs = paths.flatMap(({ corners }) => corners.map(([x]) => x));
  expect(new Set(xs)).toEqual(new Set([100, 103, 106, 194, 197, 200]));
  // Too narrow for teeth: one line.
  const narrow = drawnBy((context) =>
    paintCut(context, { fromX: 100, toX: 104 }, 0, 80, TEST_PALETTE),
  );
  expect(narrow.paths).toEqual([]);
  expect(narrow.rects.at(-1)).toMatchObject({ x: 102, width: 1, height: 80, color: 'muted' });
});

it('draws cuts on the ruler only while something is skipped, and changes no time', () => {
  const cuts = { startNs: Float64Array.of(2e8), endNs: Float64Array.of(4e8) };
  const [without, cut] = [ruler({}), ruler({ cuts })];
  expect(without.paths.filter(({ color }) => color === 'muted')).toEqual([]);
  expect(cut.paths.filter(({ color }) => color === 'muted')).toHaveLength(1);
  expect(cut.texts).toEqual(without.texts);
});

it('draws marks, cuts and the edges of the range over the lanes', () => {
  const scene: OverlayScene = {
    widthPx: 1000,
    heightPx: 80,
    playheadX: undefined,
    isDimming: false,
    pointerX: undefined,
    wakes: [],
    area: undefined,
    range: { fromX: 200, toX: 600 },
    cuts: [{ fromX: 700, toX: 800 }],
    markXs: [50],
    palette: TEST_PALETTE,
    futureColor: 'future',
  };
  const { rects, paths } = drawnBy((context) => paintOverlay(context, scene));
  const accent = rects.filter(({ color }) => color === 'accent');
  expect(accent.filter(({ x, height }) => x === 50 && height === 80)).toHaveLength(1);
  expect(accent.filter(({ x }) => x === 200)).toHaveLength(10);
  expect(accent.filter(({ x }) => x === 599)).toHaveLength(10);
  expect(paths.filter(({ color }) => color === 'muted')).toHaveLength(1);
});

it('knows when memory was swept after each cycle whose end of sweeping was recorded', () => {
  const cycles = {
    startNs: Float64Array.of(100, 300, 500),
    endNs: Float64Array.of(200, 400, Infinity),
    kind: new Uint8Array(3),
  };
  const sweeps = sweepsOf(cycles, Float64Array.of(50, 250));
  expect([[...sweeps.startNs], [...sweeps.endNs]]).toEqual([[200], [250]]);
  const none = sweepsOf(cycles, Float64Array.of(450));
  // What ends after the second cycle is not the first one's.
  expect([[...none.startNs], [...none.endNs]]).toEqual([[400], [450]]);
});

it('draws in the collector a cycle, its stop, and how long it was swept after that', () => {
  const none = {
    startNs: new Float64Array(0),
    endNs: new Float64Array(0),
    kind: new Uint8Array(0),
  };
  const cycles = { ...none, startNs: Float64Array.of(100), endNs: Float64Array.of(400) };
  const stops = { ...none, startNs: Float64Array.of(100), endNs: Float64Array.of(150) };
  const scene = {
    palette: TEST_PALETTE,
    startNs: 0,
    spanNs: 1000,
    scale: 1,
    summary: { cycles, stops, loadedNs: 1000 },
    sweeps: sweepsOf(cycles, Float64Array.of(800)),
  } as unknown as LaneScene;
  const buffer = new PixelBuffer(500, 18);
  const { bg, playhead } = TEST_PALETTE.packed;
  buffer.clear(bg);
  const texts: string[] = [];
  const label = (text: string): number => texts.push(text);
  paintCollector(buffer, scene, 0, 0, { x: (timeNs) => timeNs / 2, label });
  expect(texts).toEqual(['sweep', 'mark 300 ns']);
  const [cycle, swept] = [buffer.at(150, 5), buffer.at(300, 13)];
  expect(new Set([cycle, swept, bg, playhead]).size).toBe(4);
  expect([buffer.at(60, 5), buffer.at(300, 5), buffer.at(450, 13)]).toEqual([playhead, bg, bg]);
});

it('has on the overview stops, events and marks at their times', () => {
  const none = {
    startNs: new Float64Array(0),
    endNs: new Float64Array(0),
    kind: new Uint8Array(0),
  };
  const summary = {
    endNs: 1000,
    cycles: { ...none, startNs: Float64Array.of(100), endNs: Float64Array.of(300) },
    stops: { ...none, startNs: Float64Array.of(300), endNs: Float64Array.of(301) },
    losses: [],
    history: { bucketNs: 1024, bucketCount: 1, counts: new Float32Array(STATES.length) },
  } as unknown as Summary;
  const times = {
    marksNs: Float64Array.of(700),
    eventsNs: Float64Array.of(500, 501, 502, 900),
  };
  const buffer = new PixelBuffer(100, 60);
  paintOverview(buffer, summary, times, TEST_PALETTE, 1);
  const { gc, playhead, accent, panel } = TEST_PALETTE.packed;
  expect([buffer.at(15, 3), buffer.at(30, 3), buffer.at(70, 30)]).toEqual([gc, playhead, accent]);
  const events = Array.from({ length: 100 }, (_, x) => buffer.at(x, 57));
  expect(events.flatMap((color, x) => (color === panel ? [] : [x]))).toEqual([50, 70, 90]);
  expect(events[50]).not.toBe(events[90]);
});
