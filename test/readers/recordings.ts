/**
 * The recordings that other readers of Arrow are given, and the values they are to find there.
 *
 * A new kind of file is a row here: every reader is then tried on it.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  EVENT_COLUMN_NAMES,
  isDictionaryColumn,
  NARROW_TYPES,
  RecordingCopy,
  salvageRecording,
  WIDE_TYPES,
} from '../../src/format/index.ts';
import { bytesOfCopy, compacted } from '../format/compacted.ts';
import { openBytes, sourceOf } from '../format/opened.ts';
import { sampleRecording } from '../format/sample-recording.ts';

/** Column by column, all chunks joined. Integers in decimal, so that none is rounded. */
export type ReadColumns = Record<string, string[]>;

export interface GivenRecording {
  what: string;
  bytes: Uint8Array;
  /** `file` with a footer; a stream alone, which ends after a message or inside of one. */
  ends: 'file' | 'after a message' | 'inside a message';
  /** With zstd, and without delta dictionaries. */
  isCompacted?: true;
}

const sample = sampleRecording({ events: 3000, chunkRows: 700 }).bytes;
/** As a recorder writes it of one process: narrow where that does, and without some columns. */
const absent = ['pid', 'object', 'value'];
const narrowColumns = Object.fromEntries(
  Object.entries({ ...WIDE_TYPES, ...NARROW_TYPES }).filter(([name]) => !absent.includes(name)),
);
const narrow = sampleRecording({ events: 3000, chunkRows: 700, columns: narrowColumns }).bytes;
/** What a recorder that was killed leaves: nothing after the last chunk. */
const killed = sampleRecording({ events: 3000, chunkRows: 700, cutOff: true }).bytes;
/** A real program: TypeScript's compiler. */
const compiler = new Uint8Array(
  readFileSync(new URL('../fixtures/tsc-small.arrow', import.meta.url)),
);
const torn = compiler.subarray(0, (await openBytes(compiler)).chunks.at(-1)!.byteOffset + 5_000);

export const RECORDINGS: readonly GivenRecording[] = [
  { what: 'a sample', bytes: sample, ends: 'file' },
  { what: 'a real program', bytes: compiler, ends: 'file' },
  { what: 'a real program, recovered', bytes: await recovered(torn), ends: 'file' },
  { what: 'a sample of narrow columns', bytes: narrow, ends: 'file' },
  { what: 'a sample, compacted', bytes: await compacted(sample), ends: 'file', isCompacted: true },
  {
    what: 'a real program, compacted',
    bytes: await compacted(compiler),
    ends: 'file',
    isCompacted: true,
  },
  { what: 'a sample, its recorder killed', bytes: killed, ends: 'after a message' },
  { what: 'a real program, cut off', bytes: torn, ends: 'inside a message' },
];

/** What `xgotop recover` would write. */
async function recovered(bytes: Uint8Array): Promise<Uint8Array> {
  const { recording } = await salvageRecording(sourceOf(bytes));
  return bytesOfCopy(new RecordingCopy(recording, { history: 'recovered' }));
}

/** Every column that a recording has, as our reader reads it: a name in place of an index. */
export async function columnsOf(bytes: Uint8Array): Promise<ReadColumns> {
  const recording = await openBytes(bytes);
  const names = EVENT_COLUMN_NAMES.filter((name) => recording.columns[name] !== undefined);
  const columns = Object.fromEntries(names.map((name) => [name, [] as string[]]));
  for (const { chunkIndex } of recording.chunks) {
    const arrays = await recording.readEvents(chunkIndex, names);
    for (const name of names) {
      const values = isDictionaryColumn(name) ? recording.dictionaries[name] : undefined;
      for (const value of arrays[name]) {
        columns[name]!.push(values === undefined ? String(value) : values[Number(value)]!);
      }
    }
  }
  return columns;
}

/**
 * Write all of them into a folder.
 *
 * @returns paths in the order of RECORDINGS: of the files, and of what follows their byte 8
 */
export function writeRecordings(): { folder: string; files: string[]; streams: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'xgotop-readers-'));
  const write = (suffix: string, firstByte: number) =>
    RECORDINGS.map(({ bytes }, index) => {
      const path = join(folder, `${index}.${suffix}`);
      writeFileSync(path, bytes.subarray(firstByte));
      return path;
    });
  return { folder, files: write('arrow', 0), streams: write('arrows', 8) };
}
