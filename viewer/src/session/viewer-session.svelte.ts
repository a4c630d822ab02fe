/**
 * One recording on screen: what is known of it, the window, the playhead, the selection.
 * Components show this and call its methods; they hold no state that another one needs.
 */
import { SvelteMap } from 'svelte/reactivity';
import { groupLanes, type LaneGroup, type LaneOrder } from '../lanes/lane-groups.ts';
import { ROW_GOROUTINE, type RowLayout } from '../lanes/row-layout.ts';
import { rowsOfRecording } from '../lanes/rows-of-recording.ts';
import { Transport, type PlayRange } from '../transport/transport.svelte.ts';
import { speedFor } from '../transport/speed-ladder.ts';
import type { Opened, Parts, SourceRequest, SpanReply, Summary } from '../worker/protocol.ts';
import { RecordingClient } from '../worker/recording-client.ts';
import { Area, type AreaRange } from './area.svelte.ts';
import { LiveClock } from './live-clock.ts';
import { SpanContext } from './span-context.svelte.ts';
import type { UrlState } from './url-state.ts';
import { WakeChain } from './wake-chain.ts';
import { WindowData } from './window-data.svelte.ts';
import {
  clampWindow,
  panWindow,
  windowAround,
  windowShowing,
  zoomWindow,
  type TimeWindow,
} from './window-of-time.ts';

/** The window has come to rest when it did not move for so long, ms. */
const RESTED_MS = 150;
/** Width of the window when following begins. */
const FOLLOWED_NS = 10e9;
/** Where in the window the newest event stands while following. */
const FOLLOW_AT = 0.95;

export class ViewerSession {
  readonly client: RecordingClient;
  readonly data: WindowData;
  readonly transport = new Transport();
  /** What is around the selected span, and around the one under the pointer. */
  readonly context: SpanContext;
  readonly hovered: SpanContext;
  readonly area: Area;
  /** What the dock shows. */
  dockTab = $state<'span' | 'selection'>('span');
  readonly #chain: WakeChain;
  readonly #liveClock = new LiveClock();

  opened = $state.raw<Opened | undefined>(undefined);
  summary = $state.raw<Summary | undefined>(undefined);
  parts = $state.raw<Parts>({ sites: [], probes: [] });
  failure = $state<string | undefined>(undefined);

  window = $state.raw<TimeWindow>({ startNs: 0, spanNs: 1 });
  /** The user chose the window; otherwise it shows everything. */
  #isWindowChosen = false;
  #wish: UrlState;

  filterText = $state('');
  order = $state<LaneOrder>('first seen');
  /** Only goroutines that live within the window: of a server's thousands, those one looks at. */
  onlyInView = $state(true);
  /** The window, once it has come to rest: rows must not jump while one pans. */
  restingWindow = $state.raw<TimeWindow>({ startNs: 0, spanNs: 1 });
  #restTimer: ReturnType<typeof setTimeout> | undefined;
  /** By key of a group: opened or closed by the user. */
  readonly #chosenGroups = new SvelteMap<string, boolean>();

  selection = $state.raw<SpanReply | undefined>(undefined);
  /** Lane of the selected goroutine; -1 none. */
  selectedLane = $derived(this.selection?.span.lane ?? -1);
  /** A row to be scrolled to when it is not on screen. */
  revealRow = $state.raw<{ row: number } | undefined>(undefined);
  #selecting = 0;
  /** A time within the selected span. */
  #selectedNs = 0;

