import { describe, expect, it } from 'vitest';
import { dwarfStructs } from '../../src/golang/dwarf-structs.ts';

const GO = 0x16;
const C = 0x1d;

/** Bytes of numbers below 256, texts with their NUL, and lists of those. */
type Part = number | string | readonly Part[];

function bytes(parts: Part): number[] {
  if (typeof parts === 'number') return [parts];
  if (typeof parts === 'string') return [...new TextEncoder().encode(parts), 0];
  return parts.flatMap((part) => bytes(part));
}

const u16 = (n: number) => [n & 255, n >> 8];
const u32 = (n: number) => [...u16(n & 0xffff), ...u16(n >>> 16)];
const u64 = (n: number) => [...u32(n), ...u32(0)];

/** A unit of any version with its length before it. */
function unit(version: number, body: readonly Part[], is64 = false): number[] {
  const offset = is64 ? u64 : u32;
  const head = version === 5 ? [1, 8, offset(0)] : [offset(0), 8];
  const content = bytes([u16(version), head, body]);
  return bytes([is64 ? [u32(0xffffffff), u64(content.length)] : u32(content.length), content]);
}

/**
 * Abbreviations: 1 a unit (language as data1), 2 a struct with name, 3 a member with name and
 * a place of the given form, 4 something with attributes of the given forms, 5 a struct in it.
 */
function abbreviations(place: readonly number[], others: readonly number[] = []): Uint8Array {
  return Uint8Array.from(
    bytes([
      [1, 0x11, 1, 0x13, 0x0b, 0, 0],
      [2, 0x13, 1, 0x03, 0x08, 0, 0],
      [3, 0x0d, 0, 0x03, 0x08, 0x38, place, 0, 0],
      [4, 0x34, 0, others.flatMap((form) => [0x49, form]), 0, 0],
      [5, 0x0d, 1, 0x03, 0x08, 0x38, 0x0b, 0, 0],
      0,
    ]),
  );
}

/** Fields found in one unit that has struct `runtime.g` with `goid`, after `before`. */
function find(
  version: number,
  place: readonly number[],
  encoded: readonly Part[],
  { before = [], others = [], language = GO, is64 = false }: Options = {},
) {
  const struct = [2, 'runtime.g', 3, 'goid', encoded, 0];
  const info = Uint8Array.from(unit(version, [1, language, before, struct, 0], is64));
  const found = dwarfStructs(info, abbreviations(place, others), ['runtime.g']);
  return found.get('runtime.g') && Object.fromEntries(found.get('runtime.g')!);
}

interface Options {
  before?: readonly Part[];
  others?: readonly number[];
  language?: number;
  is64?: boolean;
}

describe('structs in debug information', () => {
  it.each<[what: string, version: number, place: number[], encoded: Part[]]>([
    ['udata, as Go writes it', 4, [0x0f], [0x98, 1]],
    ['udata in version 5', 5, [0x0f], [0x98, 1]],
    ['udata in version 2', 2, [0x0f], [0x98, 1]],
    ['data1', 4, [0x0b], [152]],
    ['data2', 4, [0x05], [152, 0]],
    ['data4', 4, [0x06], u32(152)],
    ['data8', 4, [0x07], u64(152)],
    ['sdata', 5, [0x0d], [0x98, 1]],
    ['implicit_const', 5, [0x21, 0x98, 1], []],
    ['an expression in a block', 4, [0x0a], [3, 0x23, 0x98, 1]],
    ['an expression', 5, [0x18], [3, 0x23, 0x98, 1]],
  ])('have a field where %s says', (_, version, place, encoded) => {
    expect(find(version, place, encoded)).toEqual({ goid: 152 });
    expect(find(version, place, encoded, { is64: version > 2 })).toEqual({ goid: 152 });
  });

  it.each<[what: string, form: number, encoded: Part[]]>([
    ['addr', 0x01, u64(0)],
    ['block2', 0x03, [2, 0, 7, 7]],
    ['block4', 0x04, [u32(1), 7]],
    ['block', 0x09, [1, 7]],
    ['string', 0x08, ['runtime.g']],
    ['flag', 0x0c, [1]],
    ['strp', 0x0e, u32(0)],
    ['ref_addr', 0x10, u32(0)],
    ['ref_udata', 0x15, [0x80, 0x80, 1]],
    ['indirect udata', 0x16, [0x0f, 0x80, 1]],
    ['sec_offset', 0x17, u32(0)],
    ['flag_present', 0x19, []],
    ['strx', 0x1a, [0x80, 1]],
    ['addrx', 0x1b, [0x80, 1]],
    ['data16', 0x1e, [u64(0), u64(0)]],
    ['line_strp', 0x1f, u32(0)],
    ['ref_sig8', 0x20, u64(0)],
    ['loclistx', 0x22, [0x80, 1]],
    ['rnglistx', 0x23, [0x80, 1]],
    ['strx3', 0x27, [1, 2, 3]],
    ['addrx4', 0x2c, u32(1)],
  ])('are found behind values of form %s', (_, form, encoded) => {
    const before = [4, encoded, encoded];
    expect(find(5, [0x0f], [8], { before, others: [form, form] })).toEqual({ goid: 8 });
  });

  it('are those of units written in Go', () => {
    expect(find(4, [0x0f], [8], { language: C })).toBeUndefined();
  });

  it('have no fields of the structs within', () => {
    const inner = [5, 'stack', 16, [2, 'runtime.g', 3, 'goid', 99, 0], 0];
    const info = unit(4, [1, GO, 2, 'runtime.g', inner, 3, 'goid', 8, 0, 0]);
    const found = dwarfStructs(Uint8Array.from(info), abbreviations([0x0f]), ['runtime.g']);
    expect(Object.fromEntries(found.get('runtime.g')!)).toEqual({ stack: 16, goid: 8 });
  });

  it('are found in a later unit, past versions and kinds that are not known', () => {
    const unknown = [...u32(7), ...u16(6), 1, 2, 3, 4, 5];
    const typeUnit = [...u32(3), ...u16(5), 2];
    const last = unit(5, [1, GO, 2, 'runtime.m', 3, 'p', 8, 0, 0]);
    const info = Uint8Array.from([...unknown, ...typeUnit, ...last]);
    const found = dwarfStructs(info, abbreviations([0x0f]), ['runtime.g', 'runtime.m']);
    expect([...found.keys()]).toEqual(['runtime.m']);
  });

  it.each<[what: string, info: Part[]]>([
    ['a unit that is longer than the section', [u32(100), u16(4)]],
    ['a unit of a size beyond all', [u32(0xffffffff), u32(0xffffffff), u32(0x7fffffff)]],
    ['a name without an end', unit(4, [1, GO, 2, 0x61, 0x62])],
    ['a length cut off', [1, 0]],
  ])('with %s are damaged', (_, info) => {
    const read = () =>
      dwarfStructs(Uint8Array.from(bytes(info)), abbreviations([0x0f]), ['runtime.g']);
    expect(read).toThrow(expect.objectContaining({ name: 'GoProgramError', code: 'damaged' }));
  });

  it('are damaged with a form that is not known', () => {
    const read = () => find(4, [0x0f], [8], { before: [4], others: [0x70] });
    expect(read).toThrow(expect.objectContaining({ code: 'damaged' }));
  });
});
