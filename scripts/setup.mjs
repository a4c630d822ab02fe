/**
 * Make a fresh clone ready: system packages, npm packages, BPF object, addon, TypeScript, viewer.
 *
 *     node scripts/setup.mjs [--for-tests]
 *
 * What is up to date is left alone. Where the native part cannot be had, it says why and goes
 * on: query and replay of a recording need only Node.
 */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { goToolchain } from './go-toolchain.mjs';
import { isStale } from './newer-than.mjs';
import { root } from './root.mjs';
import { run, step, StepError } from './step.mjs';
import { systemPackages } from './system-packages.mjs';

/**
 * @returns why recording is not possible with what was built; undefined when it was built
 * @throws StepError when even query and replay cannot be built
 */
export async function setup({ forTests = false } = {}) {
  requireNode();
  let nativeMissing;
  if (process.platform !== 'linux') {
    nativeMissing = `recording needs Linux, this is ${process.platform}`;
  } else {
    nativeMissing = await attempt('system packages', () => systemPackages(forTests), forTests);
  }
  await step('npm packages', npmPackages);
  if (process.platform === 'linux') {
    nativeMissing ??= await attempt('BPF object', bpfObject, forTests);
    nativeMissing ??= await attempt('native addon', addon, forTests);
  }
  await step('TypeScript', typescript);
  await step('viewer', viewer);
  if (forTests) {
    await step('Go toolchain', async () => goToolchain());
    if (existsSync(join(root, 'scripts', 'python-readers.mjs'))) {
      await attempt('Python readers', pythonReaders, false);
      await attempt('ClickHouse', clickhouseReader, false);
    }
  }
  return nativeMissing;
}

/** A step that the rest can do without: says why it failed and returns the reason. */
async function attempt(title, work, isRequired) {
  try {
    await step(title, work);
    return undefined;
  } catch (error) {
    if (!(error instanceof StepError) || isRequired) throw error;
    process.stderr.write(`    ${error.message}\n${error.hint ? `    ${error.hint}\n` : ''}`);
    return error.message.split('\n')[0];
  }
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new StepError(`Node ${process.versions.node} is too old`, 'install Node 20.19 or newer');
  }
}

async function npmPackages() {
  const stamp = join(root, 'node_modules', '.package-lock.json');
  const lock = join(root, 'package-lock.json');
  const installed = statSync(stamp, { throwIfNoEntry: false });
  if (installed && installed.mtimeMs >= statSync(lock).mtimeMs) return 'up to date';
  await run('npm-ci', 'npm', ['ci', '--no-fund', '--no-audit']);
  return 'installed';
}

async function bpfObject() {
  if (!isStale('bpf/record.bpf.o', ['bpf'])) return 'up to date';
  await run('bpf', 'make', ['-s', '-C', 'bpf']);
  return 'built';
}

async function addon() {
  const made = 'build/Release/recorder.node';
  if (!isStale(made, ['native', 'bpf/event.h', 'bpf/config.h', 'binding.gyp'])) return 'up to date';
  // Node's headers are beside it in most installations; otherwise node-gyp fetches them.
  const prefix = dirname(dirname(process.execPath));
  const nodedir = existsSync(join(prefix, 'include', 'node', 'node_api.h'))
    ? [`--nodedir=${prefix}`]
    : [];
  await run('node-gyp', process.execPath, [
    join(root, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js'),
    'rebuild',
    ...nodedir,
  ]);
  return 'built';
}

async function typescript() {
  const stamp = 'dist/.built';
  if (!isStale(stamp, ['src', 'tsconfig.json', 'tsconfig.build.json'])) return 'up to date';
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  await run('tsc', process.execPath, [tsc, '-p', 'tsconfig.build.json']);
  writeFileSync(join(root, stamp), '');
  return 'built';
}

async function viewer() {
  const made = 'viewer/dist/index.html';
  if (!isStale(made, ['viewer', 'src/format'])) return 'up to date';
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  await run('vite', process.execPath, [vite, 'build', 'viewer']);
  return 'built';
}

async function pythonReaders() {
  const { pythonReaders: make } = await import('./python-readers.mjs');
  return make();
}

async function clickhouseReader() {
  const { clickhouse } = await import('./clickhouse.mjs');
  return clickhouse();
}

/** Print a failure as its facts and advice, and leave with 1. */
export function fail(error) {
  if (!(error instanceof StepError)) throw error;
  process.stderr.write(`\n${error.message}\n${error.hint ? `To mend it: ${error.hint}\n` : ''}`);
  process.exit(1);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const version = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;
  process.stderr.write(`Setting up xgotop ${version}\n`);
  try {
    await setup({ forTests: process.argv.includes('--for-tests') });
  } catch (error) {
    fail(error);
  }
}
