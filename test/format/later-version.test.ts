/** A recording of format 1 by a later writer: with columns, dictionaries, parts, events we do not know. */
import { describe, expect, test } from 'vitest';

import { aligned, EVENT_FIELDS } from '../../src/format/arrow-schema.ts';
import type { ArrowField } from '../../src/format/arrow-schema.ts';
import { encodeBody, paddingAfter } from '../../src/format/column-body.ts';
import type { ColumnValues } from '../../src/format/column-body.ts';
import { EVENT_COLUMN_NAMES, openRecording } from '../../src/format/index.ts';
import {
  encodeBatchHead,
  encodeDictionaryHead,
  encodeSchemaMessage,
} from '../../src/format/message-encoder.ts';
import { encodePart } from '../../src/format/part-encoder.ts';
import { encodeMeta } from '../../src/format/recording-meta.ts';
import { sourceOf } from './opened.ts';
import { SAMPLE_META, sampleRecording } from './sample-recording.ts';

const sample = sampleRecording({ events: 50, chunkRows: 50 });
const { events, rowCount, facts } = sample.chunks[0]!;

/** Appends messages one after the other. */
class Bytes {
  readonly source = sourceOf(new TextEncoder().encode('ARROW1\0\0'));

  add(...pieces: readonly Uint8Array[]): void {
    this.source.append(...pieces);
  }

  batch(
    fields: readonly ArrowField[],
    columns: readonly ColumnValues[],
    metadata: Record<string, string>,
  ) {
    const body = encodeBody(fields, columns);
    const head = { ...body, rowCount, columnCount: fields.length };
    const bytes = encodeBatchHead(
      { ...head, metadata: new Map(Object.entries(metadata)) },
      this.source.byteLength,
    );
    this.add(bytes, ...body.pieces);
  }

  part(name: string, fields: readonly ArrowField[], columns: readonly ColumnValues[]): void {
    const { pieces, byteLength } = encodePart({ fields, columns, rowCount: 1 });
    const head = encodeBatchHead(
      {
        rowCount: 0,
        columnCount: EVENT_FIELDS.length + 2,
        buffers: [],
        bodyBytes: aligned(byteLength),
        metadata: new Map([
          ['xgotop.part', name],
          ['xgotop.delta', '0'],
          ['xgotop.bytes', `${byteLength}`],
        ]),
      },
      this.source.byteLength,
    );
    this.add(head, ...pieces, paddingAfter(byteLength));
  }
}

const column = (name: string, type: ArrowField['type']): ArrowField => ({
  name,
  type,
  dictionaryId: undefined,
});

/** The chunk of the sample with a column before all others and one after them. */
function laterRecording(change: { without?: string; floats?: boolean } = {}) {
  const fields: ArrowField[] = [
    column('mood', 'int32'),
    ...EVENT_FIELDS.filter(({ name }) => name !== change.without),
    { name: 'channel', type: 'int16', dictionaryId: 99 },
  ];
  const bytes = new Bytes();
  bytes.add(encodeSchemaMessage({ fields, metadata: encodeMeta(SAMPLE_META) }, 8));
  const values = encodeBody([column('value', 'utf8')], [['', 'a channel']]);
  bytes.add(
    encodeDictionaryHead(
      99,
      false,
      { ...values, rowCount: 2, columnCount: 1, metadata: new Map() },
      bytes.source.byteLength,
    ),
    ...values.pieces,
  );
  bytes.part('moods', [column('depth', 'float64')], [Float64Array.of(0.5)]);
  bytes.part(
    'functions',
    [
      column('size_bytes', 'int64'),
      column('name', 'utf8'),
      column('func', 'int32'),
      column('file', 'utf8'),
      column('entry', 'int64'),
      column('start_line', change.floats ? 'float64' : 'int32'),
      column('inlined', 'bool'),
    ],
    [
      BigInt64Array.of(77n),
      ['main.f'],
      Int32Array.of(1),
      ['f.go'],
      BigInt64Array.of(5n),
      change.floats ? Float64Array.of(3) : Int32Array.of(3),
      [true],
    ],
  );
  const columns = [
    new Int32Array(rowCount).fill(-7),
    ...EVENT_COLUMN_NAMES.filter((name) => name !== change.without).map((name) => events[name]),
    new Int16Array(rowCount),
  ];
  bytes.batch(fields, columns, {
    'xgotop.chunk': '0',
    'xgotop.min_ns': `${facts.minNs}`,
    'xgotop.max_ns': `${facts.maxNs}`,
    'xgotop.events': '{"go_state":4,"go_teleport":9}',
    'xgotop.lost': '{"ring_full":2,"cosmic_ray":1}',
    'xgotop.goroutines': '3',
    'xgotop.mood': 'good',
  });
  return bytes.source;
}

describe('what a later version adds', () => {
  test('columns, wherever they are, leave the known ones as they were', async () => {
    const recording = await openRecording(laterRecording());
    expect(recording.damage).toBeUndefined();
    expect(await recording.readEvents(0, EVENT_COLUMN_NAMES)).toEqual(events);
  });

  test('events and causes are left out of the counts', async () => {
    const [chunk] = (await openRecording(laterRecording())).chunks;
    expect(chunk!.eventCounts).toMatchObject({ go_state: 4, alloc: 0 });
    expect(chunk!.eventCounts).not.toHaveProperty('go_teleport');
    expect(chunk!.lost).toEqual({
      ring_full: 2,
      bad_read: 0,
      stack_lost: 0,
      overrun: 0,
      wide_goid: 0,
      name_lost: 0,
    });
  });

  test('columns of parts, in any order, are left out of the rows', async () => {
    const { functions } = await openRecording(laterRecording());
    expect(functions).toEqual([{ func: 1, name: 'main.f', file: 'f.go', startLine: 3, entry: 5n }]);
  });
});

describe('what a later version may not do', () => {
  test('a column of events that is gone is refused', async () => {
    await expect(openRecording(laterRecording({ without: 'tid' }))).rejects.toMatchObject({
      code: 'bad-value',
      byteOffset: 8,
    });
  });

  test('a column of a part with another type ends the walk there, and is told', async () => {
    const recording = await openRecording(laterRecording({ floats: true }));
    expect(recording.damage?.code).toBe('bad-value');
    expect(recording.damage?.message).toMatch(/start_line of a part is float64/);
    expect(recording.chunks).toEqual([]);
  });
});
