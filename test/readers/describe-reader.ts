/** What is asked of every reader of Arrow that is not ours: the same values, or a known refusal. */
import { rmSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';

import { DICTIONARY_COLUMNS } from '../../src/format/index.ts';
import { columnsOf, RECORDINGS, writeRecordings } from './recordings.ts';
import type { GivenRecording, ReadColumns } from './recordings.ts';

/** What a reader said of one file. */
export interface Reading {
  columns?: ReadColumns;
  /** As the reader calls them. */
  types?: Record<string, string>;
  /** Where it stopped; `columns` are those before, if it gives any. */
  error?: string;
}

/** A reader, with what is known of it. */
export interface Reader {
  name: string;
  /** The file, or what follows its byte 8. */
  takes: 'file' | 'stream';
  read: (paths: readonly string[]) => Promise<Record<string, Reading>>;
  /** How it calls the type of a column of names. */
  namesAre: RegExp;
  /** Its error for a recording that it cannot read. */
  refuses: (recording: GivenRecording) => RegExp | undefined;
  /** Of a stream that ends inside of a message it gives what is before, too. */
  givesWholeChunks?: true;
  /** Rows come in any order. */
  isUnordered?: true;
  /** What it was asked for, when that is not all. */
  asks?: (columns: ReadColumns) => ReadColumns;
}

/** Facts about a reader: one test for each recording. */
export function describeReader(reader: Reader, isMissing = false): void {
  describe.skipIf(isMissing && process.env['REQUIRE_KERNEL'] !== '1')(reader.name, () => {
    const { folder, files, streams } = writeRecordings();
    const paths = reader.takes === 'file' ? files : streams;
    // All files at once: starting some of them takes longer than reading.
    let readings: Promise<Record<string, Reading>> | undefined;
    afterAll(() => rmSync(folder, { recursive: true }));

    const cases = RECORDINGS.map((recording, index) => {
      const refusal = reader.refuses(recording);
      const says = refusal === undefined ? 'reads' : 'refuses';
      return [says, recording.what, { recording, path: paths[index]!, refusal }] as const;
    });
    test.each(cases)('%s %s', async (_says, _what, { recording, path, refusal }) => {
      readings ??= reader.read(paths);
      const { columns, types, error } = (await readings)[path]!;
      if (refusal === undefined) expect(error).toBeUndefined();
      else expect(error).toMatch(refusal);
      if (refusal !== undefined && !reader.givesWholeChunks) {
        expect(columns).toBeUndefined();
        return;
      }
      const expected = await columnsOf(recording.bytes);
      const asked = reader.asks?.(expected) ?? expected;
      expect(asked['time_ns']!.length).toBeGreaterThan(2000);
      const compared = reader.isUnordered ? sortedRows : (same: ReadColumns) => same;
      expect(compared(columns!)).toEqual(compared(asked));
      for (const name of DICTIONARY_COLUMNS.filter((name) => name in asked)) {
        expect(types![name]).toMatch(reader.namesAre);
      }
    });
  });
}

function sortedRows(columns: ReadColumns): string[] {
  const names = Object.keys(columns).sort();
  const rows = columns[names[0]!]!.map((_, row) =>
    names.map((name) => `${name} ${columns[name]![row]!}`).join(', '),
  );
  return rows.sort();
}
