/** A view as the URL's fragment, and back. */
import { expect, it } from 'vitest';
import { readUrlState, writeUrlState, type UrlState } from '../../viewer/src/session/url-state.ts';

it.each<UrlState>([
  {},
  { startNs: 1, spanNs: 200, playheadNs: 3, selectedGoid: 44 },
  { startNs: 1.25, spanNs: 24.5, playheadNs: 3.125 },
  { startNs: 2_592_000_000_000_000.5, spanNs: 20, playheadNs: 2_592_000_000_000_001 },
  { selectedGoid: 44, selectedPid: 4312 },
  { selectedGoid: 44, selectedNs: 0 },
  { selectedGoid: 44, selectedPid: 4312, selectedNs: 2_592_000_000_000_001 },
  { speed: { kind: 'events', eventsPerS: 50 }, isBackwards: true, isLooping: true },
  { range: { startNs: 10, endNs: 20 }, isSkippingIdle: true, isShowingAll: true },
  { filterText: '/^g1 .*(a|b)&c=%41#+/', grouping: 'label a,b', order: 'blocked time' },
  { pinned: ['1', '4312:7'], hidden: ['9'], hiddenGroups: ['a,b', 'net/http.(*conn).serve%2C'] },
  { opened: ['(system)'], closed: ['main.f[go.shape.int,go.shape.string]'] },
])('reads what it wrote: %j', (state) => {
  expect(readUrlState(writeUrlState(state))).toEqual(state);
});

it('leaves parts of ns out where nobody can see them', () => {
  expect(writeUrlState({ startNs: 1.25, spanNs: 1e6 + 0.5, playheadNs: 3.7 })).toBe(
    '#t=1&z=1000001&at=4',
  );
});

it.each([
  '#t=-1',
  '#t=.5',
  '#t=NaN',
  '#at=Infinity',
  '#z=0.0',
  '#z=1e999',
  '#at=9007199254740993',
  '#sel=g:99999999999999999999',
  '#sel=g:44@',
  '#sel=g:44@1.5',
  '#z=0',
  '#sel=g:x',
  '#range=20-10',
  '#by=colour',
  '#sort=luck',
  '#v=0',
  '#t=1e3',
])('leaves out what makes no sense: %s', (fragment) => {
  expect(readUrlState(fragment)).toEqual({});
});
