/** What is painted: colours, shapes, and that nothing is painted outside. */
import { beforeAll, expect, it } from 'vitest';
import { sharesOf } from '../../viewer/src/dock/goroutine-shares.ts';
import { recordingStatus } from '../../viewer/src/header/recording-status.ts';
import { mix, packHex, tokenOfReason, tokenOfState } from '../../viewer/src/lanes/palette.ts';
import { PixelBuffer } from '../../viewer/src/lanes/pixel-buffer.ts';
import { STATES } from '../../src/format/event-columns.ts';

beforeAll(() => {
  // What PixelBuffer needs of the browser's ImageData.
  globalThis.ImageData = class {
    readonly data: Uint8ClampedArray;
    constructor(width: number, height: number) {
      this.data = new Uint8ClampedArray(width * height * 4);
    }
  } as unknown as typeof ImageData;
});

it.each<[string, number]>([
  ['#000000', 0xff000000],
  ['#ff8001', 0xff0180ff],
  ['#f80', 0xff0088ff],
  ['rgb(1, 2, 3)', 0xff808080],
  ['', 0xff808080],
])('packs %s', (hex, packed) => {
  expect(packHex(hex)).toBe(packed);
});

it('mixes colours channel by channel', () => {
  expect(mix(0xff000000, 0xff0000ff, 0.5)).toBe(0xff000080);
  expect(mix(0xff102030, 0xffffffff, 0)).toBe(0xff102030);
  expect(mix(0xff102030, 0xffabcdef, 1)).toBe(0xffabcdef);
});

it.each<[string, string]>([
  ['chan receive', 'chan'],
  ['select (no cases)', 'chan'],
  ['sync.Mutex.Lock', 'sync'],
  ['semacquire', 'sync'],
  ['sync.WaitGroup.Wait', 'sync'],
  ['IO wait', 'net'],
  ['sleep', 'sleep'],
  ['force gc (idle)', 'sleep'],
  ['GC worker (idle)', 'sleep'],
  ['GC assist wait', 'gc'],
  ['finalizer wait', 'sleep'],
  ['a reason of a later version', 'sleep'],
])('draws %s in the colour of %s', (reason, token) => {
  expect(tokenOfReason(reason)).toBe(token);
});

it('has a colour for every state', () => {
  expect(STATES.map((_, state) => tokenOfState(state))).toContain('other');
});

/** The picture as text: one letter for each colour. */
function textOf(buffer: PixelBuffer): string[] {
  return Array.from({ length: buffer.height }, (_, y) =>
    Array.from({ length: buffer.width }, (__, x) => '.#o'[buffer.at(x, y)] ?? '?').join(''),
  );
}

it.each<[string, [number, number, number, number], string[]]>([
  ['within', [1, 1, 3, 2], ['......', '.##...', '......']],
  ['over the edges', [-5, -5, 2, 1], ['##....', '......', '......']],
  ['wide', [-1, 2, 99, 99], ['......', '......', '######']],
  ['outside', [7, 0, 9, 3], ['......', '......', '......']],
  ['of no width', [3, 0, 3, 3], ['......', '......', '......']],
])('fills a rectangle %s', (_, [x0, y0, x1, y1], text) => {
  const buffer = new PixelBuffer(6, 3);
  buffer.fill(x0, y0, x1, y1, 1);
  expect(textOf(buffer)).toEqual(text);
});

it('hatches in slanted stripes that do not depend on where the rectangle begins', () => {
  const buffer = new PixelBuffer(6, 3);
  buffer.hatch(0, 0, 3, 3, 1, 2, 3, 1);
  buffer.hatch(3, 0, 6, 3, 1, 2, 3, 1);
  expect(textOf(buffer)).toEqual(['#oo#oo', 'oo#oo#', 'o#oo#o']);
});

it('sorts where the time went, the rest as other', () => {
  const stateNs = new Float64Array(STATES.length);
  stateNs[STATES.indexOf('running')] = 50;
  stateNs[STATES.indexOf('waiting')] = 100;
  const reasonNs = Float64Array.of(0, 80, 5);
  const reasons = ['', 'chan receive', 'sleep'];
  expect(
    sharesOf({ stateNs, reasonNs }, reasons).map(({ label, ns, ofLargest }) => [
      label,
      ns,
      ofLargest,
    ]),
  ).toEqual([
    ['chan receive', 80, 1],
    ['running', 50, 0.625],
    ['waiting', 15, 0.1875],
    ['sleep', 5, 0.0625],
  ]);
  expect(sharesOf({ stateNs, reasonNs }, reasons, 2).map(({ label, ns }) => [label, ns])).toEqual([
    ['chan receive', 80],
    ['other', 70],
  ]);
});

const COMPLETE = {
  isLive: false,
  isBroken: false,
  isComplete: true,
  isLoading: false,
  loadedNs: 10,
  endNs: 10,
  damage: undefined as string | undefined,
};
it.each<[string, Partial<typeof COMPLETE>, string | undefined, string | undefined]>([
  ['a complete one nothing', {}, undefined, undefined],
  ['one without a footer', { isComplete: false }, undefined, 'cut'],
  ['one that is being read', { isLoading: true, loadedNs: 5 }, undefined, 'reading'],
  ['a live one', { isLive: true, isComplete: false }, undefined, 'live'],
  ['one whose server is gone', { isBroken: true, isComplete: false }, undefined, 'broken'],
  ['one with a damaged part', { damage: 'bad-value at byte 7' }, undefined, 'broken'],
  ['one that could not be read on', {}, 'bad-value at byte 7', 'broken'],
])('says of %s', (_, changes, failure, tone) => {
  expect(recordingStatus({ ...COMPLETE, ...changes }, failure)?.tone).toBe(tone);
});
