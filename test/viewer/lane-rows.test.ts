/** Groups of goroutines and the rows they are shown in. */
import { expect, it } from 'vitest';
import { STATES } from '../../src/format/index.ts';
import { groupLanes, type LaneFilter } from '../../viewer/src/lanes/lane-groups.ts';
import type { Grouping } from '../../viewer/src/lanes/lane-grouping.ts';
import { laneMatcher } from '../../viewer/src/lanes/lane-match.ts';
import { layOutRows, ROW_GROUP, rowAt, visibleRows } from '../../viewer/src/lanes/row-layout.ts';

const FUNCTIONS = ['', 'runtime.main', 'main.work', 'runtime.bgsweep', 'net/http.(*conn).serve'];
/** goid, func, first seen, ended, running. */
const LANES: readonly (readonly number[])[] = [
  [1, 1, 0, Infinity, 50],
  [2, 3, 0, Infinity, 1],
  [20, 2, 10, 40, 5],
  [18, 2, 20, 90, 9],
  [19, 2, 30, Infinity, 7],
  [30, 4, 35, 36, 1],
  [31, 0, 0, Infinity, 0],
];
const column = (at: number): Float64Array => Float64Array.from(LANES, (lane) => lane[at]!);
const TABLE = {
  goid: column(0),
  func: Int32Array.from(column(1)),
  firstNs: column(2),
  endedNs: column(3),
  runningNs: column(4),
  functions: FUNCTIONS,
};

/** Groups as text: name, and the goroutines shown. */
function groupsOf(filter: Partial<LaneFilter>): string[] {
  return groupLanes(TABLE, { text: '', order: 'first seen', ...filter }).map(
    ({ name, lanes, totalCount }) =>
      `${name}: ${[...lanes].map((lane) => TABLE.goid[lane]!).join(' ')} of ${totalCount}`,
  );
}

it('groups by start function, what is alone in its group after others, what Go itself started last', () => {
  expect(groupsOf({})).toEqual([
    'main.work: 20 18 19 of 3',
    'runtime.main: 1 of 1',
    'net/http.(*conn).serve: 30 of 1',
    '(unknown): 31 of 1',
    'System: 2 of 1',
  ]);
});

it.each<[LaneFilter['order'], string]>([
  ['first seen', 'main.work: 20 18 19 of 3'],
  ['id', 'main.work: 18 19 20 of 3'],
  ['running time', 'main.work: 18 19 20 of 3'],
])('sorts by %s', (order, group) => {
  expect(groupsOf({ order })).toContain(group);
});

it('sorts groups by name', () => {
  expect(groupsOf({ order: 'name' }).map((text) => text.split(':')[0])).toEqual([
    '(unknown)',
    'main.work',
    'net/http.(*conn).serve',
    'runtime.main',
    'System',
  ]);
});

it.each<[string, string[]]>([
  ['18', ['main.work: 18 of 3']],
  ['g18', ['main.work: 18 of 3']],
  [' G18 ', ['main.work: 18 of 3']],
  ['CONN', ['net/http.(*conn).serve: 30 of 1']],
  ['bgsweep', ['System: 2 of 1']],
  ['unknown', ['(unknown): 31 of 1']],
  ['/^g1[89] /', ['main.work: 18 19 of 3']],
  ['/CONN/i', ['net/http.(*conn).serve: 30 of 1']],
  ['g99', []],
  ['nothing like it', []],
])('filters by %s', (text, groups) => {
  expect(groupsOf({ text })).toEqual(groups);
});

it('says that an expression is none, and leaves nothing out for it', () => {
  expect(laneMatcher('/(/').problem).toContain('no regular expression');
  expect(groupsOf({ text: '/(/' })).toHaveLength(5);
});

