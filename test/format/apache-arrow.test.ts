/** Recordings as Arrow's own JavaScript library reads them, which knows nothing of ours. */
import { RecordBatchReader, tableFromIPC } from 'apache-arrow';
import type { RecordBatch, Table } from 'apache-arrow';
import { describe, expect, test } from 'vitest';

import { EVENT_COLUMN_NAMES, FormatError } from '../../src/format/index.ts';
import { decodedRows } from './decoded-rows.ts';
import type { DecodedRows } from './decoded-rows.ts';
import { openBytes } from './opened.ts';
import { sampleRecording } from './sample-recording.ts';

const complete = sampleRecording({ events: 3000, chunkRows: 700 });
const cut = sampleRecording({ events: 3000, chunkRows: 700, cutOff: true });

function rowsOf(table: Table | RecordBatch[]): DecodedRows {
  const batches = Array.isArray(table) ? table : table.batches;
  const rows = {} as DecodedRows;
  for (const column of EVENT_COLUMN_NAMES) {
    rows[column] = batches.flatMap((batch) =>
      Array.from(batch.getChild(column) as Iterable<unknown>, String),
    );
  }
  return rows;
}

describe('apache-arrow', () => {
  test.each([
    { what: 'the file', bytes: complete.bytes },
    { what: 'the stream from byte 8', bytes: complete.bytes.subarray(8) },
  ])('reads $what: every value, and parts as batches without rows', async ({ bytes }) => {
    const table = tableFromIPC(bytes);
    expect(table.numRows).toBe(complete.chunks.reduce((sum, { rowCount }) => sum + rowCount, 0));
    expect(rowsOf(table)).toEqual(decodedRows(complete, await openBytes(complete.bytes)));
    expect(table.schema.metadata.get('xgotop.go_version')).toBe('go1.26.4');
    expect(table.schema.fields.every(({ nullable }) => !nullable)).toBe(true);
  });

  test('reads a recording that was cut off, as a stream', async () => {
    const table = tableFromIPC(cut.bytes.subarray(8));
    expect(rowsOf(table)).toEqual(decodedRows(cut, await openBytes(cut.bytes)));
  });

  test('reads the whole chunks before a torn one', async () => {
    const torn = cut.bytes.subarray(8, cut.bytes.length - 2000);
    const batches: RecordBatch[] = [];
    const readAll = () => {
      for (const batch of RecordBatchReader.from(torn)) batches.push(batch);
    };
    expect(readAll).toThrow(/Expected to read/);
    const recording = await openBytes(cut.bytes.subarray(0, cut.bytes.length - 2000));
    expect(recording.damage).not.toBeInstanceOf(FormatError);
    expect(rowsOf(batches)).toEqual(decodedRows(cut, recording, recording.chunks.length));
  });

  test('finds what heads say in the metadata of batches', () => {
    const reader = RecordBatchReader.from(complete.bytes);
    const kinds = [...reader].map(({ metadata }) => metadata.get('xgotop.part') ?? 'chunk');
    expect(kinds.filter((kind) => kind === 'chunk').length).toBe(complete.chunks.length);
    expect(kinds.at(-1)).toBe('index');
    expect(kinds.slice(0, 2)).toEqual(['probes', 'goroutines']);
  });

  test('reads the side table inside of a part', () => {
    // The part's bytes are an Arrow stream of its own: found by the index's offset.
    const index = [...RecordBatchReader.from(complete.bytes)].at(-1)!;
    const parts = JSON.parse(index.metadata.get('xgotop.parts')!) as Record<string, number[]>;
    const [byteOffset, metadataBytes] = parts.functions!;
    const table = tableFromIPC(complete.bytes.subarray(byteOffset! + metadataBytes!));
    expect(table.schema.fields.map(({ name }) => name)).toEqual([
      'func',
      'name',
      'file',
      'start_line',
      'entry',
    ]);
    expect(table.get(0)?.toJSON()).toEqual({
      func: 1,
      name: 'main.main',
      file: '/src/main.go',
      start_line: 10,
      entry: 0x40_1100n,
    });
  });
});
