/** Builds a Go program of bench/testdata with the go command at hand. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** @returns path of the executable */
export function buildBenchProgram(name) {
  const go = ['.cache/go/bin/go', '/usr/local/go/bin/go']
    .map((path) => (path.startsWith('/') ? path : ROOT + path))
    .find((path) => existsSync(path));
  const path = `${ROOT}.cache/bench/${name}`;
  mkdirSync(`${ROOT}.cache/bench`, { recursive: true });
  execFileSync(go ?? 'go', ['build', '-o', path, '.'], {
    cwd: `${ROOT}bench/testdata/${name}`,
    stdio: 'inherit',
  });
  return path;
}

/** Median of numbers. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
