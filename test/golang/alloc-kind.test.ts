import { describe, expect, it } from 'vitest';
import { allocKind, type Frame } from '../../src/golang/index.ts';

const frame = (name: string): Frame => ({
  name: name.replace(/^wrapper /, ''),
  file: 'a.go',
  line: 1,
  entry: 1,
  startLine: 1,
  isInlined: false,
  isWrapper: name.startsWith('wrapper '),
});

/** Frames innermost first, from the allocator's caller on: kind, and the allocating function. */
function check(names: string, kind: string, site: string) {
  const found = allocKind(names.split(' < ').map(frame));
  expect([found.kind, found.site.name]).toEqual([kind, site]);
}

describe('the kind of an allocation', () => {
  it.each([
    ['runtime.newobject < main.f < main.main', 'new', 'main.f'],
    ['main.f < main.main', 'new', 'main.f'],
    ['runtime.makeslice < main.f', 'slice', 'main.f'],
    ['runtime.makeslicecopy < main.f', 'slice', 'main.f'],
    ['internal/bytealg.MakeNoZero < strings.(*Builder).grow', 'slice', 'strings.(*Builder).grow'],
    ['runtime.growslice < main.f', 'grow', 'main.f'],
    ['runtime.growsliceBuf < main.f', 'grow', 'main.f'],
    ['runtime.newobject < runtime.makemap_small < main.f', 'map', 'main.f'],
    ['runtime.newarray < runtime.hashGrow < runtime.mapassign_faststr < main.f', 'map', 'main.f'],
    [
      'runtime.newobject < internal/runtime/maps.newobject < internal/runtime/maps.NewEmptyMap < runtime.makemap_small < main.f',
      'map',
      'main.f',
    ],
    ['runtime.makechan < main.f', 'chan', 'main.f'],
    ['runtime.newobject < runtime.makechan < main.f', 'chan', 'main.f'],
    [
      'runtime.rawstring < runtime.rawstringtmp < runtime.concatstrings < runtime.concatstring2 < main.f',
      'string',
      'main.f',
    ],
    ['runtime.slicebytetostring < main.f', 'string', 'main.f'],
    ['runtime.rawbyteslice < runtime.stringtoslicebyte < main.f', 'string', 'main.f'],
    ['runtime.convTstring < main.f', 'convert', 'main.f'],
    ['runtime.convT < main.f', 'convert', 'main.f'],
    ['runtime.newobject < reflect.unsafe_New < reflect.New', 'new', 'reflect.New'],
    [
      'runtime.newarray < reflect.unsafe_NewArray < reflect.MakeSlice',
      'slice',
      'reflect.MakeSlice',
    ],
    // From Go 1.27 on the leaf is probed, and mallocgc is its caller.
    ['runtime.mallocgc < runtime.growslice < main.f', 'grow', 'main.f'],
    ['runtime.newobject < runtime.malg < runtime.newproc1', 'new', 'runtime.malg'],
    ['runtime.newobject < wrapper main.I.F < main.f', 'new', 'main.f'],
  ])('%s is %s', (names, kind, site) => check(names, kind, site));

  it.each([
    ['runtime.mallocgc', 'other', 'runtime.mallocgc'],
    ['runtime.newobject', 'new', 'runtime.newobject'],
    ['runtime.mallocgc < runtime.makeslice', 'slice', 'runtime.makeslice'],
  ])('%s, of which no more is known, is %s', (names, kind, site) => check(names, kind, site));
});
