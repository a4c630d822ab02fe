/** Recordings as readers in Python see them. Needs .venv: `node scripts/python-readers.mjs`. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { describeReader } from './describe-reader.ts';
import type { Reader, Reading } from './describe-reader.ts';
import type { GivenRecording } from './recordings.ts';

const python = join(import.meta.dirname, '..', '..', '.venv', 'bin', 'python3');
const script = join(import.meta.dirname, 'read-recordings.py');
const isMissing = !existsSync(python);
if (isMissing) {
  console.log('skipped: no .venv with readers; node scripts/python-readers.mjs makes it');
}

/** A reader of files wants a footer. */
const noFooter = (error: RegExp) => (recording: GivenRecording) =>
  recording.ends === 'file' ? undefined : error;
const torn = (error: RegExp) => (recording: GivenRecording) =>
  recording.ends === 'inside a message' ? error : undefined;
/** Delta dictionaries, which compacted recordings have none of. */
const deltas = (error: RegExp) => (recording: GivenRecording) =>
  recording.isCompacted ? undefined : error;

const SHORT_BODY = /Expected to be able to read \d+ bytes for message body, got \d+/;
const PYARROW = /^dictionary<values=string, indices=int\d+, ordered=0>$/;

/** Where the goroutine is known, three columns of the row. */
const whereGoid: Reader['asks'] = (columns) =>
  Object.fromEntries(
    ['time_ns', 'event', 'func'].map((name) => [
      name,
      columns[name]!.filter((_, row) => columns['goid']![row] !== '0'),
    ]),
  );

/** By the name of the function in read-recordings.py. */
const READERS: Record<string, Omit<Reader, 'read'>> = {
  pyarrow_file: {
    name: 'pyarrow, file',
    takes: 'file',
    namesAre: PYARROW,
    refuses: noFooter(/Not an Arrow file/),
  },
  pyarrow_stream: {
    name: 'pyarrow, stream from byte 8',
    takes: 'stream',
    namesAre: PYARROW,
    refuses: torn(SHORT_BODY),
    givesWholeChunks: true,
  },
  pyarrow_dataset: {
    name: 'pyarrow, dataset',
    takes: 'file',
    namesAre: PYARROW,
    refuses: noFooter(/Not an Arrow file/),
  },
  pandas_feather: {
    name: 'pandas, read_feather',
    takes: 'file',
    namesAre: /^category$/,
    refuses: noFooter(/Not an Arrow file/),
  },
  pandas_stream: {
    name: 'pandas, stream from byte 8',
    takes: 'stream',
    namesAre: /^category$/,
    refuses: torn(SHORT_BODY),
  },
  polars_file: {
    name: 'polars, read_ipc',
    takes: 'file',
    namesAre: /^Categorical$/,
    refuses: noFooter(/out-of-spec: InvalidFooter/),
  },
  polars_lazy: {
    name: 'polars, scan_ipc with a filter and a projection',
    takes: 'file',
    namesAre: /^Categorical$/,
    refuses: noFooter(/out-of-spec: InvalidFooter/),
    asks: whereGoid,
  },
  polars_stream: {
    name: 'polars, stream from byte 8',
    takes: 'stream',
    namesAre: /^Categorical$/,
    refuses: deltas(/delta dictionary batches not supported/),
  },
  duckdb_file: {
    name: 'DuckDB over a dataset of pyarrow',
    takes: 'file',
    namesAre: /^string$/,
    refuses: noFooter(/Not an Arrow file/),
  },
  duckdb_stream: {
    name: 'DuckDB over a stream of pyarrow',
    takes: 'stream',
    namesAre: /^string$/,
    refuses: torn(SHORT_BODY),
  },
  datafusion_file: {
    name: 'DataFusion (arrow-rs), file',
    takes: 'file',
    namesAre: PYARROW,
    refuses: noFooter(/Arrow file does not contain correct footer/),
    isUnordered: true,
  },
  datafusion_stream: {
    name: 'DataFusion (arrow-rs), stream from byte 8',
    takes: 'stream',
    namesAre: PYARROW,
    refuses: torn(/failed to fill whole buffer/),
    isUnordered: true,
  },
  nanoarrow_stream: {
    name: 'nanoarrow, stream from byte 8',
    takes: 'stream',
    namesAre: PYARROW,
    refuses: deltas(/Dictionary concatenation is not yet supported/),
  },
};

for (const [name, reader] of Object.entries(READERS)) {
  const read = async (paths: readonly string[]) => {
    const { stdout } = await promisify(execFile)(python, [script, name, ...paths], {
      maxBuffer: 2 ** 27,
    });
    return JSON.parse(stdout) as Record<string, Reading>;
  };
  describeReader({ ...reader, read }, isMissing);
}
