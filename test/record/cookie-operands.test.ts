import { expect, it } from 'vitest';
import type { ProbeSitePlan } from '../../src/golang/index.ts';
import { cookieOperands } from '../../src/record/cookie-operands.ts';
import { EVENT_CONSTANTS } from '../../src/record/event-layout.ts';

const SITE: ProbeSitePlan = {
  group: 'sched',
  event: 'go_state',
  function: 'runtime.execute',
  address: 0x5000,
  fileOffset: 0x4000,
  instruction: '',
  emulated: true,
  rule: '',
  action: EVENT_CONSTANTS.PROBE_STATUS_SWAP,
  stackCheck: false,
};
const LEAF = { ...SITE, action: EVENT_CONSTANTS.PROBE_MALLOCGC_LEAF };

it.for<
  [
    what: string,
    site: ProbeSitePlan,
    mallocgc: { start: number; end: number } | undefined,
    bits: bigint,
  ]
>([
  ['a call', { ...SITE, action: EVENT_CONSTANTS.PROBE_CASGSTATUS }, undefined, 0n],
  [
    'constants',
    { ...SITE, operands: { gp: 3, from: { constant: 1 }, to: { constant: 2 }, counts: 'zero' } },
    undefined,
    BigInt(3 | (17 << 4) | (18 << 9) | (1 << 14)),
  ],
  [
    'registers',
    {
      ...SITE,
      operands: { gp: 15, from: { register: 0 }, to: { register: 11 }, counts: 'status-is-from' },
    },
    undefined,
    BigInt(15 | (11 << 9) | (3 << 14)),
  ],
  ['a leaf after mallocgc', LEAF, { start: 0x4000, end: 0x4800 }, (0x800n << 32n) | 0xfffff000n],
  ['a leaf before it', LEAF, { start: 0x6000, end: 0x6100 }, (0x100n << 32n) | 0x1000n],
])('%s', ([, site, mallocgc, bits]) => {
  expect(cookieOperands(site, mallocgc)).toBe(bits);
});

it('refuses what the cookie has no room for', () => {
  expect(() => cookieOperands(LEAF, { start: 0, end: 1 << 14 })).toThrow(RangeError);
  const operands = {
    gp: 0,
    from: { constant: 0x1001 },
    to: { constant: 1 },
    counts: 'always' as const,
  };
  expect(() => cookieOperands({ ...SITE, operands }, undefined)).toThrow(RangeError);
});
