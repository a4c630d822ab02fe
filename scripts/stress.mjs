/**
 * `npm run test:stress`: programs that check themselves, recorded again and again, for an hour,
 * built by every version of Go.
 *
 *     node scripts/stress.mjs [MINUTES]
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './root.mjs';

const minutes = Number(process.argv[2] ?? 60);
if (!(minutes > 0)) {
  process.stderr.write('usage: node scripts/stress.mjs [MINUTES]\n');
  process.exit(2);
}
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', 'test/stress'], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, STRESS_SECONDS: `${minutes * 60}`, STRESS_TOOLCHAINS: 'all' },
});
process.exit(status ?? 1);
