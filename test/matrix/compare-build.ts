/** One build of the traced program, recorded beside Go's own tracer, as a row. */
import { LOSS_CAUSES, type Recording } from '../../src/format/index.ts';
import { brokenChains } from '../kernel/state-chains.ts';
import {
  compareCreated,
  compareEnded,
  compareLives,
  compareStates,
  compareSweeps,
  compareUntraced,
  exactAllocations,
  printedNumber,
  recordTraced,
} from '../kernel/trace-comparison.ts';
import type { SupportRow } from './support-table.ts';

/** A row, and what its differences are. */
export interface Compared extends Omit<SupportRow, 'version' | 'build' | 'verdict'> {
  differencesInWords: string[];
}

/**
 * @param program - built from test/kernel/testdata/traced
 * @param hasMonotonicTimes - the tracer of its Go has our clock, from 1.22 on
 */
export async function compareBuild(program: string, hasMonotonicTimes: boolean): Promise<Compared> {
  const run = await recordTraced(program);
  const created = compareCreated(run);
  const ended = compareEnded(run);
  const changes = hasMonotonicTimes ? compareStates(run) : compareLives(run);
  const untraced = hasMonotonicTimes ? compareUntraced(run).differences : [];
  const [allocations, collections] = [printedNumber(run, 'exact'), printedNumber(run, 'gcs')];
  const counts = [
    ['allocations', exactAllocations(run), allocations],
    ['gc_begin', run.ours.filter(({ event }) => event === 'gc_begin').length, collections],
    ['gc_end', run.ours.filter(({ event }) => event === 'gc_end').length, collections],
  ] as const;
  const differencesInWords = [
    ...[created, ended, changes, compareSweeps(run)].flatMap(({ differences }) => differences),
    ...untraced,
    ...counts
      .filter(([, ours, theirs]) => ours !== theirs)
      .map(([what, ours, theirs]) => `${what}: ${ours}, not ${theirs}`),
    ...brokenChains(run.ours),
    ...lossesOf(run.recording),
  ];
  return {
    events: run.ours.length,
    compared: [
      `${created.compared} created`,
      `${ended.compared} ended`,
      `${changes.compared} changes`,
      `${allocations} allocations`,
      `${collections} gc`,
    ].join(', '),
    differences: differencesInWords.length,
    differencesInWords,
  };
}

/** A line for each cause by which events were lost. */
export function lossesOf({ chunks }: Recording): string[] {
  return LOSS_CAUSES.map((cause) => ({
    cause,
    count: chunks.reduce((sum, { lost }) => sum + lost[cause], 0),
  }))
    .filter(({ count }) => count > 0)
    .map(({ cause, count }) => `${count} lost: ${cause}`);
}
