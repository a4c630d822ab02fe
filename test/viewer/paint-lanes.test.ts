/** The picture of lanes, looked at pixel by pixel. */
import { beforeAll, expect, it } from 'vitest';
import { openRecording, STATES } from '../../src/format/index.ts';
import { groupLanes } from '../../viewer/src/lanes/lane-groups.ts';
import { paintLanes, type LaneScene } from '../../viewer/src/lanes/paint-lanes.ts';
import type { Token } from '../../viewer/src/lanes/palette.ts';
import { PixelBuffer } from '../../viewer/src/lanes/pixel-buffer.ts';
import { rowsOfRecording } from '../../viewer/src/lanes/rows-of-recording.ts';
import { laneFrame } from '../../viewer/src/session/lane-frame.ts';
import { LaneStore } from '../../viewer/src/worker/lane-store.ts';
import { sampleRecording } from '../format/sample-recording.ts';
import { fakeImageData, TEST_PALETTE } from './test-palette.ts';

const WIDTH = 800;
const PALETTE = TEST_PALETTE;

let store: LaneStore;
let makeScene: (startNs: number, spanNs: number) => LaneScene;

beforeAll(async () => {
  fakeImageData();
  const recording = await openRecording(sampleRecording().source);
  store = new LaneStore(recording);
  for (const chunk of recording.chunks) store.take(chunk, await store.read(chunk.chunkIndex));
  const summary = store.summary({ isLive: false, isBroken: false, isLoading: false });
  const groups = groupLanes(summary, { text: '', order: 'id' });
  const workers = groups.find(({ key }) => key === 'main.worker')!.lanes;
  const layout = rowsOfRecording(summary, groups, new Map([['main.worker', false]]));
  makeScene = (startNs, spanNs) => {
    const reply = store.window({
      startNs,
      endNs: startNs + spanNs,
      bucketNs: 1,
      densityNs: 1024,
      lanes: Int32Array.from(summary.goid, (_, lane) => lane),
      processors: Int32Array.from(summary.processors, (_, lane) => lane),
      groups: [{ key: 'main.worker', lanes: workers }],
    });
    return {
      palette: PALETTE,
      layout,
      firstRow: 0,
      endRow: layout.count,
      scrollPx: 0,
      startNs,
      spanNs,
      gridNs: [],
      frame: laneFrame(reply, summary),
      summary: { ...summary, losses: [] },
      counters: [],
      sweeps: { startNs: new Float64Array(0), endNs: new Float64Array(0) },
      selectedLane: -1,
      scale: 1,
    };
  };
});

it('gives each state its shape: block, hatched bar, thin double line', () => {
  const { packed } = PALETTE;
  const seen = new Set<string>();
  for (let startNs = 20_000_000; startNs < 40_000_000; startNs += 1_000_000) {
    const spanNs = 200_000;
    const scene = makeScene(startNs, spanNs);
    const buffer = new PixelBuffer(WIDTH, scene.layout.heightPx);
    paintLanes(buffer, scene);
    const { marks } = scene.frame!.reply;
    for (const [lane, row] of scene.layout.rowOfLane.entries()) {
      if (row < 0) continue;
      const y = scene.layout.topPx[row]!;
      for (let i = marks.laneFirst[lane]!; i < marks.laneFirst[lane + 1]!; i++) {
        const x0 = Math.max(0, ((marks.startNs[i]! - startNs) / spanNs) * WIDTH);
        const x1 = Math.min(WIDTH, ((marks.endNs[i]! - startNs) / spanNs) * WIDTH);
        if (x1 - x0 < 12) continue;
        const x = Math.round((x0 + x1) / 2);
        const column = Array.from({ length: 18 }, (_, dy) => buffer.at(x, y + dy));
        const state = STATES[marks.state[i]!]!;
        seen.add(state);
        if (state === 'running' || state === 'syscall') {
          expect(column.map((color) => color === packed[state])).toEqual(
            column.map((_, dy) => dy >= 3 && dy < 15),
          );
        } else if (state === 'waiting') {
          expect([column[8], column[9]]).toEqual([packed.waiting, packed.waiting]);
          expect(column[10]).toBe(column[11]);
          expect(
            ['chan', 'sync', 'net', 'sleep', 'gc'].map((token) => packed[token as Token]),
          ).toContain(column[10]);
        } else if (state === 'runnable') {
          const bar = column.slice(5, 13);
          expect(bar).toContain(packed.runnable);
          expect(new Set(bar).size).toBe(2);
        }
      }
    }
  }
  expect([...seen].sort()).toEqual(['runnable', 'running', 'syscall', 'waiting']);
});

