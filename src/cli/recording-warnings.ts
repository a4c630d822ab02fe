/** What whoever reads a recording has to know before believing its durations. */
import type { Recording } from '../format/index.ts';
import { LOSS_CAUSES } from '../format/index.ts';

/** Lines for stderr; none when the recording is whole. */
export function recordingWarnings(recording: Recording): string[] {
  const warnings: string[] = [];
  const lossyChunks = recording.chunks.filter(({ lost }) =>
    LOSS_CAUSES.some((cause) => lost[cause] > 0),
  );
  const lostCount = lossyChunks.reduce(
    (sum, { lost }) => sum + LOSS_CAUSES.reduce((part, cause) => part + lost[cause], 0),
    0,
  );
  if (lostCount > 0) {
    warnings.push(
      `${plural(lostCount, 'event')} lost in ${plural(lossyChunks.length, 'chunk')}: ` +
        'durations across them may be wrong (view loss says when)',
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
