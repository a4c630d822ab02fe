/** What the build and the tests need from the system, and how to get it with apt. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run, StepError } from './step.mjs';

/** A package of Debian and Ubuntu, and how to see that what it brings is there. */
const BUILD = [
  { name: 'clang', has: () => onPath('clang') },
  { name: 'g++', has: () => onPath('g++') },
  { name: 'make', has: () => onPath('make') },
  { name: 'python3', has: () => onPath('python3') }, // node-gyp
  {
    name: 'libbpf-dev',
    has: () => existsSync('/usr/include/bpf/bpf_helpers.h') && inLib('libbpf.a'),
  },
  { name: 'libelf-dev', has: () => inLib('libelf.a') },
  { name: 'zlib1g-dev', has: () => inLib('libz.a') },
];

const TESTS = [
  { name: 'chromium', has: () => onPath('chromium') },
  { name: 'python3-venv', has: hasVenv },
  { name: 'golang-go', has: () => onPath('go') || existsSync('/usr/local/go/bin/go') },
  { name: 'binutils', has: () => onPath('objdump') },
  {
    name: 'linux-libc-dev-arm64-cross',
    has: () => process.arch === 'arm64' || existsSync('/usr/aarch64-linux-gnu/include/asm'),
  },
];

/**
 * Install what is missing.
 *
 * @returns what was done, in words
 * @throws StepError naming the packages and the command, where apt or root is missing
 */
export async function systemPackages(forTests) {
  const missing = [...BUILD, ...(forTests ? TESTS : [])].filter((p) => !p.has()).map((p) => p.name);
  if (missing.length === 0) return 'present';
  const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (!onPath('apt-get')) {
    throw new StepError(
      `missing: ${missing.join(', ')} (names of Debian's packages)`,
      'install them with your package manager, then run this again',
    );
  }
  if (process.getuid() !== 0) {
    throw new StepError(`missing: ${missing.join(', ')}`, `sudo ${command}`);
  }
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-update', 'apt-get', ['update', '-qq'], { env });
  await run('apt-install', 'apt-get', command.split(' ').slice(1), { env });
  return `installed ${missing.join(', ')}`;
}

/** Is there a command of this name? */
export function onPath(command) {
  return (process.env.PATH ?? '').split(delimiter).some((dir) => existsSync(join(dir, command)));
}

function inLib(file) {
  return ['/usr/lib', '/usr/lib64', '/usr/local/lib']
    .flatMap((dir) => [dir, ...triplets(dir)])
    .some((dir) => existsSync(join(dir, file)));
}

function triplets(dir) {
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .filter((name) => name.endsWith('-linux-gnu'))
    .map((name) => join(dir, name));
}

function hasVenv() {
  return spawnSync('python3', ['-c', 'import ensurepip, venv']).status === 0;
}
