/** The stretch that is, or would be, played again and again. */
import type { ViewerSession } from '../session/viewer-session.svelte.ts';
import type { PlayedRange } from './paint-ruler.ts';

/** Undefined: nothing is chosen, and all of the recording is played. */
export function playedRange(session: ViewerSession): PlayedRange | undefined {
  const { isLooping } = session.transport;
  // Without a range it is the selected span that is looped.
  const range = isLooping ? session.playRange.loop : session.range;
  return range && { startNs: range.startNs, endNs: range.endNs, isLooping };
}
