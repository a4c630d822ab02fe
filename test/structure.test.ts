import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, it } from 'vitest';

/** Each room with all it may import: other rooms, and modules from outside, by prefix. */
const ROOMS: Record<string, { rooms: string[]; outside: string[] }> = {
  'src/format': { rooms: [], outside: ['apache-arrow', 'flatbuffers', 'zstddec'] },
  'src/golang': { rooms: [], outside: [] },
  'src/query': { rooms: ['src/format'], outside: ['node:', '@duckdb/'] },
  'src/record': { rooms: ['src/format', 'src/golang'], outside: ['node:'] },
  'src/replay': { rooms: ['src/format', 'src/query'], outside: ['node:', 'send', 'ws'] },
  'src/cli': {
    rooms: ['src/format', 'src/golang', 'src/query', 'src/record', 'src/replay'],
    outside: ['@foxglove/wasm-zstd', 'node:', 'commander', 'open'],
  },
  'viewer/src': { rooms: ['src/format', 'src/query'], outside: ['svelte'] },
};

/** `import ... from 'x'`, `export ... from 'x'`, `import 'x'` and `import('x')`. */
const IMPORT =
  /^\s*(?:import|export)\b[^;'"]*?\bfrom\s*['"]([^'"\n]+)['"]|^\s*import\s*['"]([^'"\n]+)['"]|\bimport\(\s*['"]([^'"\n]+)['"]/gm;

const files = ['src', 'viewer/src'].flatMap((root) =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(ts|svelte)$/.test(path))
    .map((path) => posix.join(root, path)),
);
const roomOf = (path: string) => Object.keys(ROOMS).find((room) => path.startsWith(`${room}/`));

it.for(files)('%s imports only what its room may', (file) => {
  const room = roomOf(file);
  expect(room, 'every source file is in a room').toBeDefined();
  const { rooms, outside } = ROOMS[room!]!;
  const source = readFileSync(file, 'utf8');
  for (const [, from, bare, dynamic] of source.matchAll(IMPORT)) {
    const target = from ?? bare ?? dynamic;
    if (target!.startsWith('.')) {
      const path = posix.join(posix.dirname(file), target!.replace(/\?.*$/, ''));
      expect(existsSync(path), `${file} -> ${target} exists`).toBe(true);
      expect([room, ...rooms], `${file} -> ${target}`).toContain(roomOf(path));
    } else {
      expect(
        outside.some((prefix) => target!.startsWith(prefix)),
        `${file} -> ${target}`,
      ).toBe(true);
    }
  }
});

it('only src/record/native.ts knows the addon', () => {
  const knowing = files.filter((file) => readFileSync(file, 'utf8').includes('recorder.node'));
  expect(knowing).toEqual(['src/record/native.ts']);
});
