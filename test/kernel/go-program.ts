/** Builds the Go programs that tests record. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { goCommand } from '../go-command.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface GoBuild {
  toolchain?: string;
  flags?: string[];
  environment?: Record<string, string>;
}

/**
 * Build a program once for each state of its sources.
 *
 * @param folder - of the package, below the checkout
 * @param toolchain - e.g. `go1.22.12`, or the path of a go command; absent: the one at hand
 * @param environment - of the go command, e.g. `CGO_ENABLED`
 * @returns path of the executable
 */
export function buildGoProgram(
  folder: string,
  { toolchain = 'local', flags = [], environment = {} }: GoBuild = {},
): string {
  const source = join(ROOT, folder);
  const hash = createHash('sha256').update(`${toolchain} ${flags.join(' ')}`);
  for (const [name, value] of Object.entries(environment)) hash.update(` ${name}=${value}`);
  for (const name of readdirSync(source).sort()) hash.update(readFileSync(join(source, name)));
  const cache = join(ROOT, '.cache', 'go-programs');
  mkdirSync(cache, { recursive: true });
  const name = `${folder.split('/').at(-1)!}-${hash.digest('hex').slice(0, 12)}`;
  const path = join(cache, name);
  if (!existsSync(path)) {
    const isPath = toolchain.includes('/');
    execFileSync(isPath ? toolchain : goCommand(), ['build', ...flags, '-o', path, '.'], {
      cwd: source,
      env: {
        ...process.env,
        GOTOOLCHAIN: isPath ? 'local' : toolchain,
        GOFLAGS: '',
        ...environment,
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  return path;
}
