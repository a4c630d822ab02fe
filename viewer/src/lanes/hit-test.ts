/** Which mark of a lane lies at a time: for the tooltip and for clicks. */
import type { LaneMarks } from '../worker/lane-window.ts';

/**
 * Index of the mark of a lane at `timeNs`, or else the nearest one less than `slackNs` away.
 *
 * @param slot - the lane's place in the request
 * @returns -1 when there is none
 */
export function markAt(marks: LaneMarks, slot: number, timeNs: number, slackNs: number): number {
  const first = marks.laneFirst[slot];
  const end = marks.laneFirst[slot + 1];
  if (first === undefined || end === undefined) return -1;
  let low = first;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (marks.startNs[middle]! <= timeNs) low = middle + 1;
    else high = middle;
  }
  // `low` is the first mark that begins later.
  const before = low - 1;
  if (before >= first && timeNs < marks.endNs[before]!) return before;
  const sinceNs = before >= first ? timeNs - marks.endNs[before]! : Infinity;
  const untilNs = low < end ? marks.startNs[low]! - timeNs : Infinity;
  if (!(Math.min(sinceNs, untilNs) < slackNs)) return -1;
  return sinceNs <= untilNs ? before : low;
}
