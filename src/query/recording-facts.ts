/**
 * What a recording says about itself as keys and values: view `meta`, `xgotop info --json`.
 */
import type { ProcessRow, Recording } from '../format/recording.ts';

/**
 * The keys of docs/format.md without their prefix, then part `end`, then what the reader found.
 *
 * @returns in the order in which they are shown; numbers as decimal text
 */
export function recordingFacts(recording: Recording): Map<string, string> {
  const { meta, end } = recording;
  const facts = new Map([
    ['version', meta.version],
    ['program', meta.program],
    ['command', JSON.stringify(meta.command)],
    ['comm', meta.comm],
    ['pid', String(meta.pid)],
    ['go_version', meta.goVersion],
    ['arch', meta.arch],
    ['host', meta.host],
    ['kernel', meta.kernel],
    ['start_unix_ns', String(meta.startUnixNs)],
    ['start_mono_ns', String(meta.startMonoNs)],
    ['groups', meta.groups.join(',')],
    ['launched', meta.launched ? '1' : '0'],
    ['offsets', meta.offsets],
  ]);
  for (const [key, value] of end) facts.set(key, value);
  facts.set('end_ns', String(recordingEndNs(recording)));
  facts.set('complete', recording.isComplete ? '1' : '0');
  facts.set('readable_bytes', String(recording.byteLength));
  return facts;
}

/** Rows of part `processes`; in recordings older than it the one process that the metadata names. */
export function recordingProcesses({ processes, meta, end }: Recording): readonly ProcessRow[] {
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

/** When the recording ends, ns since its start: never before its last event. */
export function recordingEndNs({ endNs, chunks }: Recording): number {
  return chunks.reduce((latest, { maxNs }) => Math.max(latest, maxNs), endNs);
}
