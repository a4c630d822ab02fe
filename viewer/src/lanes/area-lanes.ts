/** The goroutines that an area is drawn over. */
import { ROW_GOROUTINE, ROW_GROUP, type RowLayout } from './row-layout.ts';

/**
 * Lanes between two heights, those of closed groups among them.
 *
 * @param fromPx - from the top of the first row, as `toPx`; either may be the larger
 * @returns undefined when there is none: the area is of all goroutines
 */
export function lanesBetween(
  layout: RowLayout,
  fromPx: number,
  toPx: number,
): Int32Array | undefined {
  const [topPx, bottomPx] = [Math.min(fromPx, toPx), Math.max(fromPx, toPx)];
  const lanes: number[] = [];
  for (let row = 0; row < layout.count; row++) {
    const nextPx = row + 1 < layout.count ? layout.topPx[row + 1]! : layout.heightPx;
    if (nextPx <= topPx) continue;
    if (layout.topPx[row]! >= bottomPx) break;
    const index = layout.index[row]!;
    if (layout.kind[row] === ROW_GOROUTINE) {
      lanes.push(index);
    } else if (layout.kind[row] === ROW_GROUP) {
      const header = layout.headers[index];
      if (header?.isOpen === false) for (const lane of header.group?.lanes ?? []) lanes.push(lane);
    }
  }
  return lanes.length === 0 ? undefined : Int32Array.from(lanes);
}
