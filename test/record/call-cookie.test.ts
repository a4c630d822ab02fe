import { expect, it } from 'vitest';
import { EVENTS } from '../../src/format/event-columns.ts';
import { callTargets } from '../../src/golang/call-targets.ts';
import { callCookie } from '../../src/record/call-cookie.ts';
import { EVENT_CONSTANTS as C } from '../../src/record/event-layout.ts';

const GROUPS = ['chan', 'sync', 'net', 'timer', 'panic', 'stack', 'labels', 'gc'];

it.each([20, 21, 22, 23, 24, 25, 26, 27])(
  'every call of Go 1.%i has an event with a number, and fits a cookie',
  (minor) => {
    const targets = callTargets(GROUPS, minor);
    expect(targets.length).toBeGreaterThan(20);
    for (const { event, operands } of targets) {
      const cookie = callCookie(event, operands, 128);
      expect(EVENTS[Number(cookie & 0xffn)]).toBe(event);
      expect(cookie >> BigInt(C.COOKIE_SITE_SHIFT - C.COOKIE_OPERANDS_SHIFT)).toBe(0n);
    }
  },
);

it.each([
  ['chan_send', { object: 1, detail: 3, site: 4 }, [1, 0, 3, 4, 0, 0, 0]],
  ['select', { value: 'sum of 4 and 5', detail: 6, site: 'callers' }, [0, 8, 6, 7, 0, 0, 0]],
  ['cond_notify', { object: 1, detail: 'all' }, [1, 0, 7, 0, 8, 0, 0]],
  ['sem_acquire', { object: 1, detail: 5, isReason: true }, [1, 0, 5, 0, 0, 1, 128]],
  [
    'stack_resize',
    { object: 2, value: 'stack bytes', isAboutFirst: true },
    [2, 10, 0, 0, 0, 2, 32],
  ],
  ['gc_heap_goal', { object: 2, isWithin: true }, [2, 0, 0, 0, 0, 4, 1]],
] as const)(
  '%s: object, value, detail, site, constant, flags, depth of its stack',
  (event, operands, wanted) => {
    const cookie = callCookie(event, operands, wanted[6]);
    const at = (shift: number, bits: number) => Number((cookie >> BigInt(shift)) & ((1n << BigInt(bits)) - 1n)); // prettier-ignore
    expect([
      at(C.CALL_OBJECT_SHIFT, 4),
      at(C.CALL_VALUE_SHIFT, 4),
      at(C.CALL_DETAIL_SHIFT, 4),
      at(C.CALL_SITE_SHIFT, 4),
      at(C.CALL_CONSTANT_SHIFT, 8),
      at(C.CALL_FLAGS_SHIFT, 4),
      at(C.CALL_DEPTH_SHIFT, 8),
    ]).toEqual(wanted);
  },
);

it('an event that does not exist is refused', () => {
  expect(() => callCookie('teleport', {})).toThrow(RangeError);
});
