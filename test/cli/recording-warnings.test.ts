/** What is said of a recording that is not whole. */
import { expect, it } from 'vitest';
import { recordingWarnings } from '../../src/cli/recording-warnings.ts';
import { LOSS_CAUSES, type LossCause, type Recording } from '../../src/format/index.ts';

function recordingWith(lost: Partial<Record<LossCause, number>>): Recording {
  const none = Object.fromEntries(LOSS_CAUSES.map((cause) => [cause, 0]));
  const chunks = [{ lost: { ...none, ...lost } }];
  return { chunks, meta: {}, isComplete: true } as unknown as Recording;
}

it.each<[Partial<Record<LossCause, number>>, string[]]>([
  [{}, []],
  [
    { ring_full: 2, bad_read: 1 },
    ['3 events lost in 1 chunk: durations across them may be wrong (view loss says when)'],
  ],
  // The event is there; only where it came from is not.
  [{ stack_lost: 1 }, ['1 event without a stack: there was no room for it']],
  [
    { overrun: 1, stack_lost: 2000 },
    [
      '1 event lost in 1 chunk: durations across them may be wrong (view loss says when)',
      '2,000 events without a stack: there was no room for it',
    ],
  ],
])('%j', (lost, said) => {
  expect(recordingWarnings(recordingWith(lost))).toEqual(said);
});

it('says when states do not follow from the events', () => {
  const recording = { ...recordingWith({}), meta: { hasStateGaps: true } } as unknown as Recording;
  expect(recordingWarnings(recording)).toEqual([
    'changes of state were filtered out: states and durations are not those of the program',
  ]);
});
