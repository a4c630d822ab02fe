/**
 * What a recording says about itself as keys and values: view `meta`, `xgotop info --json`.
 */
import type { Recording } from '../format/recording.ts';

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
    ...(meta.hasStateGaps ? ([['state_gaps', '1']] as const) : []),
  ]);
  for (const [key, value] of end) facts.set(key, value);
  facts.set('end_ns', String(recordingEndNs(recording)));
  facts.set('complete', recording.isComplete ? '1' : '0');
  facts.set('readable_bytes', String(recording.byteLength));
  return facts;
}

/** When the recording ends, ns since its start: never before its last event. */
export function recordingEndNs({ endNs, chunks }: Recording): number {
  return chunks.reduce((latest, { maxNs }) => Math.max(latest, maxNs), endNs);
}
