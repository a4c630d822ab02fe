/**
 * The real recording that ships with the project: TypeScript's compiler on one small file.
 *
 *     node scripts/make-fixtures.mjs        as root; needs a build (npm run setup)
 *
 * Run it only for a new version of the format: old fixtures are kept as they are.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { compiler } from './compiler.mjs';
import { root } from './root.mjs';

const folder = mkdtempSync(join(tmpdir(), 'xgotop-'));
// A copy, so that the recording names no path of the machine it was made on.
cpSync(dirname(join(root, compiler())), join(folder, 'typescript'), { recursive: true });
writeFileSync(join(folder, 'small.ts'), "export const greeting: string = 'hello';\n");
const output = join(root, 'test', 'fixtures', 'tsc-small.arrow');
const done = spawnSync(
  process.execPath,
  [
    join(root, 'bin', 'xgotop'),
    ...['record', '--events', 'sched,gc', '--overwrite', '-o', output, '--'],
    ...[join(folder, 'typescript', 'tsc'), '--noEmit', '--ignoreConfig', 'small.ts'],
  ],
  { cwd: folder, stdio: 'inherit' },
);
rmSync(folder, { recursive: true });
if (done.status !== 0) process.exit(1);
const { size } = statSync(output);
process.stdout.write(`${output}: ${size} bytes\n`);
if (size > 1024 * 1024) {
  process.stderr.write('larger than 1 MiB: too large to ship\n');
  process.exit(1);
}
