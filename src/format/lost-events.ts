/** How many events a loss is; a stack that could not be had is no event. */
import { LOSS_CAUSES, type LossCause } from './event-columns.ts';

/** @param lost - by cause; docs/format.md, "Causes of loss" */
export function lostEvents(lost: Readonly<Record<LossCause, number>>): number {
  return LOSS_CAUSES.reduce((sum, cause) => sum + (cause === 'stack_lost' ? 0 : lost[cause]), 0);
}
