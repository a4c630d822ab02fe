import { expect, it } from 'vitest';
import {
  EVENT_COLUMN_NAMES,
  EVENTS,
  LOSS_CAUSES,
  STATES,
  CALL_KINDS,
  STW_REASONS,
} from '../../src/format/event-columns.ts';
import { PROBE_ACTIONS } from '../../src/golang/probe-targets.ts';
import { EVENT_CONSTANTS, EVENT_LAYOUT } from '../../src/record/event-layout.ts';
import { loadNative } from '../../src/record/native.ts';

const { constants, ...layout } = loadNative().eventLayout();

it('TypeScript reads struct event as the C++ compiler lays it out', () => {
  expect(layout).toEqual(EVENT_LAYOUT);
});

it('TypeScript has the constants of bpf/event.h', () => {
  expect(constants).toEqual(EVENT_CONSTANTS);
});

it.for(EVENTS.slice(1).map((name, i) => [name, i + 1] as const))(
  'event %s has kind %i',
  ([name, kind]) => {
    expect(constants[`EVENT_${name.toUpperCase()}`]).toBe(kind);
  },
);

it.for<[string, number, number]>([
  ['EVENT_KINDS', EVENTS.length, 36],
  ['GO_STATES', STATES.length, 12],
  ['STW_REASON_COUNT', STW_REASONS.length, 17],
  ['CALL_KIND_COUNT', CALL_KINDS.length, 14],
])('%s counts what has a name', ([name, nameCount, count]) => {
  expect([constants[name], nameCount]).toEqual([count, count]);
});

it('causes of loss are those of the kernel side, then those of the recorder', () => {
  const kernel = ['DROP_RING_FULL', 'DROP_BAD_READ'].map((name) => constants[name]);
  expect(kernel).toEqual([LOSS_CAUSES.indexOf('ring_full'), LOSS_CAUSES.indexOf('bad_read')]);
  expect(constants['DROP_REASONS']).toBe(LOSS_CAUSES.indexOf('overrun'));
  expect(LOSS_CAUSES).toHaveLength(6);
});

it.for(Object.entries(PROBE_ACTIONS))(
  'probes planned as %s act as the kernel side says',
  ([name, action]) => {
    const constant = `PROBE_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
    expect(constants[constant]).toBe(action);
  },
);

it('lists the columns of a recording', () => {
  expect(EVENT_COLUMN_NAMES).toHaveLength(18);
});
