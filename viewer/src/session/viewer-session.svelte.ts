/**
 * One recording on screen: what is known of it, the window, the playhead, the selection.
 * Components show this and call its methods; they hold no state that another one needs.
 */
import { groupLanes, type LaneGroup } from '../lanes/lane-groups.ts';
import { ROW_GOROUTINE, ROW_GROUP, type RowLayout } from '../lanes/row-layout.ts';
import { rowsOfRecording } from '../lanes/rows-of-recording.ts';
import { Transport, type PlayRange } from '../transport/transport.svelte.ts';
import type { Opened, Parts, SourceRequest, SpanReply, Summary } from '../worker/protocol.ts';
import { headerKey } from '../lanes/lane-view.ts';
import { RecordingClient } from '../worker/recording-client.ts';
import { Area, type AreaRange } from './area.svelte.ts';
import { LiveClock } from './live-clock.ts';
import { SpanContext } from './span-context.svelte.ts';
import { ExtraData } from './extra-data.svelte.ts';
import { InTurn } from './in-turn.ts';
import { LaneChoice } from './lane-choice.svelte.ts';
import { laneName, lanesNamed } from './lane-name.ts';
import { LaneCursor } from './lane-cursor.svelte.ts';
import { NavigationHistory } from './navigation-history.ts';
import { applyChoices } from './session-url.ts';
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

/** What undo and redo go back to. */
interface View extends TimeWindow {
  playheadNs: number;
}

function isSameView(a: View, b: View): boolean {
  return a.startNs === b.startNs && a.spanNs === b.spanNs;
}

