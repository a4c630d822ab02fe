import { expect, it } from 'vitest';
import { writeResult } from '../../src/query/index.ts';
import type { ResultFormat, ResultOptions } from '../../src/query/index.ts';
import { openQuery, tinyRecording } from './query-recording.ts';

const bytes = tinyRecording([
  [
    { time: 1, event: 'go_create', goid: 5, to: 'runnable', func: 'main.größe' },
    { time: 2, event: 'gc_begin' },
  ],
]);

async function write(
  sql: string,
  format: ResultFormat,
  options: Partial<ResultOptions> = {},
): Promise<string> {
  const { engine } = await openQuery(bytes);
  let written = '';
  for await (const result of engine.run(sql)) {
    await writeResult(
      result,
      format,
      (text) => {
        written += text;
        return Promise.resolve();
      },
      { maxRows: undefined, widthColumns: undefined, ...options },
    );
  }
  return written;
}

it.for([
  ['SELECT event, func, goid FROM events', 'event,func,goid\ngo_create,main.größe,5\ngc_begin,,\n'],
  [`SELECT 'a,b' x, 'a"b' y, 'a\nb' z, '' e, NULL n`, 'x,y,z,e,n\n"a,b","a""b","a\nb","",\n'],
  [
    'SELECT 9223372036854775807 a, -9223372036854775808 b',
    'a,b\n9223372036854775807,-9223372036854775808\n',
  ],
  [
    'SELECT 170141183460469231731687303715884105727 a',
    'a\n170141183460469231731687303715884105727\n',
  ],
  [
    'SELECT 0.10::DECIMAL(18,2) a, 12345678901234567.89::DECIMAL(19,2) b',
    'a,b\n0.10,12345678901234567.89\n',
  ],
  [`SELECT true a, [1, 2] b, DATE '2026-01-02' c`, 'a,b,c\ntrue,"[1, 2]",2026-01-02\n'],
  ['SELECT 1 AS "a,b" WHERE false', '"a,b"\n'],
  ['SELECT 1 a, 2 a', 'a,a\n1,2\n'],
] as const)('csv of %s', async ([sql, expected]) => {
  expect(await write(sql, 'csv')).toBe(expected);
});

it.for([
  [
    'SELECT event, func, goid FROM events',
    '{"event":"go_create","func":"main.größe","goid":5}\n{"event":"gc_begin","func":null,"goid":null}\n',
  ],
  [
    'SELECT 9007199254740991 a, 9007199254740992 b, -9007199254740993 c',
    '{"a":9007199254740991,"b":"9007199254740992","c":"-9007199254740993"}\n',
  ],
  [
    'SELECT 9223372036854775807 a, -9223372036854775808 b',
    '{"a":"9223372036854775807","b":"-9223372036854775808"}\n',
  ],
  [
    'SELECT 170141183460469231731687303715884105727 a, 5::HUGEINT b',
    '{"a":"170141183460469231731687303715884105727","b":5}\n',
  ],
  [
    'SELECT 0.10::DECIMAL(18,2) a, 12345678901234567.89::DECIMAL(19,2) b',
    '{"a":0.10,"b":"12345678901234567.89"}\n',
  ],
  [
    `SELECT 'NaN'::DOUBLE a, '-inf'::DOUBLE b, 1.5::DOUBLE c`,
    '{"a":"NaN","b":"-Infinity","c":1.5}\n',
  ],
  [
    `SELECT [1, NULL] a, {'x': 9007199254740993} b, map {'k': 1} c, map {2: 3} d`,
    '{"a":[1,null],"b":{"x":"9007199254740993"},"c":{"k":1},"d":[{"key":2,"value":3}]}\n',
  ],
  [`SELECT true a, DATE '2026-01-02' b, 'a"b\n' c`, '{"a":true,"b":"2026-01-02","c":"a\\"b\\n"}\n'],
  ['SELECT 1 a, 2 a', '{"a":1,"a:1":2}\n'],
  ['SELECT 1 WHERE false', ''],
] as const)('ndjson of %s', async ([sql, expected]) => {
  expect(await write(sql, 'ndjson')).toBe(expected);
  for (const line of expected.split('\n')) if (line !== '') JSON.parse(line);
});

