import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';

/**
 * Must `output` be made again?
 *
 * @param sources files and folders below the checkout; folders are walked
 * @returns true when it is missing or a source is younger
 */
export function isStale(output, sources) {
  const made = statSync(join(root, output), { throwIfNoEntry: false });
  if (!made) return true;
  return sources.some((source) => newestMs(join(root, source)) > made.mtimeMs);
}

function newestMs(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(
    stat.mtimeMs,
    ...readdirSync(path)
      .filter((name) => !['node_modules', 'dist', 'build'].includes(name) && !name.endsWith('.o'))
      .map((name) => newestMs(join(path, name))),
  );
}
