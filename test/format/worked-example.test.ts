/** The hex dump in docs/format.md is that of a recording which today's writer makes. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import * as format from '../../src/format/index.ts';
import { openBytes } from './opened.ts';

interface DumpScript {
  tinyRecording: (exports: typeof format) => Uint8Array;
  workedExample: (bytes: Uint8Array) => string;
  withExample: (page: string, example: string) => string;
}
const script = new URL('../../scripts/format-dump.mjs', import.meta.url).href;
const { tinyRecording, workedExample, withExample } = (await import(script)) as DumpScript;
const page = readFileSync(new URL('../../docs/format.md', import.meta.url), 'utf8');
const bytes = tinyRecording(format);

test('the example in docs/format.md is what scripts/format-dump.mjs writes', () => {
  expect(withExample(page, workedExample(bytes))).toBe(page);
});

test('its places are those that our reader finds', async () => {
  const [chunk] = (await openBytes(bytes)).chunks;
  const { byteOffset, metadataBytes, bodyBytes, rowCount } = chunk!;
  const at = byteOffset.toString(16).padStart(4, '0');
  expect(page).toContain(
    `| \`${at}\` | RecordBatch | chunk 0, ${rowCount} rows | ${metadataBytes} | ${bodyBytes} |`,
  );
});
