/** Memory of another process: what is there, and what is not. */
import { readFileSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { loadNative } from '../../src/record/native.ts';

const native = loadNative();
const PAGE = 4096n;
const child = native.spawnStopped({ file: '/bin/true', args: ['true'], env: [], cwd: '/' });
afterAll(() => native.kill(child.pid, 9));

/** The first mapping of the stopped child that is the addon's own file, readable, from its start. */
function mappedFile(): { address: bigint; bytes: Uint8Array } {
  const line = readFileSync(`/proc/${child.pid}/maps`, 'utf8')
    .split('\n')
    .find((text) => text.includes('recorder.node') && / r/.test(text) && / 00000000 /.test(text))!;
  return {
    address: BigInt(`0x${line.split('-')[0]!}`),
    bytes: readFileSync(line.slice(line.indexOf('/'))),
  };
}

it('is what the process has mapped', () => {
  const { address, bytes } = mappedFile();
  expect(native.readMemory(child.pid, address, 512)).toEqual(
    new Uint8Array(bytes.subarray(0, 512)),
  );
});

it('ends at an unmapped page', () => {
  const stack = readFileSync(`/proc/${child.pid}/maps`, 'utf8')
    .split('\n')
    .find((text) => text.endsWith('[stack]'))!;
  const end = BigInt(`0x${stack.split(/[- ]/)[1]!}`);
  expect(native.readMemory(child.pid, end - PAGE, Number(PAGE) * 3)).toHaveLength(Number(PAGE));
  expect(native.readMemory(child.pid, 16n, 8)).toHaveLength(0);
});

it('comes range by range, and says which could be read', () => {
  const { address, bytes } = mappedFile();
  const addresses = Array.from({ length: 1500 }, (_, i) =>
    i % 7 === 3 ? 16n : address + BigInt(i),
  );
  const read = native.readMemoryRanges(child.pid, new BigUint64Array(addresses), 8);
  expect(read.bytes).toHaveLength(1500 * 8);
  const wrong = addresses.flatMap((at, i) => {
    const is = [...read.bytes.subarray(i * 8, i * 8 + 8)];
    const expected = at === 16n ? Array(8).fill(0) : [...bytes.subarray(i, i + 8)];
    return read.ok[i] === (at === 16n ? 0 : 1) && String(is) === String(expected) ? [] : [i];
  });
  expect(wrong).toEqual([]);
});

it.for<[what: string, act: () => unknown, error: object]>([
  ['no such process', () => native.readMemory(2 ** 22 + 1, 4096n, 8), { code: 'ESRCH' }],
  [
    'a length beyond all reason',
    () => native.readMemory(child.pid, 4096n, 2 ** 40),
    { name: 'TypeError' },
  ],
  ['a length below zero', () => native.readMemory(child.pid, 4096n, -1), { name: 'TypeError' }],
  [
    'many times much',
    () => native.readMemoryRanges(child.pid, new BigUint64Array(1 << 16), 1 << 20),
    { name: 'TypeError' },
  ],
])('%s is refused', ([, act, error]) => {
  expect(act).toThrow(expect.objectContaining(error) as Error);
});
