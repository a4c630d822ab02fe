/** Where the wake-ups around a span are drawn: both ways, as far as both lanes are shown. */
import type { SpanAround } from '../worker/context-protocol.ts';
import type { WakeArrow } from './paint-overlay.ts';
import { LANE_PX, type RowLayout } from './row-layout.ts';

/** What of the lanes is on screen. */
export interface ShownLanes {
  layout: RowLayout;
  startNs: number;
  pxPerNs: number;
  widthPx: number;
  scrollPx: number;
}

/** Arrows for a span; undefined is none. */
export function wakeArrows(
  around: SpanAround | undefined,
  { layout, startNs, pxPerNs, widthPx, scrollPx }: ShownLanes,
  isFaint: boolean,
): WakeArrow[] {
  if (around === undefined) return [];
  const arrows: WakeArrow[] = [];
  for (const wake of [around.begunBy, around.endedBy, ...around.wakes]) {
    if (wake === undefined) continue;
    const fromRow = layout.rowOfLane[wake.fromLane] ?? -1;
    const toRow = layout.rowOfLane[wake.toLane] ?? -1;
    const x = (wake.timeNs - startNs) * pxPerNs;
    if (fromRow < 0 || toRow < 0 || x < 0 || x > widthPx) continue;
    arrows.push({
      x,
      fromY: layout.topPx[fromRow]! - scrollPx + LANE_PX / 2,
      toY: layout.topPx[toRow]! - scrollPx + (fromRow < toRow ? 3 : LANE_PX - 3),
      isFaint,
    });
  }
  return arrows;
}
