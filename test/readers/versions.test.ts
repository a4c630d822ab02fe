/** The versions that docs/format.md names, "Other readers", are those that the tests run. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const text = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const page = text('docs/format.md');

const PINS: [file: string, pin: RegExp, said: (version: string) => string][] = [
  ['scripts/python-readers.mjs', /'pyarrow==(.+)'/, (version) => `pyarrow ${version}`],
  ['scripts/python-readers.mjs', /'pandas==(.+)'/, (version) => `pandas ${version}`],
  ['scripts/python-readers.mjs', /'polars==(.+)'/, (version) => `polars ${version}`],
  ['scripts/python-readers.mjs', /'duckdb==(.+)'/, (version) => `DuckDB ${version}`],
  ['scripts/python-readers.mjs', /'datafusion==(.+)'/, (version) => `DataFusion ${version}`],
  ['scripts/python-readers.mjs', /'nanoarrow==(.+)'/, (version) => `nanoarrow ${version}`],
  ['scripts/clickhouse.mjs', /chdb: '(.+)'/, (version) => `chdb ${version}`],
  ['package.json', /"apache-arrow": "(.+)"/, (version) => `apache-arrow ${version}`],
  ['test/readers/go-reader/go.mod', /arrow-go\/v18 v(.+)/, (version) => `arrow-go ${version}`],
];

test.each(PINS)('docs/format.md says what %s pins: %s', (file, pin, said) => {
  const version = pin.exec(text(file))![1]!;
  expect(page).toContain(`| ${said(version)}`.replace('| chdb', '(chdb'));
});
