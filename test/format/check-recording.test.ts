/** What `check` finds: nothing in what is sound, exactly what was made wrong in what is not. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { EVENTS, STATES, type EventName } from '../../src/format/event-columns.ts';
import {
  checkRecording,
  openRecording,
  RecordingWriter,
  type ChunkFacts,
  type GoroutineColumns,
} from '../../src/format/index.ts';
import { FACTS, NO_GOROUTINES, NO_LOSS } from './empty-chunk.ts';
import { sourceOf } from './opened.ts';
import { eventArrays, type Row } from './sample-program.ts';
import { SAMPLE_META, sampleRecording } from './sample-recording.ts';

const NO_ROW = Object.fromEntries(
  Object.keys(eventArrays([])).map((name) => [name, 0]),
) as unknown as Row;

type State = (typeof STATES)[number];

/** An event of goroutine 7 of process 5. */
function row(timeNs: number, event: EventName, from: State, to: State, more: Partial<Row> = {}) {
  return {
    ...NO_ROW,
    time_ns: timeNs,
    event: EVENTS.indexOf(event),
    pid: 5,
    goid: 7,
    from_state: STATES.indexOf(from),
    to_state: STATES.indexOf(to),
    ...more,
  };
}

/** A life in two chunks, with a checkpoint before each. */
const FIRST = [
  row(10, 'go_create', '', 'runnable'),
  row(20, 'go_state', 'runnable', 'running'),
  row(30, 'go_state', 'running', 'waiting'),
];
const SECOND = [
  row(40, 'go_state', 'waiting', 'runnable'),
  row(50, 'go_state', 'runnable', 'running'),
  row(60, 'go_exit', 'running', 'dead'),
];
const LIVES: GoroutineColumns = {
  ...NO_GOROUTINES,
  count: 1,
  pid: Int32Array.of(5),
  goid: BigInt64Array.of(7n),
  parentGoid: BigInt64Array.of(0n),
  func: Int32Array.of(0),
  state: Int8Array.of(STATES.indexOf('waiting')),
  waitReason: Int8Array.of(0),
  sinceNs: BigInt64Array.of(30n),
  createdNs: BigInt64Array.of(10n),
};

interface Made {
  first?: Row[];
  second?: Row[];
  checkpoint?: GoroutineColumns;
  facts?: Partial<ChunkFacts>;
}

/** Those two chunks, with something else in the place of what is given. */
function made({
  first = FIRST,
  second = SECOND,
  checkpoint = LIVES,
  facts = {},
}: Made): Uint8Array {
  const writer = new RecordingWriter(SAMPLE_META, { wait_reason: [''] });
  const chunk = (rows: Row[], more: Partial<ChunkFacts>) => {
    const eventCounts = { ...FACTS.eventCounts };
    for (const { event } of rows) {
      const name = EVENTS[event] as EventName | undefined;
      if (name !== undefined && name in eventCounts) eventCounts[name]++;
    }
    const times = { minNs: rows[0]!.time_ns, maxNs: rows.at(-1)!.time_ns };
    return writer.chunk(eventArrays(rows), rows.length, {
      ...FACTS,
      ...times,
      eventCounts,
      ...more,
    });
  };
  const pieces = [
    ...writer.begin(),
    ...writer.checkpoint(NO_GOROUTINES),
    ...chunk(first, {}),
    ...writer.checkpoint(checkpoint),
    ...chunk(second, facts),
    ...writer.end({ reason: 'exit' }),
  ];
  return new Uint8Array(Buffer.concat(pieces));
}

/** Errors and warnings as `severity code chunk`, and the sentence. */
async function findings(bytes: Uint8Array): Promise<[string, string][]> {
  const report = await checkRecording(sourceOf(bytes));
  expect(report.errorCount + report.warningCount).toBe(report.findings.length);
  return report.findings.map(({ severity, code, chunkIndex, text }) => [
    `${severity} ${code} ${chunkIndex}`,
    text,
  ]);
}

