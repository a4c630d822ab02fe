import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { root } from './root.mjs';

/**
 * TypeScript 7's compiler, a Go program; npm's `typescript` is a script that starts it.
 *
 * @returns its path, relative to the checkout
 * @throws Error when there is none for this platform
 */
export function compiler() {
  const require = createRequire(join(root, 'node_modules', 'typescript-7', 'package.json'));
  const manifest = require.resolve(
    `@typescript/typescript-${process.platform}-${process.arch}/package.json`,
  );
  const path = join(dirname(manifest), 'lib', 'tsc');
  if (!existsSync(path)) throw new Error(`${path} is missing`);
  return relative(root, path);
}
