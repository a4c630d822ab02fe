/** How many events a loss is; a stack or a name that could not be had is no event. */
import { LOSS_CAUSES, type LossCause } from './event-columns.ts';

/** The event is there, and something of it is not. */
const PARTIAL: ReadonlySet<LossCause> = new Set(['stack_lost', 'name_lost']);

/** @param lost - by cause; docs/format.md, "Causes of loss" */
export function lostEvents(lost: Readonly<Record<LossCause, number>>): number {
  return LOSS_CAUSES.reduce((sum, cause) => sum + (PARTIAL.has(cause) ? 0 : lost[cause]), 0);
}
