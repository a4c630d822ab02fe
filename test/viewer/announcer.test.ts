/** What a screen reader is told, and how often. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Announcer } from '../../viewer/src/session/announcer.ts';
import type { RowView } from '../../viewer/src/lanes/lane-view.ts';
import { rowName } from '../../viewer/src/lanes/row-name.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function listen(): { announcer: Announcer; said: string[] } {
  const said: string[] = [];
  return { announcer: new Announcer((text) => said.push(text)), said };
}

it('says nothing of what holds from the beginning', () => {
  const { announcer, said } = listen();
  announcer.tell({ mode: 'paused' });
  vi.runAllTimers();
  announcer.tell({ mode: 'paused' });
  vi.runAllTimers();
  expect(said).toEqual([]);
});

it('tells changes together, of many to one fact the last', () => {
  const { announcer, said } = listen();
  announcer.tell({ mode: 'playing', playhead: '' });
  for (let at = 1; at <= 5; at++) announcer.tell({ mode: 'paused', playhead: `at ${at} s` });
  expect(said).toEqual([]);
  vi.runAllTimers();
  expect(said).toEqual(['paused; at 5 s']);
});

it('tells of keys that repeat no more often than twice a second', () => {
  const { announcer, said } = listen();
  announcer.tell({ playhead: '' });
  for (let ms = 0; ms < 3000; ms += 30) {
    announcer.tell({ playhead: `at ${ms} ms` });
    vi.advanceTimersByTime(30);
  }
  expect(said.length).toBeGreaterThan(2);
  expect(said.length).toBeLessThanOrEqual(6);
});

it('says nothing of what changed and changed back', () => {
  const { announcer, said } = listen();
  announcer.tell({ loop: 'not repeating' });
  announcer.tell({ loop: 'repeating' });
  announcer.tell({ loop: 'not repeating' });
  vi.runAllTimers();
  expect(said).toEqual([]);
});

const ROW: RowView = {
  key: 'g34',
  topPx: 0,
  row: 3,
  depth: 0,
  header: undefined,
  lane: 3,
  id: 'g34',
  text: 'net/http.(*conn).serve',
  dot: 'net',
  shape: 'line',
  stateText: 'IO wait',
  spokenId: 'goroutine 34',
  spokenState: 'waiting: IO wait',
  forNs: 1.2e9,
  counter: undefined,
};
const HEADER = { key: 'a', name: 'main.worker', note: '12 of 1\u202f902', isOpen: true };

it.each<[string, boolean, Partial<RowView>]>([
  ['goroutine 34, net/http.(*conn).serve, waiting: IO wait, for 1.2 s at the playhead', false, {}],
  ['goroutine 34, net/http.(*conn).serve', true, {}],
  ['goroutine 34, net/http.(*conn).serve', false, { spokenState: '', forNs: undefined }],
  [
    'goroutine 34, net/http.(*conn).serve, mostly running',
    false,
    { spokenState: 'mostly running', forNs: undefined },
  ],
  [
    'processor 2, running goroutine 34',
    false,
    { lane: -1, spokenId: 'processor 2', spokenState: 'running goroutine 34', forNs: undefined },
  ],
  [
    'garbage collector, cycles and stops',
    true,
    { lane: -1, spokenId: 'garbage collector', spokenState: '', text: 'cycles and stops' },
  ],
  [
    'main.worker, 12 of 1902 goroutines',
    false,
    {
      header: {
        ...HEADER,
        group: {
          key: 'a',
          name: 'main.worker',
          lanes: Int32Array.of(),
          totalCount: 1902,
          isSystem: false,
        },
      },
    },
  ],
  [
    'Garbage collector, 43 cycles',
    false,
    { header: { ...HEADER, name: 'Garbage collector', note: '43 cycles', group: undefined } },
  ],
])('calls a row "%s" (playing: %s)', (name, isMoving, row) => {
  expect(rowName({ ...ROW, ...row }, isMoving)).toBe(name);
});
