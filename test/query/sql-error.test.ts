import { expect, it } from 'vitest';
import { openQuery, tinyRecording } from './query-recording.ts';

const bytes = tinyRecording([[{ time: 1, event: 'alloc', goid: 1, func: 'main.f', type: 'T' }]]);

it.for([
  ['SELEC 1', 'Parser Error: syntax error at or near "SELEC"\n\nLINE 1: SELEC 1\n        ^'],
  ['SELECT nope FROM stw', '\n\nLINE 1: SELECT nope FROM stw\n               ^'],
  ['', 'there is no SQL statement to run'],
  [' ; -- nothing', 'there is no SQL statement to run'],
  [
    "SELECT * FROM scan_events(NULL, NULL, 'nope')",
    "Binder Error: scan_events knows no event 'nope'",
  ],
] as const)('%s ends with what DuckDB says', async ([sql, message]) => {
  const { rows } = await openQuery(bytes);
  await expect(rows(sql)).rejects.toMatchObject({
    name: 'UserError',
    message: expect.stringContaining(message) as string,
  });
});

it('names the views when a table is not there', async () => {
  const { rows } = await openQuery(bytes);
  await expect(rows('SELECT * FROM goroutine')).rejects.toMatchObject({
    hint: 'xgotop query --views lists the views and their columns.',
  });
});

it('runs the statements before a failing one, and answers after it', async () => {
  const { engine, rows } = await openQuery(bytes);
  const answers: unknown[] = [];
  const run = async () => {
    for await (const result of engine.run('SELECT 1; SELECT nope; SELECT 2')) {
      answers.push(await result.getRows());
    }
  };
  await expect(run()).rejects.toMatchObject({ name: 'UserError' });
  expect(answers).toEqual([[[1]]]);
  expect(await rows('SELECT 3')).toEqual([[3]]);
});

it('stops a statement that is interrupted', async () => {
  const { engine, rows } = await openQuery(bytes);
  const running = rows('SELECT count(*) FROM range(1000000000) a, range(1000000000) b');
  setTimeout(() => {
    engine.interrupt();
  }, 50);
  await expect(running).rejects.toMatchObject({ message: 'the query was interrupted' });
});