it('shows pinned goroutines above all others, and hidden ones and groups not', () => {
  expect(
    groupsOf({
      pinned: new Set([4, 5]),
      hidden: new Set([3]),
      hiddenGroups: new Set(['(unknown)']),
    }),
  ).toEqual(['Pinned: 19 30 of 2', 'main.work: 20 of 3', 'runtime.main: 1 of 1', 'System: 2 of 1']);
});

it('groups goroutines under the one that started them', () => {
  const parents = Float64Array.of(0, 0, 1, 20, 1, 99, 0);
  const groups = groupLanes(
    { ...TABLE, parentGoid: parents },
    { text: '', order: 'id', grouping: 'parent' },
  );
  const shown = groups.map(({ name, lanes, depths }) => [
    name,
    [...lanes].map((lane) => TABLE.goid[lane]),
    depths,
  ]);
  expect(shown).toEqual([
    ['g1 runtime.main', [1, 19, 20, 18], [0, 1, 1, 2]],
    ['no parent or child shown', [30, 31], undefined],
    ['System', [2], undefined],
  ]);
});

it('groups by the state at the playhead, and by a label', () => {
  const running = STATES.indexOf('running');
  const states = Uint8Array.of(running, 0, running, 0, 0, 0, 0);
  const labels = [
    { key: 'path', values: ['/a'], valueOfLane: Int32Array.of(-1, -1, 0, 0, -1, -1, -1) },
  ];
  const table = { ...TABLE, states, labels };
  const keys = (grouping: Grouping): string[] =>
    groupLanes(table, { text: '', order: 'id', grouping }).map(
      ({ name, lanes }) => `${name}: ${lanes.length}`,
    );
  expect(keys('state')).toEqual(['running: 2', 'not there: 5']);
  expect(keys('label path')).toEqual(['path = /a: 2', 'no path: 5']);
});

it('shows only goroutines that live within the window, and of how many', () => {
  expect(groupsOf({ livedWithin: { startNs: 50, endNs: 60 } })).toEqual([
    'main.work: 18 19 of 3',
    'runtime.main: 1 of 1',
    '(unknown): 31 of 1',
    'System: 2 of 1',
  ]);
});

function layout(closed: string[] = []): ReturnType<typeof layOutRows> {
  const groups = groupLanes(TABLE, { text: '', order: 'first seen' });
  return layOutRows(groups, new Set(closed), [0, 1], LANES.length, {
    collector: '',
    processors: '',
    group: () => '',
  });
}

it('lays out headers of 24 px and lanes of 18 px', () => {
  const { count, heightPx } = layout();
  expect(count).toBe(2 + 1 + 2 + 5 + 7);
  expect(heightPx).toBe(7 * 24 + 10 * 18);
});

it('shows of a closed group the header only', () => {
  const { count, rowOfLane, headers } = layout(['main.work']);
  expect(count).toBe(14);
  expect([rowOfLane[2], rowOfLane[3], rowOfLane[4]]).toEqual([-1, -1, -1]);
  expect(headers.find(({ key }) => key === 'main.work')?.isOpen).toBe(false);
});

it('finds the row at every height', () => {
  const rows = layout();
  for (let y = 0; y < rows.heightPx; y++) {
    const row = rowAt(rows, y);
    const height = rows.kind[row] === ROW_GROUP ? 24 : 18;
    expect(y - rows.topPx[row]!).toBeLessThan(height);
    expect(y).toBeGreaterThanOrEqual(rows.topPx[row]!);
  }
  expect([rowAt(rows, -1), rowAt(rows, rows.heightPx)]).toEqual([-1, -1]);
});

it.each<[number, number, number, number]>([
  [0, 24, 0, 1],
  [0, 25, 0, 2],
  [23, 2, 0, 2],
  [0, 1e6, 0, 17],
  [1e6, 100, 16, 17],
])('scrolled by %d px, %d px show the rows %d to %d', (scrollPx, viewPx, first, end) => {
  expect(visibleRows(layout(), scrollPx, viewPx)).toEqual({ first, end });
});
