/** Recordings as ClickHouse sees them. Needs `node scripts/clickhouse.mjs`. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { describeReader } from './describe-reader.ts';
import type { Reader, Reading } from './describe-reader.ts';

const root = join(import.meta.dirname, '..', '..');
const script = join(import.meta.dirname, 'read-with-clickhouse.mjs');
const isMissing = !existsSync(join(root, '.cache', 'clickhouse', 'installed.json'));
if (isMissing) console.log('skipped: no ClickHouse; node scripts/clickhouse.mjs installs it');

const FORMATS: (Pick<Reader, 'name' | 'takes' | 'refuses'> & { format: string })[] = [
  {
    name: 'ClickHouse, format Arrow',
    format: 'Arrow',
    takes: 'file',
    refuses: ({ ends }) =>
      ends === 'file' ? undefined : /Not an Arrow file: missing trailing magic/,
  },
  {
    name: 'ClickHouse, format ArrowStream from byte 8',
    format: 'ArrowStream',
    takes: 'stream',
    refuses: ({ ends }) => (ends === 'inside a message' ? /Cannot read all data/ : undefined),
  },
];

for (const { format, ...reader } of FORMATS) {
  const read = async (paths: readonly string[]) => {
    const { stdout } = await promisify(execFile)(process.execPath, [script, format, ...paths], {
      maxBuffer: 2 ** 27,
    });
    return JSON.parse(stdout) as Record<string, Reading>;
  };
  describeReader(
    { ...reader, read, namesAre: /^LowCardinality\(String\)$/, isUnordered: true },
    isMissing,
  );
}