  groups: LaneGroup[] = $derived.by(() => {
    if (this.summary === undefined) return [];
    const { startNs, spanNs } = this.restingWindow;
    return groupLanes(this.summary, {
      text: this.filterText,
      order: this.order,
      livedWithin: this.onlyInView
        ? {
            startNs,
            // Who follows sees a goroutine at once, not when the window has come to rest.
            endNs: this.transport.mode === 'following' ? Infinity : startNs + spanNs,
          }
        : undefined,
    });
  });
  shownCount = $derived(this.groups.reduce((sum, { lanes }) => sum + lanes.length, 0));
  layout: RowLayout = $derived(rowsOfRecording(this.summary, this.groups, this.#chosenGroups));

  /**
   * @param source - where the recording is
   * @param wish - window, playhead and selection to begin with, as the URL says
   */
  constructor(source: SourceRequest, wish: UrlState) {
    this.#wish = wish;
    this.client = new RecordingClient(source, {
      onopened: (opened) => (this.opened = opened),
      onsummary: (summary) => this.#onSummary(summary),
      onparts: (parts) => (this.parts = parts),
      onfailed: (message) => (this.failure = message),
    });
    this.data = new WindowData(this.client);
    this.context = new SpanContext(this.client);
    this.hovered = new SpanContext(this.client);
    this.area = new Area(this.client);
    this.#chain = new WakeChain(this.client);
  }

  /** How far the playhead is behind the newest event, ns; 0 of a recording that does not grow. */
  get behindNs(): number {
    const { summary, transport } = this;
    return summary?.isLive === true ? Math.max(0, summary.loadedNs - transport.playheadNs) : 0;
  }

  get endNs(): number {
    return this.summary?.endNs ?? 1;
  }

  /** What the transport plays. */
  get playRange(): PlayRange {
    const span = this.selection?.span;
    return {
      endNs: this.summary?.isLive === true ? this.summary.loadedNs : this.endNs,
      isGrowing: this.summary?.isLive === true,
      loop: span && { startNs: span.startNs, endNs: span.endNs },
    };
  }

  zoom(factor: number, anchorNs: number): void {
    this.#setWindow(zoomWindow(this.window, factor, anchorNs, this.endNs));
  }

  pan(byNs: number): void {
    if (this.transport.mode === 'following') this.transport.pause();
    this.#setWindow(panWindow(this.window, byNs, this.endNs));
  }

  show(window: TimeWindow): void {
    if (this.transport.mode === 'following') this.transport.pause();
    this.#setWindow(clampWindow(window, this.endNs));
  }

  /** All of the recording; when a span is selected and not yet filling the window, that. */
  fit(): void {
    const span = this.selection?.span;
    if (span !== undefined) {
      const wanted = windowAround(span.startNs, span.endNs, this.endNs);
      if (Math.abs(wanted.spanNs - this.window.spanNs) > wanted.spanNs * 0.01) {
        this.show(wanted);
        return;
      }
    }
    this.show({ startNs: 0, spanNs: this.endNs });
  }

  seek(timeNs: number): void {
    this.transport.seek(timeNs, performance.now(), this.endNs);
    this.#setWindow(windowShowing(this.window, this.transport.playheadNs, this.endNs));
  }

  togglePlay(): void {
    const { transport, summary } = this;
    if (transport.mode !== 'paused') {
      transport.pause();
      // What one stopped to look at stays on screen.
      this.#isWindowChosen = true;
    } else if (summary?.isLive === true && this.behindNs <= this.#liveClock.bufferMs * 1e6) {
      this.follow();
    } else {
      transport.play(performance.now(), this.playRange);
    }
  }

  follow(): void {
    if (this.summary?.isLive !== true) return;
    this.#liveClock.restart();
    this.transport.follow();
    if (this.window.spanNs > FOLLOWED_NS) {
      this.#moveWindow({ startNs: this.window.startNs, spanNs: FOLLOWED_NS });
    }
    this.tick(performance.now());
  }

  /** Called once a frame while there is something to move. */
  tick(nowMs: number): void {
    const { transport } = this;
    const isFollowing = transport.mode === 'following';
    const followNs = isFollowing ? this.#liveClock.playheadNs(nowMs) : undefined;
    transport.tick(nowMs, { ...this.playRange, followNs });
    if (transport.mode === 'following') {
      const { spanNs } = this.window;
      const startNs = transport.playheadNs - FOLLOW_AT * spanNs;
      const window = clampWindow({ startNs, spanNs }, this.endNs);
      this.#moveWindow(window);
    } else if (transport.mode === 'playing') {
      this.#moveWindow(windowShowing(this.window, transport.playheadNs, this.endNs));
    }
  }

  /** To the next (1) or previous (-1) event of the selected goroutine, or of any. */
  async step(direction: 1 | -1): Promise<void> {
    this.transport.pause();
    const { playheadNs } = this.transport;
    const timeNs = await this.client.step(this.selectedLane, playheadNs, direction);
    if (timeNs === undefined) return;
    this.seek(timeNs);
    if (this.selectedLane >= 0) await this.select(this.selectedLane, timeNs);
  }

  /** Select the span of a lane at a time. */
  async select(lane: number, timeNs: number): Promise<void> {
    const asked = ++this.#selecting;
    const reply = await this.client.span(lane, timeNs);
    if (asked !== this.#selecting) return;
    this.selection = reply;
    this.#selectedNs = timeNs;
    this.context.want(reply?.span);
    if (reply === undefined) return;
    this.dockTab = 'span';
    this.#reveal(lane);
  }

  /** Along the chain of wakers: to who caused the selected span (-1), or what it caused (1). */
  async followWake(direction: 1 | -1): Promise<void> {
    const span = this.selection?.span;
    if (span === undefined) return;
    const from = { lane: span.lane, timeNs: span.startNs };
    const to = await this.#chain.next(from, direction);
    if (to === undefined) return;
    await this.go(to.lane, to.timeNs);
    const reached = this.selection?.span;
    if (direction === -1 && reached?.lane === to.lane) {
      this.#chain.took(from, { lane: reached.lane, timeNs: reached.startNs });
    }
  }

  /** Select the span of a lane at a time, and bring it on screen. */
  async go(lane: number, timeNs: number): Promise<void> {
    await this.select(lane, timeNs);
    this.show(windowShowing(this.window, timeNs, this.endNs));
  }

  /** Sum up what goroutines did in a stretch of time. */
  chooseArea(range: AreaRange | undefined): void {
    this.area.choose(range);
    this.dockTab = range === undefined ? 'span' : 'selection';
  }

  /** What is known of the selected span changes while the recording is read or grows. */
  async #refreshSelection(): Promise<void> {
    const asked = this.#selecting;
    const reply = await this.client.span(this.selectedLane, this.#selectedNs);
    if (asked !== this.#selecting || reply === undefined) return;
    this.selection = reply;
    this.context.want(reply.span);
  }

  /** Select a goroutine: its span at a time, by default the playhead's, and show its lane. */
  async selectGoroutine(goid: number, timeNs = this.transport.playheadNs): Promise<void> {
    await this.#selectLane(this.laneOf(goid), timeNs);
  }

  async #selectLane(lane: number, timeNs: number): Promise<void> {
    if (lane < 0 || this.summary === undefined) return;
    const { firstNs, endedNs } = this.summary;
    const within = Math.min(
      Math.max(timeNs, firstNs[lane]!),
      Math.max(firstNs[lane]!, endedNs[lane]! - 1),
    );
    await this.select(lane, within);
    this.#setWindow(windowShowing(this.window, within, this.endNs));
  }

  deselect(): void {
    this.#selecting++;
    this.selection = undefined;
    this.revealRow = undefined;
    this.context.want(undefined);
    if (this.area.range !== undefined) this.chooseArea(undefined);
  }

  /**
   * Lane of a goroutine; -1 when the recording does not know it. Of several processes it is that
   * of the selected goroutine, else the first that has the number.
   */
  laneOf(goid: number): number {
    const { summary, selectedLane } = this;
    if (summary === undefined) return -1;
    const pid = selectedLane < 0 ? undefined : summary.pid[selectedLane];
    const lane = summary.goid.findIndex((id, at) => id === goid && summary.pid[at] === pid);
    return lane < 0 ? summary.goid.indexOf(goid) : lane;
  }

  /** Select the lane below (1) or above (-1) the selected one. */
  async selectNeighbour(direction: 1 | -1): Promise<void> {
    const { layout } = this;
    let row = this.selectedLane < 0 ? -1 : (layout.rowOfLane[this.selectedLane] ?? -1);
    if (row < 0 && direction < 0) row = layout.count;
    for (row += direction; row >= 0 && row < layout.count; row += direction) {
      if (layout.kind[row] !== ROW_GOROUTINE) continue;
      const lane = layout.index[row]!;
      await this.#selectLane(lane, this.transport.playheadNs);
      return;
    }
  }

  toggleGroup(key: string, isOpen: boolean): void {
    this.#chosenGroups.set(key, !isOpen);
  }

  close(): void {
    clearTimeout(this.#restTimer);
    this.client.close();
  }

  /** The user chose a window. */
  #setWindow(window: TimeWindow): void {
    this.#isWindowChosen = true;
    this.#moveWindow(window);
  }

  #moveWindow(window: TimeWindow): void {
    if (window.startNs === this.window.startNs && window.spanNs === this.window.spanNs) return;
    this.window = window;
    // While the window moves by itself it never rests; the rows keep up now and then.
    if (this.transport.mode === 'paused') clearTimeout(this.#restTimer);
    else if (this.#restTimer !== undefined) return;
    this.#restTimer = setTimeout(() => {
      this.#restTimer = undefined;
      this.restingWindow = this.window;
    }, RESTED_MS);
  }

  #onSummary(summary: Summary): void {
    const isFirst = this.summary === undefined;
    this.summary = summary;
    if (summary.isLive && summary.freshFromNs !== undefined && !summary.isLoading) {
      this.#liveClock.arrived(performance.now(), summary.freshFromNs, summary.loadedNs);
    }
    if (this.area.range !== undefined) this.area.refresh();
    if (isFirst) {
      // A live program is played as fast as it runs.
      this.transport.nsPerS = summary.isLive ? 1e9 : speedFor(summary.endNs);
      if (summary.isLive) this.transport.follow();
    }
    if (!this.#isWindowChosen) {
      const isFollowing = this.transport.mode === 'following';
      const spanNs = isFollowing ? Math.min(summary.endNs, FOLLOWED_NS) : summary.endNs;
      this.#moveWindow({ startNs: summary.endNs - spanNs, spanNs });
    }
    if (isFirst) this.restingWindow = this.window;
    if (this.transport.mode === 'following') this.tick(performance.now());
    this.#applyWish(summary);
    if (this.selection !== undefined) void this.#refreshSelection();
  }

  /** What the URL asked for, as soon as the recording reaches that far. */
  #applyWish(summary: Summary): void {
    const wish = this.#wish;
    const { startNs, spanNs, playheadNs, selectedGoid } = wish;
    if (startNs !== undefined && spanNs !== undefined) {
      this.show({ startNs, spanNs });
      delete wish.startNs;
    }
    if (playheadNs !== undefined) {
      this.transport.seek(playheadNs, performance.now(), summary.endNs);
      delete wish.playheadNs;
    }
    if (
      selectedGoid !== undefined &&
      (!summary.isLoading ||
        (this.laneOf(selectedGoid) >= 0 && summary.loadedNs > (playheadNs ?? 0)))
    ) {
      delete wish.selectedGoid;
      void this.selectGoroutine(selectedGoid, playheadNs);
    }
  }

  #reveal(lane: number): void {
    const row = this.layout.rowOfLane[lane] ?? -1;
    if (row >= 0) this.revealRow = { row };
  }
}
