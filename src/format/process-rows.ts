/** Part `processes`: a row is written when a process is met, and once more when it has ended. */
import type { ProcessRow } from './recording.ts';

/** The last row of each program that a process executed, in the order of their first. */
export function latestProcesses(rows: readonly ProcessRow[]): ProcessRow[] {
  const latest = new Map<string, ProcessRow>();
  for (const row of rows) latest.set(`${row.pid} ${row.startedNs}`, row);
  return [...latest.values()];
}
