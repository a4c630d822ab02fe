/** Recordings of every format version, kept as they were written: test/fixtures/README.md. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { openBytes } from './opened.ts';
import { recordingSummary } from './recording-summary.ts';

const folder = join(import.meta.dirname, '..', 'fixtures');
const names = readdirSync(folder)
  .filter((file) => /^format-.*\.arrow$/.test(file))
  .map((file) => file.slice(0, -'.arrow'.length));

test('there are fixtures', () => {
  expect(names).toContain('format-1');
});

test.each(names)('%s is read as it was when it was written', async (name) => {
  const recording = await openBytes(new Uint8Array(readFileSync(join(folder, `${name}.arrow`))));
  const expected: unknown = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
  expect(await recordingSummary(recording)).toEqual(expected);
});
