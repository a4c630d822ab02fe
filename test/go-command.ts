import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Path of the go command: the one that the set-up fetched where the system's is too old to
 * fetch other versions, then the system's.
 *
 * @throws Error that says what to install
 */
export function goCommand(): string {
  const folders = [
    join(ROOT, '.cache', 'go', 'bin'),
    ...(process.env['PATH'] ?? '').split(delimiter),
    '/usr/local/go/bin',
  ];
  const command = folders.map((folder) => join(folder, 'go')).find((path) => existsSync(path));
  if (command === undefined) {
    throw new Error('these tests build Go programs: node scripts/setup.mjs --for-tests gets Go');
  }
  return command;
}
