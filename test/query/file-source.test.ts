import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openFileSource } from '../../src/query/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'xgotop-file-source-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const path = join(folder, 'bytes');
writeFileSync(
  path,
  Uint8Array.from({ length: 100 }, (_, index) => index),
);

it.for([
  [0, 3, [0, 1, 2]],
  [97, 3, [97, 98, 99]],
  [97, 10, [97, 98, 99]],
  [100, 10, []],
  [200, 10, []],
  [50, 0, []],
] as const)('reads from %i, %i bytes', async ([byteOffset, byteLength, expected]) => {
  const source = await openFileSource(path);
  expect([...(await source.read(byteOffset, byteLength))]).toEqual(expected);
  expect([...source.readSync(byteOffset, byteLength)]).toEqual(expected);
  expect(await source.size()).toBe(100);
  source.close();
});

it('sees the file become longer and shorter', async () => {
  const growing = join(folder, 'growing');
  writeFileSync(growing, 'abc');
  const source = await openFileSource(growing);
  writeFileSync(growing, 'abcdef');
  expect(await source.size()).toBe(6);
  expect(Buffer.from(await source.read(2, 9)).toString()).toBe('cdef');
  truncateSync(growing, 1);
  expect(Buffer.from(source.readSync(0, 9)).toString()).toBe('a');
  source.close();
});

it('does not allocate what a wrong length asks for', async () => {
  const source = await openFileSource(path);
  expect((await source.read(0, 2 ** 50)).byteLength).toBe(100);
  source.close();
});

it.for([
  ['a file that is missing', join(folder, 'missing'), 'does not exist'],
  ['a folder', folder, 'is a directory'],
  ['a file that is used as a folder', join(path, 'x'), 'cannot be opened'],
  ['a pipe', join(folder, 'pipe'), 'is not a regular file'],
] as const)('refuses %s', async ([, name, message]) => {
  if (name.endsWith('pipe')) execFileSync('mkfifo', [name]);
  await expect(openFileSource(name)).rejects.toMatchObject({
    name: 'UserError',
    message: expect.stringContaining(message) as string,
  });
});
