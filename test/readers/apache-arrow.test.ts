/** Recordings as Arrow's own JavaScript library sees them in Node; test/viewer has it in a page. */
import { readFile } from 'node:fs/promises';
import {
  CompressionType,
  compressionRegistry,
  RecordBatchReader,
  tableFromIPC,
} from 'apache-arrow';
import type { RecordBatch } from 'apache-arrow';

import { ZSTDDecoder } from 'zstddec';

import { describeReader } from './describe-reader.ts';
import type { Reading } from './describe-reader.ts';
import { readingOf } from './reading-of.ts';

/** The library has no codec of its own, and says so of a compacted recording. */
const zstd = new ZSTDDecoder();
await zstd.init();
compressionRegistry.set(CompressionType.ZSTD, { decode: (bytes) => zstd.decode(bytes) });

type Batches = (bytes: Uint8Array) => Iterable<RecordBatch>;

const inNode = (batches: Batches) => async (paths: readonly string[]) => {
  const readings: Record<string, Reading> = {};
  for (const path of paths) {
    const bytes = new Uint8Array(await readFile(path));
    try {
      readings[path] = readingOf(batches(bytes));
    } catch (error) {
      readings[path] = { error: String(error) };
    }
  }
  return readings;
};

const namesAre = /^Dictionary<Int\d+, Utf8>$/;

describeReader({
  name: 'apache-arrow in Node, file',
  takes: 'file',
  read: inNode((bytes) => tableFromIPC(bytes).batches),
  namesAre,
  refuses: ({ ends }) => (ends === 'file' ? undefined : /Cannot read properties of null/),
});
describeReader({
  name: 'apache-arrow in Node, stream from byte 8',
  takes: 'stream',
  read: inNode((bytes) => RecordBatchReader.from(bytes)),
  namesAre,
  refuses: ({ ends }) => (ends === 'inside a message' ? /Expected to read/ : undefined),
  givesWholeChunks: true,
});
