/**
 * A Python with readers of Arrow in .venv, none of them ours: for tests.
 *
 *     node scripts/python-readers.mjs
 *
 * Part of `node scripts/setup.mjs --for-tests`. Tests that need it skip where it is missing.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './root.mjs';
import { run, step, StepError } from './step.mjs';

/** Pinned: what a test says about a reader is said about this one. */
const PACKAGES = [
  'pyarrow==26.0.1',
  'pandas==3.1.1',
  'polars==2.1.0',
  'duckdb==2.0.0',
  'datafusion==55.0.0',
  'nanoarrow==0.9.0',
];

const folder = join(root, '.venv');
const python = join(folder, 'bin', 'python3');
const stamp = join(folder, 'readers.txt');

/**
 * @returns what was done
 * @throws StepError when there is no Python, or no network to fetch the packages
 */
export async function pythonReaders() {
  const wanted = PACKAGES.join('\n');
  if (existsSync(python) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) {
    return 'up to date';
  }
  try {
    await run('python-venv', 'python3', ['-m', 'venv', '--clear', folder]);
  } catch (error) {
    throw new StepError(`no Python environment: ${error.message}`, 'apt-get install python3-venv');
  }
  await run('python-readers', python, [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    ...PACKAGES,
  ]);
  writeFileSync(stamp, wanted);
  return 'installed';
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    await step('Python readers', pythonReaders);
  } catch (error) {
    process.stderr.write(`${error.message}\n${error.hint ? `To mend it: ${error.hint}\n` : ''}`);
    process.exit(1);
  }
}
