/** What the commands do to the recording on screen. */
import type { Action } from './keys.ts';
import type { ViewerSession } from './viewer-session.svelte.ts';

/** One press zooms by this, and pans by this part of the window. */
const ZOOM = 0.7;
const PAN = 0.15;
/** Rows that Page Up and Page Down go: on most screens a little less than are seen. */
const PAGE_ROWS = 20;
/** Constant events per second begin with so many. */
const EVENTS_PER_S = 50;

type Deed = (on: ViewerSession, fraction: number) => void;

/** Commands of the page itself are done by App.svelte. */
const DEEDS: Partial<Record<Action, Deed>> = {
  play: (on) => on.playback.toggle(),
  pause: (on) => on.playback.pause(),
  'play-backwards': (on) => shuttle(on, -1),
  'play-forwards': (on) => shuttle(on, 1),
  'previous-event': (on) => void on.step(-1),
  'next-event': (on) => void on.step(1),
  'previous-any': (on) => void on.step(-1, -1),
  'next-any': (on) => void on.step(1, -1),
  'step-back': (on, fraction) => on.seek(on.transport.playheadNs - on.window.spanNs * fraction),
  'step-forward': (on, fraction) => on.seek(on.transport.playheadNs + on.window.spanNs * fraction),
  slower: (on) => on.transport.changeSpeed(-1, performance.now()),
  faster: (on) => on.transport.changeSpeed(1, performance.now()),
  'speed-auto': ({ transport }) => transport.choose({ kind: 'auto' }, performance.now()),
  'speed-events': ({ transport }) =>
    transport.choose({ kind: 'events', eventsPerS: EVENTS_PER_S }, performance.now()),
  'skip-idle': ({ transport }) => transport.skipIdle(!transport.isSkippingIdle, performance.now()),
  loop: ({ transport }) => (transport.isLooping = !transport.isLooping),
  'range-start': (on) => on.playback.setRangeEdge('start'),
  'range-end': (on) => on.playback.setRangeEdge('end'),
  'range-clear': (on) => (on.playback.range = undefined),
  start: (on) => on.seek(0),
  end: (on) => {
    if (on.summary?.isLive === true) on.playback.follow();
    else on.seek(on.endNs);
  },
  'previous-mark': (on) => on.seekMark(-1),
  'next-mark': (on) => on.seekMark(1),
  'zoom-in': (on) => on.zoom(ZOOM, centreOf(on)),
  'zoom-out': (on) => on.zoom(1 / ZOOM, centreOf(on)),
  'pan-left': (on) => on.pan(-PAN * on.window.spanNs),
  'pan-right': (on) => on.pan(PAN * on.window.spanNs),
  'sum-up': (on) => on.sumUp(),
  'wake-cause': (on) => void on.followWake(-1),
  'wake-effect': (on) => void on.followWake(1),
  'lane-up': (on) => void on.moveCursor(-1),
  'lane-down': (on) => void on.moveCursor(1),
  'lanes-up': (on) => void on.moveCursor(-PAGE_ROWS),
  'lanes-down': (on) => void on.moveCursor(PAGE_ROWS),
  'first-lane': (on) => void on.moveCursor(-Infinity),
  'last-lane': (on) => void on.moveCursor(Infinity),
  'toggle-group': (on) => on.rows.toggleGroupAtCursor(),
  pin: (on) => on.rows.togglePin(on.selectedLane),
  hide: (on) => on.hide(),
  unhide: (on) => on.lanes.unhide(),
  fit: (on) => on.fit(),
  undo: (on) => on.view.travel(-1),
  redo: (on) => on.view.travel(1),
  escape: (on) => on.deselect(),
};

/**
 * Do it.
 *
 * @param fraction - how far an arrow goes, as a part of the window
 */
export function act(on: ViewerSession, action: Action, fraction: number): void {
  DEEDS[action]?.(on, fraction);
  // Of many of them the speed depends: on a range, a loop, what is selected.
  on.transport.settle(on.playRange);
}

/** J and L: play that way; who plays that way already goes faster. */
function shuttle(on: ViewerSession, direction: 1 | -1): void {
  const { transport } = on;
  if (transport.mode === 'playing' && transport.direction === direction) {
    transport.changeSpeed(1, performance.now());
  } else {
    on.playback.play(direction);
  }
}

function centreOf({ window }: ViewerSession): number {
  return window.startNs + window.spanNs / 2;
}
