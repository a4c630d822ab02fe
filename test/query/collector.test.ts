import { expect, it } from 'vitest';
import { openQuery, tinyRecording } from './query-recording.ts';

it('gc has the cycles, also those of which one end was not recorded', async () => {
  const { texts } = await openQuery(
    tinyRecording([
      [
        { time: 5, event: 'gc_end' },
        { time: 10, event: 'gc_begin' },
        { time: 30, event: 'gc_end' },
      ],
      [{ time: 60, event: 'gc_begin' }],
    ]),
  );
  expect(await texts('SELECT cycle, start_ns, end_ns, duration_ns FROM gc')).toEqual([
    '1 null 5 null',
    '2 10 30 20',
    '3 60 null null',
  ]);
});

it('stw has the stops with their reason', async () => {
  const { texts } = await openQuery(
    tinyRecording([
      [
        { time: 5, event: 'stw_begin', kind: 'GC sweep termination' },
        { time: 9, event: 'stw_end', kind: 'GC sweep termination' },
        { time: 50, event: 'stw_begin', kind: 'GOMAXPROCS' },
      ],
    ]),
  );
  expect(await texts('SELECT start_ns, end_ns, duration_ns, reason FROM stw')).toEqual([
    '5 9 4 GC sweep termination',
    '50 null null GOMAXPROCS',
  ]);
});