function prefersLessMotion(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}

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
  readonly #steps = new InTurn();
  readonly #liveClock = new LiveClock();
  /** Set by the constructor, before anything is derived from it. */
  readonly extra!: ExtraData;

  opened = $state.raw<Opened | undefined>(undefined);
  summary = $state.raw<Summary | undefined>(undefined);
  parts = $state.raw<Parts>({ sites: [], probes: [] });
  failure = $state<string | undefined>(undefined);

  window = $state.raw<TimeWindow>({ startNs: 0, spanNs: 1 });
  /** The user chose the window; otherwise it shows everything. */
  #isWindowChosen = false;
  #wish: UrlState;

  readonly lanes = new LaneChoice();
  readonly cursor = new LaneCursor();
  /** Chosen to be played again and again, ns. */
  range = $state.raw<{ startNs: number; endNs: number } | undefined>(undefined);
  readonly #history = new NavigationHistory<View>(isSameView);
  /** The window, once it has come to rest: rows must not jump while one pans. */
  restingWindow = $state.raw<TimeWindow>({ startNs: 0, spanNs: 1 });
  #restTimer: ReturnType<typeof setTimeout> | undefined;

  selection = $state.raw<SpanReply | undefined>(undefined);
  /** Lane of the selected goroutine; -1 none. */
  selectedLane = $derived(this.selection?.span.lane ?? -1);
  /** A row to be scrolled to when it is not on screen. */
  revealRow = $state.raw<{ row: number } | undefined>(undefined);
  #selecting = 0;
  /** A time within the selected span. */
  #selectedNs = 0;

  groups: LaneGroup[] = $derived.by(() => {
    const { summary, lanes } = this;
    if (summary === undefined) return [];
    const { startNs, spanNs } = this.restingWindow;
    const { allocatedBytes, blockedNs, labels } = this.extra.series ?? {};
    const states = lanes.grouping === 'state' ? this.extra.states?.state : undefined;
    return groupLanes(
      { ...summary, allocatedBytes, blockedNs, labels, states },
      {
        text: lanes.filterText,
        order: lanes.order,
        grouping: lanes.grouping,
        livedWithin: lanes.onlyInView
          ? {
              startNs,
              // Who follows sees a goroutine at once, not when the window has come to rest.
              endNs: this.transport.mode === 'following' ? Infinity : startNs + spanNs,
            }
          : undefined,
        pinned: lanesNamed(summary, lanes.pinned),
        hidden: lanesNamed(summary, lanes.hidden),
        hiddenGroups: lanes.hiddenGroups,
      },
    );
  });
  shownCount = $derived(this.groups.reduce((sum, { lanes }) => sum + lanes.length, 0));
  layout: RowLayout = $derived(rowsOfRecording(this.summary, this.groups, this.lanes.opened));

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
    this.extra = new ExtraData(this.client, () => this.transport.settle(this.playRange));
    this.transport.speed = { kind: 'auto' };
    applyChoices(this, wish);
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
    const { range, summary } = this;
    const span = this.selection?.span;
    return {
      endNs: summary?.isLive === true ? summary.loadedNs : this.endNs,
      isGrowing: summary?.isLive === true,
      loop: range ?? (span && { startNs: span.startNs, endNs: span.endNs }),
      autoNs: range && range.endNs - range.startNs,
      idle: this.extra.series?.idle,
      events: this.extra.series?.events,
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
    if (transport.mode !== 'paused') this.pause();
    else if (summary?.isLive === true && this.behindNs <= this.#liveClock.bufferMs * 1e6) {
      this.follow();
    } else this.play(transport.direction);
  }

  /** Play forwards (1) or backwards (-1). */
  play(direction: 1 | -1): void {
    this.#note();
    this.transport.play(performance.now(), this.playRange, direction);
  }

  pause(): void {
    this.transport.pause();
    // What one stopped to look at stays on screen.
    this.#isWindowChosen = true;
  }

  /** Choose what is played again and again from the playhead on, or up to it. */
  setRangeEdge(edge: 'start' | 'end'): void {
    const { playheadNs } = this.transport;
    const { startNs, endNs } = this.range ?? { startNs: 0, endNs: this.endNs };
    if (edge === 'start') {
      this.setRange(playheadNs, endNs > playheadNs ? endNs : this.endNs);
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

  /** To where one looked before (-1), or after that (1). */
  travel(direction: 1 | -1): void {
    if (direction === -1) this.#note();
    const view = this.#history.go(direction);
    if (view === undefined) return;
    this.transport.seek(view.playheadNs, performance.now(), this.endNs);
    this.#setWindow(clampWindow(view, this.endNs));
  }

  #note(): void {
    const { startNs, spanNs } = this.window;
    this.#history.note({ startNs, spanNs, playheadNs: this.transport.playheadNs });
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
    if (transport.mode === 'following' && prefersLessMotion()) {
      this.#moveWindow(windowShowing(this.window, transport.playheadNs, this.endNs));
    } else if (transport.mode === 'following') {
      const { spanNs } = this.window;
      const startNs = transport.playheadNs - FOLLOW_AT * spanNs;
      const window = clampWindow({ startNs, spanNs }, this.endNs);
      this.#moveWindow(window);
    } else if (transport.mode === 'playing') {
      this.#moveWindow(windowShowing(this.window, transport.playheadNs, this.endNs));
    }
  }

  /** To the next (1) or previous (-1) event of a goroutine, by default the selected; of any: -1. */
  step(direction: 1 | -1, lane = this.selectedLane): Promise<void> {
    return this.#steps.do(() => this.#step(direction, lane));
  }

  async #step(direction: 1 | -1, lane: number): Promise<void> {
    this.transport.pause();
    const { playheadNs } = this.transport;
    const timeNs = await this.client.step(lane, playheadNs, direction);
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

  async #selectLane(lane: number, timeNs: number, isShown = true): Promise<void> {
    if (lane < 0 || this.summary === undefined) return;
    const { firstNs, endedNs } = this.summary;
    const within = Math.min(
      Math.max(timeNs, firstNs[lane]!),
      Math.max(firstNs[lane]!, endedNs[lane]! - 1),
    );
    await this.select(lane, within);
    if (isShown) this.#setWindow(windowShowing(this.window, within, this.endNs));
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
  laneOf(goid: number, ofPid?: number): number {
    const { summary, selectedLane } = this;
    if (summary === undefined) return -1;
    const pid = ofPid ?? (selectedLane < 0 ? undefined : summary.pid[selectedLane]);
    const lane = summary.goid.findIndex((id, at) => id === goid && summary.pid[at] === pid);
    return lane < 0 ? summary.goid.indexOf(goid) : lane;
  }

  /** Move the cursor to the row below (1) or above (-1); a goroutine there is selected. */
  async moveCursor(direction: 1 | -1): Promise<void> {
    const { layout, summary, cursor } = this;
    if (summary === undefined || layout.count === 0) return;
    const row = cursor.move(direction, layout, summary);
    this.revealRow = { row };
    if (layout.kind[row] === ROW_GOROUTINE) {
      await this.#selectLane(layout.index[row]!, this.transport.playheadNs);
    }
  }

  /** The group whose header, or one of whose lanes, the cursor is on. */
  #groupAtCursor(): { key: string; isOpen: boolean; isOnHeader: boolean } | undefined {
    const { layout, summary, cursor } = this;
    const at = summary === undefined ? -1 : cursor.row(layout, summary);
    let row = at;
    while (row >= 0 && layout.kind[row] !== ROW_GROUP) row--;
    const header = row < 0 ? undefined : layout.headers[layout.index[row]!];
    return header && { key: header.key, isOpen: header.isOpen, isOnHeader: row === at };
  }

  /** Open or close the group at the cursor, which goes to its header. */
  toggleGroupAtCursor(): void {
    const group = this.#groupAtCursor();
    if (group === undefined) return;
    this.toggleGroup(group.key, group.isOpen);
    this.cursor.key = headerKey(group.key);
  }

  toggleGroup(key: string, isOpen: boolean): void {
    this.lanes.opened.set(key, !isOpen);
  }

  /** Pin the selected goroutine, or let it go. */
  togglePin(): void {
    const { summary, selectedLane, lanes } = this;
    if (summary === undefined || selectedLane < 0) return;
    lanes.togglePin(laneName(summary, selectedLane));
    this.#reveal(selectedLane);
  }

  /** Hide the group whose header the cursor is on, else the selected goroutine. */
  hide(): void {
    const { summary, selectedLane, lanes } = this;
    const group = this.#groupAtCursor();
    if (group?.isOnHeader === true) {
      lanes.hiddenGroups.add(group.key);
    } else if (summary !== undefined && selectedLane >= 0) {
      lanes.pinned.delete(laneName(summary, selectedLane));
      lanes.hidden.add(laneName(summary, selectedLane));
      this.deselect();
    }
  }

  /** To the next (1) or previous (-1) mark. */
  seekMark(direction: 1 | -1): void {
    const { playheadNs } = this.transport;
    const times = (this.extra.series?.marks ?? [])
      .map(({ timeNs }) => timeNs)
      .sort((a, b) => a - b);
    const timeNs =
      direction === 1
        ? times.find((time) => time > playheadNs)
        : times.findLast((time) => time < playheadNs);
    if (timeNs !== undefined) this.seek(timeNs);
  }

  /** Look as another fragment of the URL says. */
  restore(state: UrlState): void {
    applyChoices(this, state);
    this.deselect();
    this.#wish = state;
    if (this.summary !== undefined) this.#applyWish(this.summary);
    this.transport.settle(this.playRange);
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
      if (this.transport.mode === 'paused') this.#note();
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
      if (summary.isLive && this.#wish.speed === undefined) {
        this.transport.setSpeed(1e9, performance.now());
      }
      if (summary.isLive) this.transport.follow();
    }
    if (!this.#isWindowChosen) {
      const isFollowing = this.transport.mode === 'following';
      const spanNs = isFollowing ? Math.min(summary.endNs, FOLLOWED_NS) : summary.endNs;
      this.#moveWindow({ startNs: summary.endNs - spanNs, spanNs });
    }
    if (isFirst) this.restingWindow = this.window;
    if (this.transport.mode === 'following') this.tick(performance.now());
    if (this.transport.mode === 'paused') this.transport.settle(this.playRange);
    this.#applyWish(summary);
    this.extra.onSummary(summary);
    if (isFirst) this.#note();
    if (this.selection !== undefined) void this.#refreshSelection();
  }

  /** What the URL asked for, as soon as the recording reaches that far. */
  #applyWish(summary: Summary): void {
    const wish = this.#wish;
    const { startNs, spanNs, playheadNs, selectedGoid, selectedNs } = wish;
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
        (this.laneOf(selectedGoid) >= 0 &&
          summary.loadedNs > (selectedNs ?? playheadNs ?? this.transport.playheadNs)))
    ) {
      delete wish.selectedGoid;
      void this.#selectLane(
        this.laneOf(selectedGoid, wish.selectedPid),
        selectedNs ?? playheadNs ?? this.transport.playheadNs,
        // A window that was asked for stays, whatever lies in it.
        spanNs === undefined,
      );
    }
  }

  #reveal(lane: number): void {
    const row = this.layout.rowOfLane[lane] ?? -1;
    if (row < 0 || this.summary === undefined) return;
    this.revealRow = { row };
    this.cursor.put(row, this.layout, this.summary);
  }
}
