/**
 * A Go toolchain for the tests, which build programs of many Go versions.
 *
 * Go from 1.21 on fetches other versions by itself. Debian's is older, but can fetch a newer
 * one as a module; that one is then put in .cache/go.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';
import { StepError } from './step.mjs';

const VERSION = 'go1.26.8';

/** @returns what was found or done, in words @throws StepError */
export function goToolchain() {
  const own = join(root, '.cache', 'go', 'bin', 'go');
  for (const go of [own, 'go', '/usr/local/go/bin/go']) {
    const version = versionOf(go);
    if (version && minor(version) >= 21) return `${version} present`;
  }
  const go = ['go', '/usr/local/go/bin/go', '/usr/lib/go-1.19/bin/go'].find(versionOf);
  if (!go) throw new StepError('no Go toolchain', 'install one: apt-get install golang-go');
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch];
  const module = `golang.org/toolchain@v0.0.1-${VERSION}.linux-${arch}`;
  const got = spawnSync(go, ['mod', 'download', '-json', module], {
    cwd: join(root, '.cache'),
    env: { ...process.env, GONOSUMDB: 'golang.org/toolchain', GOFLAGS: '-mod=mod' },
    encoding: 'utf8',
  });
  if (got.status !== 0)
    throw new StepError(`could not fetch ${VERSION}: ${got.stderr || got.stdout}`);
  const dir = JSON.parse(got.stdout).Dir;
  makeExecutable(dir);
  rmSync(join(root, '.cache', 'go'), { force: true });
  symlinkSync(dir, join(root, '.cache', 'go'));
  return `fetched ${VERSION}`;
}

function versionOf(go) {
  if (go.includes('/') && !existsSync(go)) return undefined;
  const said = spawnSync(go, ['version'], {
    encoding: 'utf8',
    env: { ...process.env, GOTOOLCHAIN: 'local' },
  });
  return said.status === 0 ? /\bgo\d+\.\d+(\.\d+)?/.exec(said.stdout)?.[0] : undefined;
}

function minor(version) {
  return Number(version.split('.')[1]);
}

/** Modules are unpacked without the executable bit. */
function makeExecutable(dir) {
  for (const folder of ['bin', 'pkg/tool/linux_amd64', 'pkg/tool/linux_arm64']) {
    const path = join(dir, folder);
    if (!existsSync(path)) continue;
    for (const name of readdirSync(path)) chmodSync(join(path, name), 0o755);
  }
}
