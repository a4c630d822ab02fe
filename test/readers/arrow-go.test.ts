/** Recordings as Arrow's Go library sees them. */
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { goCommand } from '../go-command.ts';
import { describeReader } from './describe-reader.ts';
import type { Reader, Reading } from './describe-reader.ts';

const run = promisify(execFile);
const cache = join(import.meta.dirname, '..', '..', '.cache', 'go-programs');
const program = join(cache, 'go-reader');

/** Takes a minute the first time, which is why nothing else waits for it. */
async function build(): Promise<boolean> {
  mkdirSync(cache, { recursive: true });
  const cwd = join(import.meta.dirname, 'go-reader');
  try {
    await run(goCommand(), ['build', '-o', program, '.'], { cwd });
    return true;
  } catch (error) {
    console.log(`skipped: the reader in Go cannot be built: ${(error as Error).message}`);
    return false;
  }
}

const isMissing = !(await build());
const REFUSES: Record<Reader['takes'], Reader['refuses']> = {
  file: ({ ends }) => (ends === 'file' ? undefined : /not an Arrow file/),
  stream: ({ ends }) =>
    ends === 'inside a message' ? /could not read message body: unexpected EOF/ : undefined,
};

for (const takes of ['file', 'stream'] as const) {
  const reader: Reader = {
    name: `arrow-go, ${takes === 'file' ? 'file' : 'stream from byte 8'}`,
    takes,
    read: async (paths) => {
      const { stdout } = await run(program, [takes, ...paths], { maxBuffer: 2 ** 27 });
      return JSON.parse(stdout) as Record<string, Reading>;
    },
    namesAre: /^dictionary<values=utf8, indices=int\d+, ordered=false>$/,
    refuses: REFUSES[takes],
    ...(takes === 'stream' && { givesWholeChunks: true }),
  };
  describeReader(reader, isMissing);
}
