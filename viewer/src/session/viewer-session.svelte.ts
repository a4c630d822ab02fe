/**
 * One recording on screen: what is known of it, the window, the playhead, the selection.
 * Components show this and call its methods; they hold no state that another one needs.
 * Each idea is a class of its own; here is what touches several of them.
 */
import type { Counter } from '../counters/counters.ts';
import { functionOf, type LaneGroup } from '../lanes/lane-groups.ts';
import type { RowLayout } from '../lanes/row-layout.ts';
import type { Stretches } from '../transport/play-axis.ts';
import { Transport, type PlayRange } from '../transport/transport.svelte.ts';
import type { Opened, Parts, SourceRequest, SpanReply, Summary } from '../worker/protocol.ts';
import { RecordingClient } from '../worker/recording-client.ts';
import { Area, type AreaRange } from './area.svelte.ts';
import { ExtraData } from './extra-data.svelte.ts';
import { InTurn } from './in-turn.ts';
import type { LaneChoice } from './lane-choice.svelte.ts';
import type { LaneCursor } from './lane-cursor.svelte.ts';
import { LaneRows } from './lane-rows.svelte.ts';
import { Playback } from './playback.svelte.ts';
import { applyChoices, applyPlace } from './session-url.ts';
import { SpanContext } from './span-context.svelte.ts';
import { SpanSelection } from './span-selection.svelte.ts';
import type { UrlState } from './url-state.ts';
import { ViewWindow } from './view-window.svelte.ts';
import { WakeChain } from './wake-chain.ts';
import { WindowData } from './window-data.svelte.ts';
import { windowAround, windowShowing, type TimeWindow } from './window-of-time.ts';

export class ViewerSession {
  readonly client: RecordingClient;
  readonly data: WindowData;
  readonly extra: ExtraData;
  readonly transport = new Transport();
  readonly view = new ViewWindow(this.transport, this);
  readonly playback = new Playback(this.transport, this.view, this);
  readonly rows = new LaneRows(this);
  readonly selected: SpanSelection;
  /** What is around the span under the pointer. */
  readonly hovered: SpanContext;
  readonly area: Area;
  /** What the dock shows. */
  dockTab = $state<'span' | 'selection'>('span');
  readonly #chain: WakeChain;
  readonly #steps = new InTurn();

  opened = $state.raw<Opened | undefined>(undefined);
  summary = $state.raw<Summary | undefined>(undefined);
  parts = $state.raw<Parts>({ sites: [], probes: [] });
  failure = $state<string | undefined>(undefined);
  #wish: UrlState;

