/** The stretch of time on screen: how it moves, when it rests, and where it was before. */
import type { Transport } from '../transport/transport.svelte.ts';
import { NavigationHistory } from './navigation-history.ts';
import {
  clampWindow,
  panWindow,
  windowShowing,
  zoomWindow,
  type TimeWindow,
} from './window-of-time.ts';

/** The window has come to rest when it did not move for so long, ms. */
const RESTED_MS = 150;

/** What undo and redo go back to. */
interface View extends TimeWindow {
  playheadNs: number;
}

function isSameView(a: View, b: View): boolean {
  return a.startNs === b.startNs && a.spanNs === b.spanNs;
}

export class ViewWindow {
  shown = $state.raw<TimeWindow>({ startNs: 0, spanNs: 1 });
  /** The window, once it has come to rest: rows must not jump while one pans. */
  resting = $state.raw<TimeWindow>({ startNs: 0, spanNs: 1 });
  /** The user chose it; otherwise it shows everything. */
  isChosen = false;
  readonly #transport: Transport;
  readonly #recording: { readonly endNs: number };
  readonly #history = new NavigationHistory<View>(isSameView);
  #restTimer: ReturnType<typeof setTimeout> | undefined;

  /** @param recording - the window lies within it; it may grow */
  constructor(transport: Transport, recording: { readonly endNs: number }) {
    this.#transport = transport;
    this.#recording = recording;
  }

  zoom(factor: number, anchorNs: number): void {
    this.#choose(zoomWindow(this.shown, factor, anchorNs, this.#recording.endNs));
  }

  pan(byNs: number): void {
    this.#stopFollowing();
    this.#choose(panWindow(this.shown, byNs, this.#recording.endNs));
  }

  show(window: TimeWindow): void {
    this.#stopFollowing();
    this.#choose(clampWindow(window, this.#recording.endNs));
  }

  /** Move it, if it must be, so that a time lies in it; following goes on. */
  reveal(timeNs: number): void {
    this.#choose(windowShowing(this.shown, timeNs, this.#recording.endNs));
  }

  /** It moves by itself: the user has not chosen it. */
  move(window: TimeWindow): void {
    if (window.startNs === this.shown.startNs && window.spanNs === this.shown.spanNs) return;
    this.shown = window;
    // While the window moves by itself it never rests; the rows keep up now and then.
    if (this.#transport.mode === 'paused') clearTimeout(this.#restTimer);
    else if (this.#restTimer !== undefined) return;
    this.#restTimer = setTimeout(() => {
      this.#restTimer = undefined;
      this.resting = this.shown;
      if (this.#transport.mode === 'paused') this.note();
    }, RESTED_MS);
  }

  /** One has arrived somewhere: the rows are those of this window at once. */
  rest(): void {
    this.resting = this.shown;
  }

  /** What is on screen now is a place to come back to. */
  note(): void {
    const { startNs, spanNs } = this.shown;
    this.#history.note({ startNs, spanNs, playheadNs: this.#transport.playheadNs });
  }

  /** To where one looked before (-1), or after that (1). */
  travel(direction: 1 | -1): void {
    if (direction === -1) this.note();
    const view = this.#history.go(direction);
    if (view === undefined) return;
    const { endNs } = this.#recording;
    this.#transport.seek(view.playheadNs, performance.now(), endNs);
    this.#choose(clampWindow(view, endNs));
  }

  close(): void {
    clearTimeout(this.#restTimer);
  }

  #stopFollowing(): void {
    if (this.#transport.mode === 'following') this.#transport.pause();
  }

  #choose(window: TimeWindow): void {
    this.isChosen = true;
    this.move(window);
  }
}
