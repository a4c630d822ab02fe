/** Sets of labels out of memory that a test lays out, whole and damaged. */
import { expect, it } from 'vitest';
import { EVENTS } from '../../src/format/event-columns.ts';
import { ProfilerLabels } from '../../src/record/profiler-labels.ts';

const SET = 0x1000;
const END = 0x4000;

/** Memory from 0x1000 to 0x4000. */
class Memory {
  readonly bytes = new Uint8Array(END - SET);
  readonly #view = new DataView(this.bytes.buffer);
  #texts = 0x3000;

  word(address: number, value: number): void {
    this.#view.setBigUint64(address - SET, BigInt(value), true);
  }

  text(address: number, text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.bytes.set(bytes, this.#texts - SET);
    this.word(address, this.#texts);
    this.word(address + 8, bytes.length);
    this.#texts += bytes.length;
  }

  read = (_pid: number, address: bigint, byteLength: number): Uint8Array => {
    const start = Number(address) - SET;
    if (start < 0 || start >= this.bytes.length) return new Uint8Array(0);
    return this.bytes.slice(start, start + byteLength);
  };
}

/** As Go 1.24 and later have it. */
function list(labels: readonly (readonly [string, string])[]): Memory {
  const memory = new Memory();
  memory.word(SET, 0x1100);
  memory.word(SET + 8, labels.length);
  for (const [i, [key, value]] of labels.entries()) {
    memory.text(0x1100 + i * 32, key);
    memory.text(0x1110 + i * 32, value);
  }
  return memory;
}

/** As Go 1.23 and earlier have it, in one bucket. */
function map(labels: readonly (readonly [string, string])[]): Memory {
  const memory = new Memory();
  memory.word(SET, 0x1100);
  memory.word(0x1100, labels.length);
  memory.word(0x1110, 0x1200);
  for (const [i, [key, value]] of labels.entries()) {
    memory.bytes[0x1200 - SET + i * 2] = 77; // every second cell is empty
    memory.text(0x1208 + i * 32, key);
    memory.text(0x1288 + i * 32, value);
  }
  return memory;
}

function rowsOf(labels: ProfilerLabels, count = 1) {
  const arrays = {
    event: new Int8Array(count).fill(EVENTS.indexOf('go_labels')),
    object: new BigInt64Array(count).fill(BigInt(SET)),
    pid: new Int32Array(count).fill(7),
    time_ns: BigInt64Array.from({ length: count }, (_, i) => BigInt(100 + i)),
  };
  return labels.rowsOf(arrays, count).map(({ timeNs, key, value }) => [timeNs, key, value]);
}

const TWO = [['request', '42'], ['tenant', 'blau ü']] as const; // prettier-ignore

it.each([
  ['a list', 24, list(TWO)],
  ['a map', 23, map(TWO)],
])('%s is read, once for a block and once for all while it is the same', (_, minor, memory) => {
  const labels = new ProfilerLabels({ readMemory: memory.read }, minor);
  expect(rowsOf(labels, 3)).toEqual([
    [100, 'request', '42'],
    [100, 'tenant', 'blau ü'],
  ]);
  expect(rowsOf(labels)).toEqual([]);
});

it('another set at the address of an earlier one is told', () => {
  let memory = list([['a', '1']]);
  const labels = new ProfilerLabels({ readMemory: (...range) => memory.read(...range) }, 26);
  expect(rowsOf(labels)).toEqual([[100, 'a', '1']]);
  memory = list([['a', '2']]);
  expect(rowsOf(labels)).toEqual([[100, 'a', '2']]);
});

it.each<[string, number, (memory: Memory) => void]>([
  ['a list of too many', 24, (memory) => memory.word(SET + 8, 2 ** 40)],
  ['a list elsewhere', 24, (memory) => memory.word(SET, 0x9000)],
  ['a list that is cut off', 24, (memory) => memory.word(SET, END - 8)],
  ['a text of too many bytes', 24, (memory) => memory.word(0x1108, 2 ** 50)],
  ['a text elsewhere', 24, (memory) => memory.word(0x1100, 0x9000)],
  ['a map that grows', 23, (memory) => memory.word(0x1118, 0x1200)],
  ['a map that says another count', 23, (memory) => memory.word(0x1100, 5)],
  ['a map of too many buckets', 23, (memory) => (memory.bytes[0x109] = 60)],
  ['a bucket that overflows into itself', 23, (memory) => memory.word(0x1308, 0x1200)],
  ['no map', 23, (memory) => memory.word(SET, 0)],
])('%s has no labels', (_, minor, damage) => {
  const memory = minor >= 24 ? list(TWO) : map(TWO);
  damage(memory);
  expect(rowsOf(new ProfilerLabels({ readMemory: memory.read }, minor))).toEqual([]);
});

it('a process that has ended has no labels', () => {
  const readMemory = () => {
    throw new Error('ESRCH');
  };
  expect(rowsOf(new ProfilerLabels({ readMemory }, 26))).toEqual([]);
});
