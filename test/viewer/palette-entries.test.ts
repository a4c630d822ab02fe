/** What the command palette offers for a text. */
import { expect, it } from 'vitest';
import { fuzzyScore } from '../../viewer/src/commands/fuzzy-score.ts';
import { paletteEntries, startFunctions } from '../../viewer/src/commands/palette-entries.ts';
import { parseTime } from '../../viewer/src/format/parse-time.ts';
import { LANE_ORDERS } from '../../viewer/src/lanes/lane-order.ts';
import { ACTIONS, keysText } from '../../viewer/src/session/keys.ts';

const PLACES = {
  summary: {
    goid: Float64Array.of(1, 34, 340, 7),
    func: Int32Array.of(0, 1, 1, 2),
    functions: ['runtime.main', 'main.worker', ''],
    endNs: 2e9,
  },
  marks: [
    { timeNs: 1.5e9, text: 'deploy' },
    { timeNs: 0.5e9, text: 'warm up' },
  ],
  groupings: ['parent', 'label tenant'] as const,
};

const entriesFor = (typed: string) =>
  paletteEntries(typed, PLACES, startFunctions(PLACES.summary)).map(({ id }) => id);

it('offers all commands but itself, marks and start functions when nothing is typed', () => {
  expect(entriesFor('')).toEqual([
    ...ACTIONS.filter((action) => action !== 'palette'),
    'group by parent',
    'group by label tenant',
    ...LANE_ORDERS.map((order) => `order by ${order}`),
    'mark 0',
    'mark 1',
    'function runtime.main',
    'function main.worker',
    'function (unknown)',
  ]);
});

it.each<[string, string]>([
  ['play backwards', 'play-backwards'],
  ['plb', 'play-backwards'],
  ['zoom out', 'zoom-out'],
  ['out zoom', 'zoom-out'],
  ['THEME', 'theme'],
  ['deploy', 'mark 0'],
  ['wup', 'mark 1'],
  ['worker', 'function main.worker'],
  ['34', 'goroutine 1'],
  ['g34', 'goroutine 1'],
  ['go to g340', 'goroutine 2'],
  ['go to time 1.234 s', 'time'],
  ['250ms', 'time'],
  ['speed 250ms', 'speed'],
  ['-2x', 'speed'],
  ['50 ev/s', 'speed'],
  ['tenant', 'group by label tenant'],
  ['order id', 'order by id'],
])('finds by %s first %s', (typed, id) => {
  expect(entriesFor(typed)[0]).toBe(id);
});

it('offers goroutines whose number begins so after the one that has it', () => {
  expect(entriesFor('3').filter((id) => id.startsWith('g'))).toEqual([
    'goroutine 1',
    'goroutine 2',
  ]);
  expect(entriesFor('34').slice(0, 3)).toEqual(['goroutine 1', 'goroutine 2', 'time']);
});

it('says of a time that it is after the end', () => {
  const [entry] = paletteEntries('3 s', PLACES, []);
  expect(entry).toMatchObject({
    note: 'time, after the end',
    target: { kind: 'time', timeNs: 3e9 },
  });
});

it.each<[string, number | undefined]>([
  ['1.234 s', 1.234e9],
  ['1.234', 1.234e9],
  ['.5ms', 5e5],
  ['10µs', 1e4],
  ['10us', 1e4],
  ['812 ns', 812],
  ['2m', 120e9],
  ['1:02.5', 62.5e9],
  ['6.203\u202f112\u202f4 s', 6.2031124e9],
  ['', undefined],
  ['-1 s', undefined],
  ['1 h', undefined],
  ['fast', undefined],
])('reads the time %s', (text, timeNs) => {
  const read = parseTime(text);
  if (timeNs === undefined) expect(read).toBeUndefined();
  else expect(read).toBeCloseTo(timeNs, 3);
});

it('fits what begins a word better than what is within one, and that better than letters', () => {
  const scores = ['net.dial', 'internet.dial', 'n.e.t'].map((text) => fuzzyScore('net', text)!);
  expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  expect(fuzzyScore('ten', 'net')).toBeUndefined();
});

it.each([
  ['palette', false, 'Ctrl Shift P, :'],
  ['palette', true, '⌘ Shift P, :'],
  ['step-back', false, '←'],
  ['undo', false, 'Ctrl Z, Backspace'],
] as const)('writes the keys of %s (of a Mac: %s) as %s', (action, ofMac, text) => {
  expect(keysText(action, ofMac)).toBe(text);
});