  /** The stretches that are skipped now. */
  cuts: Stretches | undefined = $derived.by(() => this.transport.cuts(this.playRange));

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
    this.selected = new SpanSelection(this.client);
    this.hovered = new SpanContext(this.client);
    this.area = new Area(this.client);
    this.#chain = new WakeChain(this.client);
    this.extra = new ExtraData(this.client, () => this.transport.settle(this.playRange));
    this.transport.speed = { kind: 'auto' };
    applyChoices(this, wish);
  }

  /** End of what is known, ns. */
  get endNs(): number {
    return this.summary?.endNs ?? 1;
  }

  get window(): TimeWindow {
    return this.view.shown;
  }

  get lanes(): LaneChoice {
    return this.rows.choice;
  }

  get cursor(): LaneCursor {
    return this.rows.cursor;
  }

  get groups(): LaneGroup[] {
    return this.rows.groups;
  }

  get shownCount(): number {
    return this.rows.shownCount;
  }

  get counters(): readonly Counter[] {
    return this.rows.counters;
  }

  get layout(): RowLayout {
    return this.rows.layout;
  }

  get selection(): SpanReply | undefined {
    return this.selected.reply;
  }

  /** Lane of the selected goroutine; -1 none. */
  get selectedLane(): number {
    return this.selected.lane;
  }

  /** What is around the selected span. */
  get context(): SpanContext {
    return this.selected.context;
  }

  get range(): Playback['range'] {
    return this.playback.range;
  }

  /** What the transport plays. */
  get playRange(): PlayRange {
    return this.playback.bounds;
  }

  zoom(factor: number, anchorNs: number): void {
    this.view.zoom(factor, anchorNs);
  }

  pan(byNs: number): void {
    this.view.pan(byNs);
  }

  show(window: TimeWindow): void {
    this.view.show(window);
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
    this.view.reveal(this.transport.playheadNs);
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

  /** Select the span of a lane at a time. */
  async select(lane: number, timeNs: number): Promise<void> {
    const cursorKey = this.cursor.key;
    if (!(await this.selected.select(lane, timeNs))) return;
    this.dockTab = 'span';
    // Whoever has gone on with the keys meanwhile is not taken back.
    if (this.cursor.key === cursorKey) this.rows.reveal(lane);
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

  /** Select a goroutine: its span at a time, by default the playhead's, and show its lane. */
  async selectGoroutine(goid: number, timeNs = this.transport.playheadNs): Promise<void> {
    await this.selectLane(this.laneOf(goid), timeNs);
  }

  /** As by its number; of a lane that was not there at that time, what was nearest. */
  async selectLane(lane: number, timeNs: number, isShown = true): Promise<void> {
    if (lane < 0 || this.summary === undefined) return;
    const { firstNs, endedNs } = this.summary;
    const within = Math.min(
      Math.max(timeNs, firstNs[lane]!),
      Math.max(firstNs[lane]!, endedNs[lane]! - 1),
    );
    await this.select(lane, within);
    if (isShown) this.view.reveal(within);
  }

  /** As `selectLane`, and its row is shown whatever was chosen to hide it. */
  async goToLane(lane: number): Promise<void> {
    this.rows.uncover(lane);
    await this.selectLane(lane, this.transport.playheadNs);
    this.view.rest();
    this.rows.reveal(lane);
  }

  /** To the group of a start function; where groups are others, to its first goroutine. */
  async goToFunction(name: string): Promise<void> {
    const { summary } = this;
    if (summary === undefined || this.rows.goToGroup(name)) return;
    const lane = summary.goid.findIndex((_, at) => functionOf(summary, at) === name);
    await this.goToLane(lane);
  }

  deselect(): void {
    this.selected.clear();
    this.rows.revealed = undefined;
    if (this.area.range !== undefined) this.chooseArea(undefined);
  }

  /** Sum up what goroutines did in a stretch of time. */
  chooseArea(range: AreaRange | undefined): void {
    this.area.choose(range);
    this.dockTab = range === undefined ? 'span' : 'selection';
  }

  /** Sum up the range, or what is on screen without one, over all goroutines. */
  sumUp(): void {
    const { startNs, spanNs } = this.window;
    const { endNs } = this;
    const shown = { startNs, endNs: Math.min(endNs, startNs + spanNs) };
    this.chooseArea({ ...(this.range ?? shown), lanes: undefined });
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

  /** Move the cursor so many rows down, or up; a goroutine there is selected. */
  async moveCursor(byRows: number): Promise<void> {
    await this.selectLane(this.rows.moveCursor(byRows), this.transport.playheadNs);
  }

  /** Hide the group whose header the cursor is on, else the selected goroutine. */
  hide(): void {
    if (this.rows.hide(this.selectedLane)) this.deselect();
  }

  /** Look as another fragment of the URL says. */
  restore(state: UrlState): void {
    applyChoices(this, state);
    this.deselect();
    this.#wish = state;
    if (this.summary !== undefined) applyPlace(this, this.#wish, this.summary);
    this.transport.settle(this.playRange);
  }

  close(): void {
    this.view.close();
    this.client.close();
  }

  #onSummary(summary: Summary): void {
    const isFirst = this.summary === undefined;
    this.summary = summary;
    if (this.area.range !== undefined) this.area.refresh();
    // A live program is played as fast as it runs.
    if (isFirst && summary.isLive && this.#wish.speed === undefined) {
      this.transport.setSpeed(1e9, performance.now());
    }
    this.playback.onSummary(summary, isFirst);
    applyPlace(this, this.#wish, summary);
    this.extra.onSummary(summary);
    if (isFirst) this.view.note();
    void this.selected.refresh();
  }
}
