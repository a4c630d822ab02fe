/** Do the states of each goroutine follow one another? No event stands alone; this is how they meet. */
import type { RecordedEvent } from './recorded-events.ts';

/**
 * Events that begin in another state than the one in which the goroutine's event before ended.
 *
 * @param events - of one program, in the order of the recording; a process that executes itself
 *   again begins anew with goroutine 1
 * @returns a line of words for each
 */
export function brokenChains(events: readonly RecordedEvent[]): string[] {
  const last = new Map<number, RecordedEvent>();
  const broken: string[] = [];
  for (const event of events) {
    if (!['go_create', 'go_state', 'go_exit'].includes(event.event)) continue;
    const { goid, from } = event;
    if (event.event === 'go_create' && goid === 1) last.clear();
    const before = last.get(goid);
    last.set(goid, event);
    if (before === undefined || from === before.to) continue;
    broken.push(`g${goid}: ${inWords(before)}, ${inWords(event)}`);
  }
  return broken;
}

function inWords({ from, to, waitReason, timeNs }: RecordedEvent): string {
  return `${from}->${to}${waitReason === '' ? '' : ` (${waitReason})`} at ${timeNs}`;
}
