/** When memory was swept: from a cycle's end until there was nothing left to sweep. */
import type { Stretches } from '../transport/play-axis.ts';
import type { IntervalColumns } from '../worker/protocol.ts';
import { firstAtOrAfter } from './on-screen.ts';

/** Of the cycles whose end of sweeping was recorded. */
export function sweepsOf(cycles: IntervalColumns, sweepEndNs: Float64Array): Stretches {
  const startNs: number[] = [];
  const endNs: number[] = [];
  for (const [cycle, fromNs] of cycles.endNs.entries()) {
    const toNs = sweepEndNs[firstAtOrAfter(sweepEndNs, fromNs)];
    // The next cycle begins when all is swept: an end after that is another's.
    if (toNs === undefined || toNs > (cycles.endNs[cycle + 1] ?? Infinity)) continue;
    startNs.push(fromNs);
    endNs.push(toNs);
  }
  return { startNs: Float64Array.from(startNs), endNs: Float64Array.from(endNs) };
}
