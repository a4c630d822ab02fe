import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { REPORTS } from '../../src/query/index.ts';
import { sampleRecording } from '../format/sample-recording.ts';
import { openQuery, tinyRecording } from './query-recording.ts';

const sample = sampleRecording();

/** Small enough to be worked out by hand. */
const tiny = tinyRecording(
  [
    [
      { time: 0, event: 'stw_begin', kind: 'GOMAXPROCS' },
      { time: 10, event: 'stw_end', kind: 'GOMAXPROCS' },
      { time: 100, event: 'go_create', goid: 9, by: 1, to: 'runnable', func: 'main.f', site: 1 },
      { time: 108, event: 'go_state', goid: 9, from: 'runnable', to: 'running' },
      {
        time: 110,
        event: 'alloc',
        goid: 9,
        size: 300,
        type: 'T',
        kind: 'new',
        func: 'main.f',
        site: 2,
      },
      {
        time: 111,
        event: 'alloc',
        goid: 9,
        size: 100,
        type: 'T',
        kind: 'new',
        func: 'main.f',
        site: 2,
      },
      { time: 112, event: 'alloc', goid: 9, size: 600, kind: 'slice', func: 'main.g' },
      { time: 208, event: 'go_state', goid: 9, from: 'running', to: 'waiting', reason: 'sleep' },
      { time: 508, event: 'go_state', goid: 9, from: 'waiting', to: 'runnable' },
      { time: 543, event: 'go_state', goid: 9, from: 'runnable', to: 'running' },
    ],
  ],
  [{ goid: 1, func: 'runtime.main', state: 'waiting', reason: 'select' }],
);

it.for([
  [
    'goroutines',
    ['main.f 1 1 0.001 0.000 0.000 0.000', 'runtime.main 1 1 0.000 0.000 0.000 0.001'],
  ],
  ['allocs-by-type', ['null slice 1 600 60', 'T new 2 400 40']],
  ['allocs-by-site', ['main.g null null 1 600 60', 'main.f other.go 34 2 400 40']],
  ['blocked', ['select 1 1 0.001 null null', 'sleep 1 1 0.000 0.300 0.300']],
  ['latency', [`8 16 1 50 ${'█'.repeat(40)}`, '16 32 0 50 ', `32 64 1 100 ${'█'.repeat(40)}`]],
  ['gc', ['stop: GOMAXPROCS 0.000 0.010']],
] as const)('report %s says what was worked out by hand', async ([name, expected]) => {
  const { texts } = await openQuery(tiny);
  expect(await texts(REPORTS.find((report) => report.name === name)!.sql)).toEqual(expected);
});

it.for(REPORTS.map((report) => [report.name, report] as const))(
  'report %s answers on a recording without events',
  async ([, { sql }]) => {
    const { rows } = await openQuery(tinyRecording([]));
    expect(await rows(sql)).toEqual([]);
  },
);

it('reports of the sample agree with its views', async () => {
  const { rows } = await openQuery(sample.bytes);
  const report = (name: string) => REPORTS.find((found) => found.name === name)!.sql;
  const [[goroutines, alive] = []] = await rows(
    `SELECT sum(goroutines)::BIGINT, sum(alive)::BIGINT FROM (${report('goroutines')})`,
  );
  expect([[goroutines, alive]]).toEqual(
    await rows(`SELECT count(*), count(*) FILTER (exited_ns IS NULL) FROM goroutines`),
  );
  expect(await rows(`SELECT sum(size_bytes) FROM (${report('allocs-by-site')})`)).toEqual(
    await rows('SELECT sum(size_bytes) FROM allocs'),
  );
  expect(await rows(`SELECT sum(times) FROM (${report('latency')})`)).toEqual(
    await rows(`SELECT count(*)::HUGEINT FROM spans
      WHERE state = 'runnable' AND next_state = 'running' AND is_whole`),
  );
});

it('docs/query.md tells of every report', () => {
  const page = readFileSync('docs/query.md', 'utf8');
  for (const { name } of REPORTS) expect(page).toContain(`| \`${name}\``);
  for (const { meaning } of REPORTS) expect(page).toContain(meaning);
});
