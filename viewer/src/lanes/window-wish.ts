/** Which lanes to ask the worker for: those on screen, and a screenful above and below. */
import type { WindowWish } from '../session/window-data.svelte.ts';
import {
  ROW_GOROUTINE,
  ROW_GROUP,
  ROW_PROCESSOR,
  visibleRows,
  type RowLayout,
} from './row-layout.ts';

/** Complete a wish with the lanes that are, or are about to be, on screen. */
export function wishOf(
  layout: RowLayout,
  scrollPx: number,
  viewPx: number,
  time: Pick<WindowWish, 'startNs' | 'spanNs' | 'bucketNs' | 'densityNs' | 'summary'>,
): WindowWish {
  const wish: WindowWish = { ...time, visibleLanes: [], lanes: [], processors: [], groups: [] };
  const shown = visibleRows(layout, scrollPx, viewPx);
  const ahead = visibleRows(layout, Math.max(0, scrollPx - viewPx), 3 * viewPx);
  const visibleLanes: number[] = [];
  const lanes: number[] = [];
  const processors: number[] = [];
  for (let row = ahead.first; row < ahead.end; row++) {
    const index = layout.index[row]!;
    const isShown = row >= shown.first && row < shown.end;
    switch (layout.kind[row]) {
      case ROW_GOROUTINE:
        lanes.push(index);
        if (isShown) visibleLanes.push(index);
        break;
      case ROW_PROCESSOR:
        if (isShown) processors.push(index);
        break;
      case ROW_GROUP: {
        const header = layout.headers[index]!;
        if (isShown && !header.isOpen && header.group !== undefined) {
          wish.groups.push({ key: header.key, lanes: header.group.lanes });
        }
      }
    }
  }
  return { ...wish, visibleLanes, lanes, processors };
}
