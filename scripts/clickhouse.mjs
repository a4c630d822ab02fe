/**
 * ClickHouse's engine, embedded, in .cache/clickhouse: an independent reader of recordings, for tests.
 *
 *     node scripts/clickhouse.mjs        some 550 MB
 *
 * Part of `node scripts/setup.mjs --for-tests`, and no dependency of package.json: whoever uses
 * xgotop does not need it. Tests that need it skip where it is missing.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './root.mjs';
import { run, step } from './step.mjs';

/** Pinned: what a test says about a reader is said about this one. It names its engine exactly. */
const PACKAGES = { chdb: '3.4.0' };

const folder = join(root, '.cache', 'clickhouse');
const stamp = join(folder, 'installed.json');

/**
 * @returns what was done
 * @throws StepError when there is no network to fetch it, or no build for this machine
 */
export async function clickhouse() {
  const manifest = JSON.stringify({ private: true, dependencies: PACKAGES });
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === manifest) return 'up to date';
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), manifest);
  await run('clickhouse', 'npm', ['install', '--no-fund', '--no-audit', '--prefix', folder]);
  writeFileSync(stamp, manifest);
  return 'installed';
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    await step('ClickHouse', clickhouse);
  } catch (error) {
    process.stderr.write(`${error.message}\n${error.hint ? `To mend it: ${error.hint}\n` : ''}`);
    process.exit(1);
  }
}
