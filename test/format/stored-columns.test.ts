/** Columns that are narrower, or absent: docs/format.md, "Columns". */
import { describe, expect, test } from 'vitest';

import {
  EVENT_COLUMN_NAMES,
  MemorySource,
  openRecording,
  RecordingWriter,
  type EventArrays,
  type EventColumn,
  type EventName,
} from '../../src/format/index.ts';
import {
  columnsOfEvents,
  NARROW_TYPES,
  WIDE_TYPES,
  type StoredColumns,
} from '../../src/format/stored-columns.ts';
import { NO_GOROUTINES, NO_LOSS } from './empty-chunk.ts';
import { eventArrays, SAMPLE_META, sampleRecording, WAIT_REASONS } from './sample-recording.ts';

const NO_COUNTS = sampleRecording({ events: 1 }).chunks[0]!.facts.eventCounts;

async function readBack(events: EventArrays, columns: StoredColumns): Promise<EventArrays> {
  const writer = new RecordingWriter(SAMPLE_META, { wait_reason: WAIT_REASONS }, { columns });
  const source = new MemorySource();
  source.append(...writer.begin());
  source.append(...writer.checkpoint(NO_GOROUTINES));
  const facts = { minNs: 0, maxNs: 0, eventCounts: NO_COUNTS, lost: NO_LOSS, goroutineCount: 0 };
  source.append(...writer.chunk(events, events.event.length, facts));
  const recording = await openRecording(source);
  expect(recording.columns).toEqual(columns);
  return recording.readEvents(0, EVENT_COLUMN_NAMES);
}

/** Rows whose column has these values, and all others 0. */
function rowsWith(column: EventColumn, values: readonly (number | bigint)[]): EventArrays {
  const events = eventArrays([]);
  const rows = Object.fromEntries(
    EVENT_COLUMN_NAMES.map((name) => [
      name,
      new (events[name].constructor as new (length: number) => EventArrays[EventColumn])(
        values.length,
      ),
    ]),
  ) as unknown as EventArrays;
  for (const [row, value] of values.entries()) {
    (rows[column] as unknown as (number | bigint)[])[row] = value;
  }
  return rows;
}

describe('a narrow column', () => {
  test.each<[EventColumn, (number | bigint)[]]>([
    ['goid', [0n, 1n, 2n ** 31n - 1n, -1n, -(2n ** 31n)]],
    ['by_goid', [0n, 7n, 2n ** 31n - 1n]],
    ['func', [0, 1, 32_767, -32_768]],
    ['site', [0, 32_767]],
    ['type', [3, 32_767]],
    ['p', [-1, 0, 127, -128]],
  ])('%s reads as its own type, with the same values', async (column, values) => {
    const events = rowsWith(column, values);
    const found = await readBack(events, { ...WIDE_TYPES, ...NARROW_TYPES });
    expect(found).toEqual(events);
  });

  test.each<[EventColumn, number | bigint]>([
    ['goid', 2n ** 31n],
    ['by_goid', -(2n ** 31n) - 1n],
    ['goid', 2n ** 32n],
    ['func', 32_768],
    ['p', 128],
  ])('%s %s does not fit, and is refused instead of changed', async (column, value) => {
    const written = readBack(rowsWith(column, [value]), { ...WIDE_TYPES, ...NARROW_TYPES });
    await expect(written).rejects.toThrow(new RangeError(`${column} ${value} does not fit into ${NARROW_TYPES[column as 'goid']}`)); // prettier-ignore
  });
});

test('an absent column reads as what its absence means', async () => {
  const { time_ns, goid, tid, func, site, event, from_state, to_state, wait_reason } = WIDE_TYPES;
  const few = { time_ns, goid, tid, func, site, event, from_state, to_state, wait_reason };
  const found = await readBack(rowsWith('goid', [5n, 9n]), few);
  expect(found.by_goid).toEqual(BigInt64Array.of(5n, 9n));
  expect(found.pid).toEqual(Int32Array.of(SAMPLE_META.pid, SAMPLE_META.pid));
  expect(found.p).toEqual(Int16Array.of(-1, -1));
  for (const column of ['size_bytes', 'type', 'kind', 'object', 'stack', 'value'] as const) {
    expect(Array.from(found[column], Number)).toEqual([0, 0]);
  }
});

test.each<[EventName[], EventColumn[]]>([
  [
    ['go_create', 'go_state', 'go_exit'],
    ['size_bytes', 'type', 'kind'],
  ],
  [['alloc'], ['by_goid', 'p']],
  [['go_state', 'alloc', 'gc_begin'], []],
  [['panic'], ['by_goid', 'size_bytes', 'p', 'kind']],
  [['go_state', 'stw_begin', 'gc_heap_live'], ['type']],
])('a recording of %j is without %j', (events, absent) => {
  const rest = { isOneProcess: true, hasObjects: false, hasStacks: false };
  const columns = columnsOfEvents(events, rest);
  const expected = EVENT_COLUMN_NAMES.filter(
    (name) => !['pid', 'object', 'stack', 'value', ...absent].includes(name),
  );
  expect(columns).toEqual(expected);
});
