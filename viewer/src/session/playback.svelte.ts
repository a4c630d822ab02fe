/** What is played, and the window that goes along: the transport moves the playhead alone. */
import type { PlayRange, Transport } from '../transport/transport.svelte.ts';
import type { Speed } from '../transport/speed.ts';
import type { SpanFacts, Summary } from '../worker/protocol.ts';
import type { Series } from '../worker/series.ts';
import { LiveClock } from './live-clock.ts';
import type { ViewWindow } from './view-window.svelte.ts';
import { clampWindow, windowShowing } from './window-of-time.ts';

/** Width of the window when following begins. */
const FOLLOWED_NS = 10e9;
/** Where in the window the newest event stands while following. */
const FOLLOW_AT = 0.95;

/** So much of a new page was on the page before. */
const PLAYED_OF_PAGE = 0.1;

/** What playing has to know of a session. */
interface Played {
  readonly endNs: number;
  readonly summary: Summary | undefined;
  readonly selection: { span: SpanFacts } | undefined;
  readonly extra: { readonly series: Series | undefined };
}

function prefersLessMotion(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}

export class Playback {
  /** Chosen to be played again and again, ns. */
  range = $state.raw<{ startNs: number; endNs: number } | undefined>(undefined);
  readonly #transport: Transport;
  readonly #view: ViewWindow;
  readonly #played: Played;
  readonly #liveClock = new LiveClock();

  constructor(transport: Transport, view: ViewWindow, played: Played) {
    this.#transport = transport;
    this.#view = view;
    this.#played = played;
  }

  /** How far the playhead is behind the newest event, ns; 0 of a recording that does not grow. */
  get behindNs(): number {
    const { summary } = this.#played;
    return summary?.isLive === true
      ? Math.max(0, summary.loadedNs - this.#transport.playheadNs)
      : 0;
  }

  /** What the transport plays. */
  get bounds(): PlayRange {
    const { range } = this;
    const { summary, selection, extra, endNs } = this.#played;
    const span = selection?.span;
    return {
      endNs: summary?.isLive === true ? summary.loadedNs : endNs,
      isGrowing: summary?.isLive === true,
      loop: range ?? (span && { startNs: span.startNs, endNs: span.endNs }),
      autoNs: range && range.endNs - range.startNs,
      idle: extra.series?.idle,
      events: extra.series?.events,
    };
  }

  toggle(): void {
    const transport = this.#transport;
    if (transport.mode !== 'paused') this.pause();
    else if (
      this.#played.summary?.isLive === true &&
      this.behindNs <= this.#liveClock.bufferMs * 1e6
    ) {
      this.follow();
    } else this.play(transport.direction);
  }

  /** Play forwards (1) or backwards (-1). */
  play(direction: 1 | -1): void {
    this.#view.note();
    this.#transport.play(performance.now(), this.bounds, direction);
  }

  pause(): void {
    this.#transport.pause();
    // What one stopped to look at stays on screen.
    this.#view.isChosen = true;
  }

  follow(): void {
    if (this.#played.summary?.isLive !== true) return;
    this.#liveClock.restart();
    this.#transport.follow();
    const { startNs, spanNs } = this.#view.shown;
    if (spanNs > FOLLOWED_NS) this.#view.move({ startNs, spanNs: FOLLOWED_NS });
    this.tick(performance.now());
  }

  /** Called once a frame while there is something to move. */
  tick(nowMs: number): void {
    const transport = this.#transport;
    const view = this.#view;
    const { endNs } = this.#played;
    const isFollowing = transport.mode === 'following';
    const followNs = isFollowing ? this.#liveClock.playheadNs(nowMs) : undefined;
    transport.tick(nowMs, { ...this.bounds, followNs });
    if (transport.mode === 'paused') return;
    if (this.#played.summary?.isLive === true && prefersLessMotion()) {
      this.#turnPage();
      return;
    }
    if (transport.mode === 'playing') {
      view.move(windowShowing(view.shown, transport.playheadNs, endNs));
      return;
    }
    const { spanNs } = view.shown;
    const startNs = transport.playheadNs - FOLLOW_AT * spanNs;
    view.move(clampWindow({ startNs, spanNs }, endNs));
  }

  chooseSpeed(speed: Speed, direction: 1 | -1): void {
    const transport = this.#transport;
    transport.choose(speed, performance.now());
    transport.setDirection(direction, performance.now());
    transport.settle(this.bounds);
  }

  /** Choose what is played again and again from the playhead on, or up to it. */
  setRangeEdge(edge: 'start' | 'end'): void {
    const { playheadNs } = this.#transport;
    const { startNs, endNs } = this.range ?? { startNs: 0, endNs: this.#played.endNs };
    if (edge === 'start') {
      this.setRange(playheadNs, endNs > playheadNs ? endNs : this.#played.endNs);
    } else {
      this.setRange(startNs < playheadNs ? startNs : 0, playheadNs);
    }
  }

  /** Choose it, in any order, to whole ns; nothing when it is empty. */
  setRange(oneNs: number, otherNs: number): void {
    const startNs = Math.round(Math.min(oneNs, otherNs));
    const endNs = Math.round(Math.max(oneNs, otherNs));
    this.range = endNs > startNs ? { startNs, endNs } : undefined;
  }

  /**
   * Of a recording that grows: a new page once the playhead comes to the end of this one. A page
   * goes on beyond the end of what there is, else it would be full at once.
   */
  #turnPage(): void {
    const view = this.#view;
    const { playheadNs } = this.#transport;
    const { startNs } = view.shown;
    const spanNs = view.isChosen ? view.shown.spanNs : FOLLOWED_NS;
    const isOnPage = playheadNs >= startNs && playheadNs <= startNs + spanNs;
    if (isOnPage && spanNs === view.shown.spanNs) return;
    view.move({ startNs: Math.max(0, playheadNs - PLAYED_OF_PAGE * spanNs), spanNs });
  }

  /** The recording has more, or is known for the first time. */
  onSummary(summary: Summary, isFirst: boolean): void {
    const transport = this.#transport;
    const view = this.#view;
    if (summary.isLive && summary.freshFromNs !== undefined && !summary.isLoading) {
      this.#liveClock.arrived(performance.now(), summary.freshFromNs, summary.loadedNs);
    }
    if (isFirst && summary.isLive) transport.follow();
    const isFollowing = transport.mode === 'following';
    if (!view.isChosen && !(isFollowing && prefersLessMotion())) {
      const spanNs = isFollowing ? Math.min(summary.endNs, FOLLOWED_NS) : summary.endNs;
      view.move({ startNs: summary.endNs - spanNs, spanNs });
    }
    if (isFollowing) this.tick(performance.now());
    if (isFirst) view.rest();
    if (transport.mode === 'paused') transport.settle(this.bounds);
  }
}