it('writes reasons and goroutines only where they fit', () => {
  const scene = makeScene(30_000_000, 2_000_000);
  const labels = paintLanes(new PixelBuffer(WIDTH, scene.layout.heightPx), scene);
  expect(labels.length).toBeGreaterThan(10);
  expect(labels.some(({ text }) => /^g\d+$/.test(text))).toBe(true);
  expect(labels.some(({ text }) => scene.summary.waitReasons.includes(text))).toBe(true);
  for (const { x, widthPx } of labels) {
    expect(x).toBeGreaterThanOrEqual(0);
    expect(widthPx).toBeGreaterThan(20);
  }
});

it('paints nothing of a lane where there is nothing, and marks wherever there are some', () => {
  const scene = makeScene(0, 150_000_000);
  const buffer = new PixelBuffer(WIDTH, scene.layout.heightPx);
  paintLanes(buffer, { ...scene, summary: { ...scene.summary, cycles: NO_INTERVALS } });
  const { marks } = scene.frame!.reply;
  for (const [lane, row] of scene.layout.rowOfLane.entries()) {
    if (row < 0) continue;
    const painted = new Uint8Array(WIDTH);
    const wanted = new Uint8Array(WIDTH);
    for (let i = marks.laneFirst[lane]!; i < marks.laneFirst[lane + 1]!; i++) {
      const x0 = Math.round((marks.startNs[i]! / 150_000_000) * WIDTH);
      const x1 = Math.round((marks.endNs[i]! / 150_000_000) * WIDTH);
      wanted.fill(1, x0, Math.max(x0 + 1, x1));
    }
    for (let x = 0; x < WIDTH; x++) {
      for (let dy = 3; dy < 15; dy++) {
        if (buffer.at(x, scene.layout.topPx[row]! + dy) !== PALETTE.packed.bg) painted[x] = 1;
      }
    }
    // Neighbours are kept one pixel apart where there is room.
    for (let x = 1; x < WIDTH - 1; x++) {
      if (painted[x] === 1) expect(wanted[x]).toBe(1);
      else if (wanted[x] === 1) expect(painted[x - 1]).toBe(1);
    }
  }
});

const NO_INTERVALS = {
  startNs: new Float64Array(0),
  endNs: new Float64Array(0),
  kind: new Uint8Array(0),
};

it('shows a closed group as one stacked row', () => {
  const scene = makeScene(30_000_000, 2_000_000);
  const buffer = new PixelBuffer(WIDTH, scene.layout.heightPx);
  paintLanes(buffer, scene);
  const header = scene.layout.headers.findIndex(({ key }) => key === 'main.worker');
  const row = scene.layout.kind.findIndex(
    (kind, at) => kind === 0 && scene.layout.index[at] === header,
  );
  const colors = new Set<number>();
  for (let x = 0; x < WIDTH; x++) {
    for (let dy = 1; dy < 23; dy++) colors.add(buffer.at(x, scene.layout.topPx[row]! + dy));
  }
  for (const token of ['raised', 'running'] as const) {
    expect(colors).toContain(PALETTE.packed[token]);
  }
  expect(colors).not.toContain(PALETTE.packed.bg);
});
