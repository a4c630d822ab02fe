/** Part `processes`: a row is written when a process is met, and once more when it has ended. */
import type { ProcessRow, Recording } from './recording.ts';

/** The last row of each program that a process executed, in the order of their first. */
export function latestProcesses(rows: readonly ProcessRow[]): ProcessRow[] {
  const latest = new Map<string, ProcessRow>();
  for (const row of rows) latest.set(`${row.pid} ${row.startedNs}`, row);
  return [...latest.values()];
}

/** The same; in recordings older than the part the one process that the metadata names. */
export function recordingProcesses({
  processes,
  meta,
  end,
}: Pick<Recording, 'processes' | 'meta' | 'end'>): readonly ProcessRow[] {
  if (processes.length > 0 || meta.pid === 0) return processes;
  const exitCode = end.get('exit_code');
  return [
    {
      pid: meta.pid,
      parentPid: 0,
      comm: meta.comm,
      command: JSON.stringify(meta.command),
      startedNs: meta.launched ? 0 : -1,
      endedNs: end.get('reason') === 'exit' ? Number(end.get('ended_ns') ?? -1) : -1,
      exitCode: exitCode === undefined || exitCode === '' ? -1 : Number(exitCode),
      exitSignal: Number(end.get('exit_signal') ?? 0),
      bias: 0n,
    },
  ];
}

/**
 * When what is known of the program that a process executed ends: the program itself, or in a
 * merge the recording that it was in; -1 neither.
 */
export function knownUntilNs({ endedNs, recordedUntilNs = -1 }: ProcessRow): number {
  if (endedNs < 0 || recordedUntilNs < 0) return Math.max(endedNs, recordedUntilNs);
  return Math.min(endedNs, recordedUntilNs);
}

/**
 * When the goroutines of a process are gone, the first end last. A process that is met anew under
 * the same number has ended before.
 */
export function endsOfProcesses(
  processes: readonly ProcessRow[],
): { pid: number; timeNs: number }[] {
  return processes
    .flatMap(({ pid, startedNs, endedNs, recordedUntilNs = -1 }) => [
      ...(endedNs >= 0 ? [{ pid, timeNs: endedNs }] : []),
      // The last event of a recording may be at its end.
      ...(recordedUntilNs >= 0 ? [{ pid, timeNs: recordedUntilNs + 1 }] : []),
      ...(startedNs > 0 ? [{ pid, timeNs: startedNs }] : []),
    ])
    .sort((a, b) => b.timeNs - a.timeNs);
}
