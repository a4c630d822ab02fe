/** How the window goes along with a running program: smoothly, or in pages for who wants that. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Playback } from '../../viewer/src/session/playback.svelte.ts';
import { ViewWindow } from '../../viewer/src/session/view-window.svelte.ts';
import { Transport } from '../../viewer/src/transport/transport.svelte.ts';
import type { Summary } from '../../viewer/src/worker/protocol.ts';

const WINDOW_NS = 1e9;
const FRAME_MS = 16;
const CHUNK_MS = 96;

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] }));
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Where the window began in each frame of five seconds, ns, and that it showed the playhead. */
function follow(isLessMotion: boolean): { startsNs: Set<number>; isShowingPlayhead: boolean } {
  vi.stubGlobal('matchMedia', () => ({ matches: isLessMotion }));
  const recording: { endNs: number; summary: Summary | undefined } = {
    endNs: 1,
    summary: undefined,
  };
  const transport = new Transport();
  const view = new ViewWindow(transport, recording);
  const playback = new Playback(transport, view, {
    get endNs() {
      return recording.endNs;
    },
    get summary() {
      return recording.summary;
    },
    selection: undefined,
    extra: { series: undefined },
  });
  const startsNs = new Set<number>();
  let isShowingPlayhead = true;
  for (let ms = CHUNK_MS; ms < 7000; ms += FRAME_MS) {
    vi.advanceTimersByTime(FRAME_MS);
    if (ms % CHUNK_MS === 0) {
      const endNs = ms * 1e6;
      const isFirst = recording.summary === undefined;
      recording.endNs = endNs;
      recording.summary = {
        isLive: true,
        isLoading: false,
        freshFromNs: endNs - CHUNK_MS * 1e6,
        loadedNs: endNs,
        endNs,
      } as Summary;
      playback.onSummary(recording.summary, isFirst);
    }
    if (ms < 2000) continue;
    if (!view.isChosen) {
      view.isChosen = true;
      view.move({ startNs: view.shown.startNs, spanNs: WINDOW_NS });
    }
    playback.tick(performance.now());
    const { startNs, spanNs } = view.shown;
    const { playheadNs } = transport;
    startsNs.add(startNs);
    isShowingPlayhead &&= playheadNs >= startNs && playheadNs <= startNs + spanNs;
  }
  expect(transport.mode).toBe('following');
  view.close();
  return { startsNs, isShowingPlayhead };
}

it('moves the window with every frame', () => {
  const { startsNs, isShowingPlayhead } = follow(false);
  expect(startsNs.size).toBeGreaterThan(200);
  expect(isShowingPlayhead).toBe(true);
});

it('turns pages where less motion is wanted', () => {
  const { startsNs, isShowingPlayhead } = follow(true);
  expect(startsNs.size).toBeGreaterThan(3);
  expect(startsNs.size).toBeLessThan(10);
  expect(isShowingPlayhead).toBe(true);
});
