/** Where a goroutine's time went: by state, waiting by reason; the largest first. */
import { STATES } from '../../../src/format/event-columns.ts';
import { tokenOfReason, tokenOfState, type Token } from '../lanes/palette.ts';
import type { GoroutineFacts } from '../worker/protocol.ts';

export interface Share {
  label: string;
  ns: number;
  /** Part of the largest share, 0 to 1: the bar's length. */
  ofLargest: number;
  token: Token;
}

const WAITING = STATES.indexOf('waiting');

/**
 * Shares for the bars.
 *
 * @param most - at most so many; the rest is summed up as "other"
 */
export function sharesOf(
  facts: Pick<GoroutineFacts, 'stateNs' | 'reasonNs'>,
  waitReasons: readonly string[],
  most = 7,
): Share[] {
  const shares: Omit<Share, 'ofLargest'>[] = [];
  for (const [state, ns] of facts.stateNs.entries()) {
    if (ns <= 0 || state === 0 || state === WAITING) continue;
    shares.push({ label: STATES[state] ?? '', ns, token: tokenOfState(state) });
  }
  let withReasonNs = 0;
  for (const [reason, ns] of facts.reasonNs.entries()) {
    if (ns <= 0 || reason === 0) continue;
    const label = waitReasons[reason] ?? `wait reason ${reason}`;
    shares.push({ label, ns, token: tokenOfReason(label) });
    withReasonNs += ns;
  }
  const restNs = facts.stateNs[WAITING]! - withReasonNs;
  if (restNs > 0) shares.push({ label: 'waiting', ns: restNs, token: 'waiting' });
  shares.sort((a, b) => b.ns - a.ns);
  if (shares.length > most) {
    const others = shares.splice(most - 1);
    const ns = others.reduce((sum, share) => sum + share.ns, 0);
    shares.push({ label: 'other', ns, token: 'other' });
  }
  const largestNs = shares.reduce((max, share) => Math.max(max, share.ns), 0);
  return shares.map((share) => ({ ...share, ofLargest: share.ns / largestNs }));
}
