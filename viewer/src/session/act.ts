/** What the keys do to the recording on screen. */
import type { Action } from './keys.ts';
import type { ViewerSession } from './viewer-session.svelte.ts';

/** One press zooms by this, and pans by this part of the window. */
const ZOOM = 0.7;
const PAN = 0.15;

/**
 * Do it.
 *
 * @param fraction - how far an arrow goes, as a part of the window
 */
export function act(on: ViewerSession, action: Action, fraction: number): void {
  const { transport, window } = on;
  const centreNs = window.startNs + window.spanNs / 2;
  const deeds: Partial<Record<Action, () => void>> = {
    play: () => on.togglePlay(),
    'previous-event': () => void on.step(-1),
    'next-event': () => void on.step(1),
    'step-back': () => on.seek(transport.playheadNs - window.spanNs * fraction),
    'step-forward': () => on.seek(transport.playheadNs + window.spanNs * fraction),
    slower: () => transport.changeSpeed(-1, performance.now()),
    faster: () => transport.changeSpeed(1, performance.now()),
    start: () => on.seek(0),
    end: () => {
      if (on.summary?.isLive === true) on.follow();
      else on.seek(on.endNs);
    },
    'zoom-in': () => on.zoom(ZOOM, centreNs),
    'zoom-out': () => on.zoom(1 / ZOOM, centreNs),
    'pan-left': () => on.pan(-PAN * window.spanNs),
    'pan-right': () => on.pan(PAN * window.spanNs),
    'wake-cause': () => void on.followWake(-1),
    'wake-effect': () => void on.followWake(1),
    'lane-up': () => void on.selectNeighbour(-1),
    'lane-down': () => void on.selectNeighbour(1),
    fit: () => on.fit(),
    escape: () => on.deselect(),
  };
  deeds[action]?.();
}
