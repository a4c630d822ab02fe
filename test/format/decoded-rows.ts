/** The rows of a sample as any reader of Arrow sees them: strings in place of indices. */
import { EVENT_COLUMN_NAMES, isDictionaryColumn } from '../../src/format/index.ts';
import type { EventColumn, Recording } from '../../src/format/index.ts';
import type { Sample } from './sample-recording.ts';

/** Column by column, all chunks joined; integers in decimal, so that none is rounded. */
export type DecodedRows = Record<EventColumn, string[]>;

/** @param chunkCount - only so many chunks */
export function decodedRows(
  sample: Sample,
  recording: Recording,
  chunkCount = sample.chunks.length,
): DecodedRows {
  const rows = {} as DecodedRows;
  for (const column of EVENT_COLUMN_NAMES) {
    rows[column] = sample.chunks.slice(0, chunkCount).flatMap(({ events }) => {
      const values = Array.from<number | bigint>(events[column] as Int32Array);
      if (!isDictionaryColumn(column)) return values.map(String);
      return values.map((index) => recording.dictionaries[column][Number(index)]!);
    });
  }
  return rows;
}
