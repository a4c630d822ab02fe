/** What /proc and /sys say, under a root that tests put elsewhere. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Reads that answer undefined where there is nothing, or nothing for us. Paths are absolute. */
export interface MachineFiles {
  /** The path under the root, for who opens the file itself. */
  at(path: string): string;
  read(path: string): string | undefined;
  link(path: string): string | undefined;
  exists(path: string): boolean;
  /** Names in a directory; none when it cannot be listed. */
  list(path: string): string[];
}

/** @param root - directory that stands for `/` */
export function machineFiles(root = '/'): MachineFiles {
  const at = (path: string) => join(root, path);
  return {
    at,
    read: (path) => orUndefined(() => readFileSync(at(path), 'utf8')),
    link: (path) => orUndefined(() => readlinkSync(at(path))),
    exists: (path) => existsSync(at(path)),
    list: (path) => orUndefined(() => readdirSync(at(path))) ?? [],
  };
}

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    // Missing, or not for this user: either way there is no answer.
    return undefined;
  }
}