describe('a sound recording', () => {
  const { bytes } = sampleRecording();
  test.each<[what: string, bytes: Uint8Array]>([
    ['two chunks', made({})],
    ['a sample with many', sampleRecording({ events: 3000, chunkRows: 37 }).bytes],
    ['a sample with losses', bytes],
    ['the first version', readFileSync(new URL('../fixtures/format-1.arrow', import.meta.url))],
  ])('has no errors: %s', async (_, sound) => {
    const report = await checkRecording(sourceOf(new Uint8Array(sound)));
    expect(report.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(report.eventCount).toBeGreaterThan(5);
  });
});

describe('what is wrong is found, and nothing else', () => {
  const lossy = { lost: { ...NO_LOSS, ring_full: 3 } };
  test.each<[what: string, change: Made, ...found: [string, RegExp][]]>([
    ['a count of events', { facts: { eventCounts: { ...FACTS.eventCounts, go_state: 9, go_exit: 1 } } }, ['error facts 1', /said to have 9 go_state, and has 2/]],
    ['the time of a chunk', { facts: { maxNs: 61 } }, ['error facts 1', /said to be 40 to 61, and are 40 to 60/]],
    ['rows out of order', { second: [SECOND[0]!, { ...SECOND[1]!, time_ns: 70 }, SECOND[2]!] }, ['error order 1', /row 2 is earlier/]],
    ['a function that is not there', { second: [SECOND[0]!, { ...SECOND[1]!, func: 4 }, SECOND[2]!] }, ['error reference 1', /row 1 has func 4/]],
    ['a site that is not there', { second: [SECOND[0]!, SECOND[1]!, { ...SECOND[2]!, site: 99 }] }, ['error reference 1', /row 2 has site 99/]],
    ['a stack that is not there', { second: [{ ...SECOND[0]!, stack: 3 }, SECOND[1]!, SECOND[2]!] }, ['error reference 1', /row 0 has stack 3/]],
    ['a step that was left out', { second: [SECOND[0]!, SECOND[2]!] }, ['error transition 1', /row 1: goroutine 7 of process 5 was runnable, and goes on from running/]],
    ['the same after a loss', { second: [SECOND[0]!, SECOND[2]!], facts: lossy }, ['warning transition 1', /goes on from running/]],
    ['a goroutine that is created twice', { second: [{ ...FIRST[0]!, time_ns: 40 }, SECOND[1]!, SECOND[2]!] }, ['error transition 1', /creates goroutine 7 of process 5 again/]],
    ['a checkpoint without it', { checkpoint: NO_GOROUTINES }, ['error checkpoint 1', /goroutine 7 of process 5 lives, and is not in it/]],
    ['a checkpoint with another', { checkpoint: { ...LIVES, goid: BigInt64Array.of(8n) } }, ['error checkpoint 1', /goroutine 8 .* does not live/], ['error checkpoint 1', /goroutine 7 .* lives/]],
    ['another state in a checkpoint', { checkpoint: { ...LIVES, state: Int8Array.of(1) } }, ['error checkpoint 1', /in another state/]],
    ['a chunk that begins long before the one before ended', { first: [FIRST[0]!, FIRST[1]!, { ...FIRST[2]!, time_ns: 3e6 }] }, ['warning order 1', /begins 2999960 ns before/]],
  ])('%s', async (_, change, ...found) => {
    const seen = await findings(made(change));
    expect(seen).toEqual(found.map(([what, text]) => [what, expect.stringMatching(text) as string]));
  }); // prettier-ignore

  test('a head that says something else than the index', async () => {
    const bytes = made({});
    const { chunks } = await openRecording(sourceOf(bytes));
    const { byteOffset, metadataBytes } = chunks[1]!;
    const head = Buffer.from(bytes.buffer, byteOffset, metadataBytes);
    const at = head.indexOf('40', head.indexOf('xgotop.min_ns') - 64);
    head.write('41', at);
    expect(await findings(bytes)).toEqual([['error index 1', expect.any(String)]]);
  });

  test('bytes that are no message', async () => {
    const bytes = made({});
    const { chunks } = await openRecording(sourceOf(bytes));
    bytes.fill(0, chunks[1]!.byteOffset, chunks[1]!.byteOffset + 64);
    expect(await findings(bytes)).toEqual([['error damage -1', expect.stringMatching(/no messages/)]]); // prettier-ignore
  });

  test('a recording that was cut off is a warning', async () => {
    const bytes = made({});
    const { chunks } = await openRecording(sourceOf(bytes));
    const seen = await findings(bytes.subarray(0, chunks[1]!.byteOffset + 10));
    expect(seen).toEqual([['warning cut-off -1', expect.stringMatching(/cut off/)]]);
  });

  test('of many faults of a kind the first are told, and all counted', async () => {
    const second = Array.from({ length: 50 }, (_, i) => row(100 + i, 'go_state', 'waiting', 'running')); // prettier-ignore
    const report = await checkRecording(sourceOf(made({ second })));
    expect([report.errorCount, report.findings.length]).toEqual([49, 20]);
  });
});
