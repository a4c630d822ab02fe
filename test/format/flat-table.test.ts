import { Builder } from 'flatbuffers';
import { describe, expect, test } from 'vitest';

import { FlatTable } from '../../src/format/flat-table.ts';

/** A table with an int64, a string, and a vector of tables that share a string. */
function sample(): Uint8Array {
  const builder = new Builder(256);
  const long = builder.createString('a long string, said again and again');
  const inner = Array.from({ length: 8 }, () => {
    builder.startObject(1);
    builder.addFieldOffset(0, long, 0);
    return builder.endObject();
  });
  builder.startVector(4, inner.length, 4);
  for (const offset of inner.toReversed()) builder.addOffset(offset);
  const tables = builder.endVector();
  const name = builder.createString('größe');
  builder.startObject(5);
  builder.addFieldInt64(0, -(2n ** 40n), 0n);
  builder.addFieldOffset(1, name, 0);
  builder.addFieldOffset(2, tables, 0);
  builder.addFieldInt64(4, 2n ** 60n, 0n);
  builder.finish(builder.endObject());
  return builder.asUint8Array();
}

describe('a table', () => {
  const bytes = sample();

  test('has its fields, and defaults for those it lacks', () => {
    const table = FlatTable.root(bytes, 0);
    expect(table.int64(0)).toBe(-(2 ** 40));
    expect(table.string(1)).toBe('größe');
    expect(table.tables(2).length).toBe(8);
    expect(table.int64(3)).toBe(0);
    expect(table.string(9)).toBe('');
    expect(table.table(9)).toBeUndefined();
    expect(table.tables(9)).toEqual([]);
    expect(table.int8(9, -3)).toBe(-3);
  });

  test('refuses an int64 that a double would round, with its place', () => {
    // 2^60 is 00 00 00 00 00 00 00 10.
    const at = bytes.findIndex(
      (byte, index) => byte === 0x10 && bytes.subarray(index - 7, index).every((b) => b === 0),
    );
    expect(() => FlatTable.root(bytes, 1000).int64(4)).toThrow(
      expect.objectContaining({ code: 'bad-value', byteOffset: 1000 + at - 7 }),
    );
  });

  test('refuses to decode one string for many references', () => {
    const tables = FlatTable.root(bytes, 0).tables(2);
    expect(tables[0]!.string(0)).toBe('a long string, said again and again');
    const decodeAll = () => {
      for (let turn = 0; turn < 4; turn++) for (const table of tables) table.string(0);
    };
    expect(decodeAll).toThrow(expect.objectContaining({ code: 'bad-value' }));
  });

  test('cut short anywhere gives its values or a FormatError', () => {
    const outcomes = { read: 0, refused: 0 };
    for (let byteLength = 0; byteLength < bytes.length; byteLength++) {
      try {
        const table = FlatTable.root(bytes.subarray(0, byteLength), 0);
        table.int64(0);
        table.string(1);
        for (const inner of table.tables(2)) inner.string(0);
        outcomes.read++;
      } catch (error) {
        if ((error as Error).name !== 'FormatError') throw error;
        outcomes.refused++;
      }
    }
    // The last string's terminator and padding are the only bytes that nothing needs.
    expect(outcomes.read).toBeLessThanOrEqual(4);
    expect(outcomes.read + outcomes.refused).toBe(bytes.length);
  });

  test.each([
    { what: 'a vector of 2^32 - 1 tables', at: 'count' as const },
    { what: 'a root far away', at: 'root' as const },
  ])('refuses $what', ({ at }) => {
    const changed = bytes.slice();
    const view = new DataView(changed.buffer);
    if (at === 'root') view.setUint32(0, 0xffff_fff0, true);
    else view.setUint32(FlatTable.root(bytes, 0).vector(2, 4).position - 4, 0xffff_ffff, true);
    expect(() => FlatTable.root(changed, 0).tables(2)).toThrow(
      expect.objectContaining({ code: 'bad-value' }),
    );
  });
});
