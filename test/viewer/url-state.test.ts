/** A view as the URL's fragment, and back. */
import { expect, it } from 'vitest';
import { readUrlState, writeUrlState, type UrlState } from '../../viewer/src/session/url-state.ts';

it.each<UrlState>([
  {},
  { startNs: 1, spanNs: 200, playheadNs: 3, selectedGoid: 44 },
  { selectedGoid: 44, selectedPid: 4312 },
  { speed: { kind: 'events', eventsPerS: 50 }, isBackwards: true, isLooping: true },
  { range: { startNs: 10, endNs: 20 }, isSkippingIdle: true, isShowingAll: true },
  { filterText: '/^g1 .*(a|b)&c=%41#+/', grouping: 'label a,b', order: 'blocked time' },
  { pinned: ['1', '4312:7'], hidden: ['9'], hiddenGroups: ['a,b', 'net/http.(*conn).serve%2C'] },
  { opened: ['(system)'], closed: ['main.f[go.shape.int,go.shape.string]'] },
])('reads what it wrote: %j', (state) => {
  expect(readUrlState(writeUrlState(state))).toEqual(state);
});

it.each([
  '#t=-1',
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
