/** The state of a session as the URL says it, and back. */
import type { Summary } from '../worker/protocol.ts';
import type { UrlState } from './url-state.ts';
import type { ViewerSession } from './viewer-session.svelte.ts';

/** All of it. */
export function urlStateOf(session: ViewerSession): UrlState {
  const { window, transport, selection, range, lanes, summary } = session;
  const chosen = [...lanes.opened];
  const lane = selection?.span.lane ?? -1;
  return {
    startNs: window.startNs,
    spanNs: window.spanNs,
    playheadNs: transport.playheadNs,
    ...(selection && {
      selectedGoid: selection.span.goid,
      selectedNs: Math.round(selection.span.startNs),
    }),
    ...(selection &&
      summary !== undefined &&
      summary.processCount > 1 && { selectedPid: summary.pid[lane]! }),
    speed: transport.speed,
    isBackwards: transport.direction === -1,
    isLooping: transport.isLooping,
    isSkippingIdle: transport.isSkippingIdle,
    ...(range && { range }),
    filterText: lanes.filterText,
    grouping: lanes.grouping,
    order: lanes.order,
    isShowingAll: !lanes.onlyInView,
    pinned: [...lanes.pinned],
    hidden: [...lanes.hidden],
    hiddenGroups: [...lanes.hiddenGroups],
    opened: chosen.filter(([, isOpen]) => isOpen).map(([key]) => key),
    closed: chosen.filter(([, isOpen]) => !isOpen).map(([key]) => key),
  };
}

/** What does not depend on how much of the recording was read; what is missing is as at first. */
export function applyChoices(session: ViewerSession, state: UrlState): void {
  const { transport, lanes } = session;
  const nowMs = performance.now();
  if (state.speed !== undefined) transport.choose(state.speed, nowMs);
  transport.setDirection(state.isBackwards === true ? -1 : 1, nowMs);
  transport.isLooping = state.isLooping ?? false;
  transport.skipIdle(state.isSkippingIdle ?? false, nowMs);
  session.playback.range = state.range;
  lanes.filterText = state.filterText ?? '';
  lanes.grouping = state.grouping ?? 'start function';
  lanes.order = state.order ?? 'first seen';
  lanes.onlyInView = state.isShowingAll !== true;
  lanes.pinned.clear();
  lanes.unhide();
  lanes.opened.clear();
  for (const name of state.pinned ?? []) lanes.pinned.add(name);
  for (const name of state.hidden ?? []) lanes.hidden.add(name);
  for (const key of state.hiddenGroups ?? []) lanes.hiddenGroups.add(key);
  for (const key of state.opened ?? []) lanes.opened.set(key, true);
  for (const key of state.closed ?? []) lanes.opened.set(key, false);
}

/**
 * Window, playhead and selection, as soon as the recording reaches that far.
 *
 * @param wish - what was done of it is taken out
 */
export function applyPlace(session: ViewerSession, wish: UrlState, summary: Summary): void {
  const { startNs, spanNs, playheadNs, selectedGoid, selectedNs } = wish;
  const { transport } = session;
  if (startNs !== undefined && spanNs !== undefined) {
    session.view.show({ startNs, spanNs });
    delete wish.startNs;
  }
  if (playheadNs !== undefined) {
    transport.seek(playheadNs, performance.now(), summary.endNs);
    delete wish.playheadNs;
  }
  if (selectedGoid === undefined) return;
  const atNs = selectedNs ?? playheadNs ?? transport.playheadNs;
  const isThere = session.laneOf(selectedGoid) >= 0 && summary.loadedNs > atNs;
  if (summary.isLoading && !isThere) return;
  delete wish.selectedGoid;
  // A window that was asked for stays, whatever lies in it.
  const isShown = spanNs === undefined;
  void session.selectLane(session.laneOf(selectedGoid, wish.selectedPid), atNs, isShown);
}