it.for([
  ['SELECT 1 a UNION ALL SELECT 2', [{ a: 1 }, { a: 2 }]],
  ['SELECT 1 a WHERE false', []],
] as const)('json of %s is one array', async ([sql, expected]) => {
  expect(JSON.parse(await write(sql, 'json'))).toEqual(expected);
});

it('markdown escapes what would end a cell', async () => {
  expect(await write(`SELECT 'a|b' AS x, 'c\nd' AS y, NULL AS z, 7 AS n`, 'markdown')).toBe(
    '| x | y | z | n |\n| --- | --- | ---: | ---: |\n| a\\|b | c<br>d | NULL | 7 |\n',
  );
});

it('a table is aligned, with numbers to the right and NULL shown', async () => {
  expect(await write('SELECT event, func, goid FROM events', 'table')).toBe(
    [
      'event     │ func       │ goid',
      '──────────┼────────────┼─────',
      'go_create │ main.größe │    5',
      'gc_begin  │ NULL       │ NULL',
      '',
    ].join('\n'),
  );
});

it.for([
  [3, 2, '… 1 more row (--max-rows 0 for all)'],
  [5000, 40, '… 4,960 more rows (--max-rows 0 for all)'],
  [40, 40, undefined],
] as const)('a table of %i rows shows %i and tells of the rest', async ([count, maxRows, note]) => {
  const text = await write(`SELECT range AS n FROM range(${count})`, 'table', { maxRows });
  const lines = text.trimEnd().split('\n');
  expect(lines.length).toBe(2 + maxRows + (note === undefined ? 0 : 1));
  expect(lines.find((line) => line.startsWith('…'))).toBe(note);
});

it('a table cuts text, never a number, to the width of the terminal', async () => {
  const text = await write(
    `SELECT repeat('x', 200) AS a, 9223372036854775807 AS n, '日本語日本語日本語' AS w`,
    'table',
    { widthColumns: 50 },
  );
  const row = text.split('\n')[2]!;
  expect(row).toContain('9223372036854775807');
  expect(row).toContain('x…');
  expect(row).toContain('日');
  const wideCount = row.match(/[日本語]/g)!.length;
  expect(row.length + wideCount).toBeLessThanOrEqual(50);
});

it('a table shows control characters, and does not send them to the terminal', async () => {
  expect(await write(`SELECT 'a' || chr(27) || '[31m' || chr(10) AS x`, 'table')).toContain(
    'a\\u001b[31m\\n',
  );
});

it.for(['table', 'csv', 'json', 'ndjson', 'markdown'] as const)(
  '%s has every row of a result of many chunks',
  async (format) => {
    const text = await write(`SELECT range AS n FROM range(5000)`, format);
    expect(
      text
        .match(/\d+/g)!
        .map(Number)
        .toSorted((a, b) => a - b),
    ).toEqual(Array.from({ length: 5000 }, (_, index) => index));
  },
);

it.for([3, 300, 70_000])('an ENUM of %i values is written by its values', async (count) => {
  const events = Array.from({ length: count }, (_, index) => ({
    time: 1,
    event: 'alloc' as const,
    goid: 1,
    func: index % 7 === 0 ? '' : `f${index}`,
  }));
  const { engine } = await openQuery(tinyRecording([events]));
  let written = '';
  for await (const result of engine.run('SELECT func FROM events')) {
    await writeResult(
      result,
      'csv',
      (text) => {
        written += text;
        return Promise.resolve();
      },
      { maxRows: undefined, widthColumns: undefined },
    );
  }
  expect(written).toBe(`func\n${events.map(({ func }) => `${func}\n`).join('')}`);
});
