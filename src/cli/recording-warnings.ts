/** What whoever reads a recording has to know before believing its durations. */
import type { Recording } from '../format/index.ts';
import { lostEvents } from '../format/index.ts';

/** Lines for stderr; none when the recording is whole. */
export function recordingWarnings(recording: Recording): string[] {
  const warnings: string[] = [];
  const lossyChunks = recording.chunks.filter(({ lost }) => lostEvents(lost) > 0);
  const lostCount = lossyChunks.reduce((sum, { lost }) => sum + lostEvents(lost), 0);
  const stackCount = recording.chunks.reduce((sum, { lost }) => sum + lost.stack_lost, 0);
  if (lostCount > 0) {
    warnings.push(
      `${plural(lostCount, 'event')} lost in ${plural(lossyChunks.length, 'chunk')}: ` +
        'durations across them may be wrong (view loss says when)',
    );
  }
  if (stackCount > 0) {
    warnings.push(`${plural(stackCount, 'event')} without a stack: there was no room for it`);
  }
  if (recording.meta.hasStateGaps) {
    warnings.push(
      'changes of state were filtered out: states and durations are not those of the program',
    );
  }
  if (!recording.isComplete) {
    const { damage, byteLength } = recording;
    const what = damage
      ? `is damaged (${damage.message})`
      : 'was cut off, or is still being written';
    warnings.push(`the recording ${what}: read up to byte ${byteLength.toLocaleString('en-US')}`);
  }
  return warnings;
}

function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}
