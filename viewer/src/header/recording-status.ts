/** In what condition a recording is, in a word, when it is not simply complete. */
import { formatTime } from '../format/format-time.ts';
import type { Summary } from '../worker/protocol.ts';

export interface RecordingStatus {
  tone: 'live' | 'reading' | 'part' | 'cut' | 'broken';
  text: string;
  detail: string;
}

/**
 * The status to show beside the facts.
 *
 * @param failure - what stopped the reading, if anything did
 * @returns undefined for a recording that is complete and read
 */
export function recordingStatus(
  summary: Pick<
    Summary,
    | 'isLive'
    | 'isBroken'
    | 'isComplete'
    | 'isLoading'
    | 'loadedNs'
    | 'endNs'
    | 'damage'
    | 'readShare'
  >,
  failure: string | undefined,
): RecordingStatus | undefined {
  if (failure !== undefined) {
    return { tone: 'broken', text: 'damaged', detail: failure };
  }
  if (summary.isBroken) {
    return {
      tone: 'broken',
      text: 'connection lost',
      detail: 'The server is gone; what had arrived is shown.',
    };
  }
  if (summary.isLive) {
    return { tone: 'live', text: 'live', detail: 'The recording is still being written.' };
  }
  const { readShare = 1 } = summary;
  if (readShare < 1) {
    return {
      tone: 'part',
      text: `${Math.floor(100 * readShare)} % read`,
      detail:
        'What you look at is read first. What was not read is hatched when it is drawn small.',
    };
  }
  if (summary.isLoading) {
    const percent = Math.floor((100 * summary.loadedNs) / summary.endNs);
    return { tone: 'reading', text: `reading ${percent} %`, detail: 'What is read is shown.' };
  }
  if (summary.damage !== undefined) {
    return {
      tone: 'broken',
      text: 'damaged',
      detail: `${summary.damage} What lies before is shown.`,
    };
  }
  if (!summary.isComplete) {
    return {
      tone: 'cut',
      text: `cut off at ${formatTime(summary.endNs, 1e6)}`,
      detail: 'The recording has no footer: it ends with the last whole chunk.',
    };
  }
  return undefined;
}
