/**
 * Builds of Go programs for tests, kept under .cache/go-builds.
 *
 * Each Go version is fetched by the go command itself (GOTOOLCHAIN) the first time. A build
 * is named after everything that went into it, so a changed source or flag is a new build.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { goCommand } from '../go-command.ts';
import { openGoProgram, type ExecutableBytes, type GoProgram } from '../../src/golang/index.ts';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const CACHE = join(ROOT, '.cache', 'go-builds');

/** The last release of every minor version that is supported. */
export const GO_VERSIONS = ['1.21.13', '1.22.12', '1.23.12', '1.24.13', '1.25.14', '1.26.11'];
/** Versions that nothing may be in the way of. */
export const OTHER_GO_VERSIONS = ['1.20.14', '1.27.4'];

export interface BuildOptions {
  /** `1.26.11`. */
  version: string;
  /** Folder of the program, relative to the folder test/golang; `program` by default. */
  folder?: string;
  /** Arguments of `go build`. */
  flags?: readonly string[];
  env?: Readonly<Record<string, string>>;
}

/**
 * Run the go command.
 *
 * @returns its standard output
 * @throws Error with what it printed
 */
export function go(
  args: readonly string[],
  options: { input?: string; cwd?: string } = {},
): string {
  return execFileSync(goCommand(), args, {
    encoding: 'utf8',
    maxBuffer: 1 << 29,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...options,
  });
}

/**
 * Build a Go program, once.
 *
 * @returns path of the executable
 * @throws Error with what the go command printed, or when the toolchain cannot be had
 */
export function buildGo(options: BuildOptions): string {
  const { version, folder = 'program', flags = [], env = {} } = options;
  const source = join(ROOT, 'test', 'golang', folder);
  const hash = createHash('sha256').update(JSON.stringify([version, flags, env]));
  for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' }).sort()) {
    if (/\.(go|mod|pgo)$/.test(file)) hash.update(file).update(readFileSync(join(source, file)));
  }
  const name = `${folder.replaceAll('/', '-')}-${version}-${hash.digest('hex').slice(0, 12)}`;
  const path = join(CACHE, name);
  if (existsSync(path)) return path;
  mkdirSync(CACHE, { recursive: true });
  // Under a name of its own until it is whole: test files run at the same time.
  const partial = `${path}.${process.pid}`;
  try {
    execFileSync(goCommand(), ['build', '-buildvcs=false', '-o', partial, ...flags, '.'], {
      cwd: source,
      env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', ...env, GOTOOLCHAIN: `go${version}` },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  } catch (error) {
    const said = (error as { stderr?: Buffer }).stderr?.toString() ?? String(error);
    throw new Error(`Go ${version} could not be had or could not build ${folder}: ${said}`, {
      cause: error,
    });
  }
  renameSync(partial, path);
  return path;
}

/** A file for a build, kept beside the builds and named after its content. Returns its path. */
export function cacheFile(name: string, content: string): string {
  mkdirSync(CACHE, { recursive: true });
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 12);
  const path = join(CACHE, `${hash}-${name}`);
  writeFileSync(path, content);
  return path;
}

/** A file, read range by range. */
export function fileBytes(path: string): ExecutableBytes {
  return {
    byteLength: statSync(path).size,
    read(byteOffset, byteLength) {
      const fd = openSync(path, 'r');
      try {
        const bytes = new Uint8Array(byteLength);
        return bytes.subarray(0, readSync(fd, bytes, 0, byteLength, byteOffset));
      } finally {
        closeSync(fd);
      }
    },
  };
}

/** Bytes in memory. */
export function memoryBytes(bytes: Uint8Array): ExecutableBytes {
  return {
    byteLength: bytes.length,
    read: (byteOffset, byteLength) => bytes.subarray(byteOffset, byteOffset + byteLength),
  };
}

/** A Go executable on disk, opened. */
export function openFile(path: string): GoProgram {
  return openGoProgram(fileBytes(path));
}

/** Path of a program that npm brings along. */
export function npmProgram(name: 'tsc' | 'esbuild'): string {
  const path =
    name === 'tsc'
      ? 'node_modules/@typescript/typescript-linux-x64/lib/tsc'
      : 'node_modules/@esbuild/linux-x64/bin/esbuild';
  return join(ROOT, path);
}
