/**
 * `npm test`: the checks, then all tests, then one plain line that counts both.
 *
 *     node scripts/test.mjs [vitest's arguments]
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';

const report = join(root, '.cache', 'vitest.json');
const counts = { passed: 0, failed: 0, skipped: 0 };

const check = spawnSync('npm', ['run', '--silent', 'check'], { cwd: root, stdio: 'inherit' });
counts[check.status === 0 ? 'passed' : 'failed']++;
process.stderr.write(`types, lint, format: ${check.status === 0 ? 'passed' : 'FAILED'}\n`);

mkdirSync(join(root, '.cache'), { recursive: true });
rmSync(report, { force: true });
const vitest = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: 'inherit' },
);
if (existsSync(report)) {
  const result = JSON.parse(readFileSync(report, 'utf8'));
  counts.passed += result.numPassedTests;
  counts.failed += result.numFailedTests;
  counts.skipped += result.numPendingTests + (result.numTodoTests ?? 0);
  // A file that could not even be loaded has no test to fail.
  counts.failed += result.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
}
if (vitest.status !== 0 && counts.failed === 0) counts.failed = 1;

process.stdout.write(
  `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`,
);
process.exit(counts.failed === 0 ? 0 : 1);
