/** The rows of the lane area as the user wants them, and the one the keys are on. */
import { countersOf, type Counter } from '../counters/counters.ts';
import { functionOf, groupLanes, type LaneGroup } from '../lanes/lane-groups.ts';
import { laneMatcher } from '../lanes/lane-match.ts';
import { headerKey } from '../lanes/lane-view.ts';
import { ROW_GOROUTINE, ROW_GROUP, type RowLayout } from '../lanes/row-layout.ts';
import { rowsOfRecording } from '../lanes/rows-of-recording.ts';
import type { Transport } from '../transport/transport.svelte.ts';
import type { Summary } from '../worker/protocol.ts';
import type { ExtraData } from './extra-data.svelte.ts';
import { LaneChoice } from './lane-choice.svelte.ts';
import { LaneCursor } from './lane-cursor.svelte.ts';
import { laneName, lanesNamed } from './lane-name.ts';
import type { TimeWindow } from './window-of-time.ts';

/** What the rows are made of. */
interface RowSources {
  readonly summary: Summary | undefined;
  readonly view: { readonly resting: TimeWindow };
  readonly extra: ExtraData;
  readonly transport: Transport;
}

/** The group whose header, or one of whose lanes, the cursor is on. */
interface GroupAtCursor {
  key: string;
  isOpen: boolean;
  isOnHeader: boolean;
}

export class LaneRows {
  readonly choice = new LaneChoice();
  readonly cursor = new LaneCursor();
  /** Since when the cursor's row is to be on screen; ms as of `performance.now`. */
  revealed = $state.raw<{ sinceMs: number } | undefined>(undefined);
  readonly #of: RowSources;

  groups: LaneGroup[] = $derived.by(() => {
    const { summary, view, extra, transport } = this.#of;
    if (summary === undefined) return [];
    const { choice } = this;
    const { startNs, spanNs } = view.resting;
    const { allocatedBytes, blockedNs, labels } = extra.series ?? {};
    const states = choice.grouping === 'state' ? extra.states?.state : undefined;
    return groupLanes(
      { ...summary, allocatedBytes, blockedNs, labels, states },
      {
        text: choice.filterText,
        order: choice.order,
        grouping: choice.grouping,
        livedWithin: choice.onlyInView
          ? {
              startNs,
              // Who follows sees a goroutine at once, not when the window has come to rest.
              endNs: transport.mode === 'following' ? Infinity : startNs + spanNs,
            }
          : undefined,
        pinned: lanesNamed(summary, choice.pinned),
        hidden: lanesNamed(summary, choice.hidden),
        hiddenGroups: choice.hiddenGroups,
      },
    );
  });
  shownCount = $derived(this.groups.reduce((sum, { lanes }) => sum + lanes.length, 0));
  counters: readonly Counter[] = $derived.by(() =>
    countersOf(this.#of.summary, this.#of.extra.series),
  );
  layout: RowLayout = $derived.by(() => {
    const { opened, hiddenGroups } = this.choice;
    const { summary } = this.#of;
    return rowsOfRecording(summary, this.groups, opened, this.counters.length, hiddenGroups);
  });

  constructor(sources: RowSources) {
    this.#of = sources;
  }

  /** The row was given the focus: the keys go on from it. */
  putCursor(row: number, isOnScreen: boolean): void {
    const { summary } = this.#of;
    if (summary === undefined) return;
    this.cursor.put(row, this.layout, summary);
    if (!isOnScreen) this.revealed = { sinceMs: performance.now() };
  }

  /** Bring a lane on screen, and the cursor to it. */
  reveal(lane: number): void {
    const row = this.layout.rowOfLane[lane] ?? -1;
    if (row >= 0) this.putCursor(row, false);
  }

  /** Undo what keeps a lane from being shown: the filter, that it was hidden, its closed group. */
  uncover(lane: number): void {
    const { choice } = this;
    const { summary } = this.#of;
    if (summary === undefined || lane < 0) return;
    const isFound = laneMatcher(choice.filterText).matches;
    if (!isFound(functionOf(summary, lane), summary.goid[lane]!)) choice.filterText = '';
    choice.hidden.delete(laneName(summary, lane));
    const group = this.groups.find(({ lanes }) => lanes.includes(lane));
    if (group === undefined) choice.hiddenGroups.clear();
    else if ((this.layout.rowOfLane[lane] ?? -1) < 0) choice.opened.set(group.key, true);
  }

  /**
   * Bring a group's header on screen, and the cursor to it.
   *
   * @returns false when there is no such group now
   */
  goToGroup(key: string): boolean {
    const { layout } = this;
    const header = layout.headers.findIndex((each) => each.key === key);
    if (header < 0) return false;
    for (let row = 0; row < layout.count; row++) {
      if (layout.kind[row] === ROW_GROUP && layout.index[row] === header)
        this.putCursor(row, false);
    }
    return true;
  }

  /**
   * Move the cursor so many rows down, or up when negative.
   *
   * @returns the lane of the goroutine there; -1 where there is none
   */
  moveCursor(by: number): number {
    const { layout, cursor } = this;
    const { summary } = this.#of;
    if (summary === undefined || layout.count === 0) return -1;
    const row = cursor.move(by, layout, summary);
    this.revealed = { sinceMs: performance.now() };
    return layout.kind[row] === ROW_GOROUTINE ? layout.index[row]! : -1;
  }

  /** Open or close the group at the cursor, which goes to its header. */
  toggleGroupAtCursor(): void {
    const group = this.groupAtCursor();
    if (group === undefined) return;
    this.toggleGroup(group.key, group.isOpen);
    this.cursor.key = headerKey(group.key);
  }

  toggleGroup(key: string, isOpen: boolean): void {
    this.choice.opened.set(key, !isOpen);
  }

  /** Pin a goroutine, or let it go. */
  togglePin(lane: number): void {
    const { summary } = this.#of;
    if (summary === undefined || lane < 0) return;
    this.choice.togglePin(laneName(summary, lane));
    this.reveal(lane);
  }

  /**
   * Hide the group whose header the cursor is on, else a goroutine.
   *
   * @returns whether it was the goroutine
   */
  hide(lane: number): boolean {
    const { summary } = this.#of;
    const { choice } = this;
    const group = this.groupAtCursor();
    const isGroup = group?.isOnHeader === true;
    if (summary === undefined || (!isGroup && lane < 0)) return false;
    // Whoever goes by the keys goes on from the row above.
    this.cursor.move(-1, this.layout, summary);
    if (isGroup) {
      choice.hiddenGroups.add(group.key);
      return false;
    }
    const name = laneName(summary, lane);
    choice.pinned.delete(name);
    choice.hidden.add(name);
    return true;
  }

  groupAtCursor(): GroupAtCursor | undefined {
    const { layout, cursor } = this;
    const { summary } = this.#of;
    const at = summary === undefined ? -1 : cursor.row(layout, summary);
    let row = at;
    while (row >= 0 && layout.kind[row] !== ROW_GROUP) row--;
    const header = row < 0 ? undefined : layout.headers[layout.index[row]!];
    return header && { key: header.key, isOpen: header.isOpen, isOnHeader: row === at };
  }
}
