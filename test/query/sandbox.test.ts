import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openQuery, tinyRecording } from './query-recording.ts';

const folder = mkdtempSync(join(tmpdir(), 'xgotop-sandbox-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const bytes = tinyRecording([[{ time: 1, event: 'gc_begin' }]]);

it.for([
  `COPY (SELECT 1) TO '${folder}/a.csv'`,
  `COPY events TO '${folder}/a.parquet'`,
  `EXPORT DATABASE '${folder}/export'`,
  `ATTACH '${folder}/a.duckdb'`,
  `SELECT * FROM read_csv('/etc/passwd')`,
  `SELECT * FROM read_text('/etc/passwd')`,
  `SELECT * FROM read_blob('/etc/passwd')`,
  `SELECT * FROM read_parquet('/etc/passwd')`,
  `SELECT * FROM read_json('/etc/passwd')`,
  `SELECT * FROM glob('/etc/*')`,
  `SELECT * FROM sniff_csv('/etc/passwd')`,
  `SELECT * FROM read_csv('https://example.org/a.csv')`,
  `IMPORT DATABASE '/etc'`,
  `INSTALL httpfs`,
  `LOAD httpfs`,
  `LOAD '${folder}/a.duckdb_extension'`,
  `SET enable_external_access = true`,
  `SET threads = 1`,
  `SET temp_directory = '${folder}'`,
  `PRAGMA threads = 1`,
  `RESET lock_configuration`,
])('refuses in one line: %s', async (sql) => {
  const { rows } = await openQuery(bytes);
  const error: unknown = await rows(sql).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({
    name: 'UserError',
    message: expect.stringMatching(/^[^\n]+$/) as string,
    hint: 'A query sees the recording and nothing else: no files, no network, no extensions, no settings.',
  });
  expect(readdirSync(folder)).toEqual([]);
});

it('does not take the name of a file for a table', async () => {
  const { rows } = await openQuery(bytes);
  await expect(rows(`SELECT * FROM '/etc/passwd'`)).rejects.toMatchObject({
    name: 'UserError',
    message: expect.stringContaining('does not exist') as string,
  });
});

it('has tables of its own for the time of the queries', async () => {
  const { rows } = await openQuery(bytes);
  expect(
    await rows('CREATE TABLE t AS SELECT 1 AS a; INSERT INTO t VALUES (2); SELECT sum(a) FROM t'),
  ).toEqual([[3n]]);
});

it('leaves nothing behind when it is closed', async () => {
  const before = readdirSync(tmpdir()).filter((name) => name.startsWith('xgotop-query-'));
  const { engine, rows } = await openQuery(bytes);
  expect(await rows('SELECT count(DISTINCT range) FROM range(300000)')).toEqual([[300_000n]]);
  engine.close();
  const left = readdirSync(tmpdir()).filter((name) => name.startsWith('xgotop-query-'));
  expect(left.filter((name) => !before.includes(name))).toEqual([]);
  expect(existsSync('.tmp')).toBe(false);
});
