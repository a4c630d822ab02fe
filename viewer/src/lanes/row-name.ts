/** What a row of the gutter is called by a screen reader. */
import { formatDuration } from '../format/format-duration.ts';
import { plainSpaces } from '../format/format-time.ts';
import type { RowView } from './lane-view.ts';

/**
 * e.g. `goroutine 34, net/http.(*conn).serve, waiting: IO wait, for 1.2 s at the playhead`.
 *
 * @param isMoving - the playhead moves by itself: what changes with every frame is left out
 */
export function rowName(row: RowView, isMoving: boolean): string {
  const { header, lane, text, spokenId, spokenState, forNs } = row;
  if (header !== undefined) {
    const ofWhat = header.group === undefined ? '' : ' goroutines';
    return plainSpaces(`${header.name}, ${header.note}${ofWhat}`);
  }
  if (lane < 0) {
    return [spokenId, ...(spokenState === '' ? [text] : isMoving ? [] : [spokenState])].join(', ');
  }
  const state = isMoving || spokenState === '' ? [] : [spokenState];
  const since =
    isMoving || forNs === undefined ? [] : [`for ${formatDuration(forNs)} at the playhead`];
  return [spokenId, text, ...state, ...since].join(', ');
}
