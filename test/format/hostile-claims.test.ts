/**
 * Files that nobody damaged by chance: each claims something small that would cost much, or that
 * a reader would trip over. A FormatError or an answer comes out, after a bounded effort.
 */
import { describe, expect, test } from 'vitest';
import { aligned, EVENT_FIELDS, type ArrowField } from '../../src/format/arrow-schema.ts';
import type { ByteSource } from '../../src/format/byte-source.ts';
import { encodeBody, type ColumnValues } from '../../src/format/column-body.ts';
import {
  checkRecording,
  FormatError,
  MemorySource,
  openRecording,
  RecordingCopy,
  RecordingWriter,
  salvageRecording,
} from '../../src/format/index.ts';
import { encodeBatchHead, encodeSchemaMessage } from '../../src/format/message-encoder.ts';
import { RangeReader } from '../../src/format/range-reader.ts';
import { FACTS, NO_GOROUTINES } from './empty-chunk.ts';
import { openBytes, sourceOf } from './opened.ts';
import { eventArrays, SAMPLE_META, sampleRecording } from './sample-recording.ts';

const NO_ROW = {
  time_ns: 0, goid: 1, by_goid: 0, size_bytes: 0, pid: 1, tid: 1, func: 0, site: 0, type: 0, p: 0,
  event: 1, from_state: 0, to_state: 1, wait_reason: 0, kind: 0, object: 0, stack: 0, value: 0,
}; // prettier-ignore

/** A recording that ends after its dictionaries, to be gone on with. */
function begun(): { source: MemorySource; byteLength: number } {
  const writer = new RecordingWriter(SAMPLE_META, { wait_reason: [''] });
  const source = new MemorySource();
  source.append(...writer.begin());
  return { source, byteLength: writer.byteLength };
}

/** A part with the side table given, at a place of the file. */
function partMessage(name: string, table: Uint8Array[], byteOffset: number): Uint8Array[] {
  const byteLength = table.reduce((sum, piece) => sum + piece.byteLength, 0);
  const head = {
    rowCount: 0,
    columnCount: EVENT_FIELDS.length,
    buffers: EVENT_FIELDS.flatMap(() => [
      { byteOffset: 0, byteLength: 0 },
      { byteOffset: 0, byteLength: 0 },
    ]),
    bodyBytes: aligned(byteLength),
    metadata: new Map([
      ['xgotop.part', name],
      ['xgotop.delta', '1'],
      ['xgotop.bytes', `${byteLength}`],
    ]),
  };
  const padding = new Uint8Array(aligned(byteLength) - byteLength);
  return [encodeBatchHead(head, byteOffset), ...table, padding];
}

/** A stream of one batch that says that it has `rowCount` rows. */
function tableOf(
  fields: readonly ArrowField[],
  columns: readonly ColumnValues[],
  rowCount: number,
): Uint8Array[] {
  const { buffers, pieces, bodyBytes } = encodeBody(fields, columns);
  const schema = encodeSchemaMessage({ fields, metadata: new Map() }, 0);
  const batch = { rowCount, columnCount: fields.length, buffers, bodyBytes, metadata: new Map() };
  return [schema, encodeBatchHead(batch, schema.byteLength), ...pieces];
}

async function damageOf(source: ByteSource): Promise<string | undefined> {
  return (await openRecording(source)).damage?.message;
}

describe('rows of columns that are not there', () => {
  test.each(['stacks', 'goroutines', 'processes', 'end'])('part %s', async (part) => {
    const { source, byteLength } = begun();
    const table = [...tableOf([], [], 2 ** 50), ...tableOf([], [], 2 ** 50).slice(1)];
    source.append(...partMessage(part, table, byteLength));
    expect(await damageOf(source)).toMatch(/^bad-value at byte \d+: column \w+ of a part is missing$/);
  }); // prettier-ignore
});

test('many columns of the same bytes', async () => {
  const { source, byteLength } = begun();
  const text = 'x'.repeat(100_000);
  const fields = Array.from({ length: 200 }, (_, i) => ({
    name: `c${i}`, type: 'utf8' as const, dictionaryId: undefined,
  })); // prettier-ignore
  const one = encodeBody(fields.slice(0, 1), [[text]]);
  const schema = encodeSchemaMessage({ fields, metadata: new Map() }, 0);
  const batch = {
    rowCount: 1,
    columnCount: fields.length,
    buffers: fields.flatMap(() => one.buffers),
    bodyBytes: one.bodyBytes,
    metadata: new Map(),
  };
  const table = [schema, encodeBatchHead(batch, schema.byteLength), ...one.pieces];
  source.append(...partMessage('marks', table, byteLength));
  expect(await damageOf(source)).toMatch(/buffer \d+ leaves the body/);
});

describe('texts of the metadata that are none', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  test.each([
    ['an object that cannot be a text', '[{"toString":1,"valueOf":1}]'],
    ['arrays in arrays', `[${deep}]`],
    ['a number', '[1]'],
  ])('%s', async (_, command) => {
    const metadata = new Map([['xgotop.format', '1'], ['xgotop.command', command]]); // prettier-ignore
    const magic = Uint8Array.from('ARROW1\0\0', (c) => c.charCodeAt(0));
    const schema = encodeSchemaMessage({ fields: EVENT_FIELDS, metadata }, 8);
    await expect(openRecording(sourceOf(new Uint8Array([...magic, ...schema])))).rejects.toThrow(
      'bad-value at byte 8: xgotop.command is no JSON array of texts',
    );
  });
});

test('places of parts that are no numbers: the messages are walked', async () => {
  const { bytes } = sampleRecording({ events: 20, chunkRows: 20, goroutines: 2, parts: false });
  const text = new TextDecoder('latin1').decode(bytes);
  const at = text.lastIndexOf('{"goroutines":[');
  expect(at).toBeGreaterThan(0);
  const end = text.indexOf('}', at) + 1;
  const hostile = '{"end":[{"toString":1,"valueOf":1},1,1]}'.padEnd(end - at);
  expect(hostile.length).toBe(end - at);
  bytes.set(
    Uint8Array.from(hostile, (c) => c.charCodeAt(0)),
    at,
  );
  const found = await openBytes(bytes);
  expect([found.isComplete, found.chunks.length]).toEqual([false, 1]);
  expect(found.damage?.message).toMatch(/a message at NaN outside of the file/);
});

describe('an index', () => {
  const { bytes } = sampleRecording({ events: 40, chunkRows: 10, goroutines: 2 });

  /** Every int64 of this value in the index, which is the last message, becomes another. */
  function changed(from: number, to: number, bytes: Uint8Array): Uint8Array {
    const copy = bytes.slice();
    const view = new DataView(copy.buffer);
    let count = 0;
    for (let at = bytes.length - 20_000 - (bytes.length % 8); at + 8 <= bytes.length; at += 8) {
      if (view.getBigInt64(at, true) !== BigInt(from)) continue;
      view.setBigInt64(at, BigInt(to), true);
      count++;
    }
    expect(count).toBeGreaterThan(0);
    return copy;
  }

  test('that names a chunk twice is not believed', async () => {
    const { chunks } = await openBytes(bytes);
    const [before, own] = [chunks[1]!, chunks[2]!];
    const twice = changed(own.byteOffset, before.byteOffset, bytes);
    const found = await openBytes(changed(own.checkpointOffset, before.checkpointOffset, twice));
    expect([found.isComplete, found.chunks.length]).toEqual([false, chunks.length]);
    expect(found.damage?.message).toMatch(/chunk 2 lies in the one before/);
  });

  test('whose checkpoint is in another chunk makes nobody read all between', async () => {
    const { chunks } = await openBytes(bytes);
    expect(chunks[3]!.checkpointChunk).toBe(3);
    const found = await openBytes(changed(chunks[3]!.checkpointOffset, 64, bytes));
    expect(found.isComplete).toBe(true);
    await expect(found.readCheckpoint(3)).rejects.toThrow(FormatError);
    expect((await found.readCheckpoint(2)).chunkIndex).toBe(2);
  });
});

test('a length that is longer than can be held, in a file that is mostly a hole', async () => {
  const { source, byteLength } = begun();
  const head = {
    rowCount: 0, columnCount: 0, buffers: [], bodyBytes: 2 ** 40,
    metadata: new Map([['xgotop.part', 'marks'], ['xgotop.delta', '1'], ['xgotop.bytes', `${2 ** 40}`]]),
  }; // prettier-ignore
  source.append(encodeBatchHead(head, byteLength));
  const holey: ByteSource = {
    size: () => Promise.resolve(2 ** 41),
    read: (at, length) => {
      expect(length).toBeLessThan(2 ** 21);
      return at < byteLength ? source.read(at, length) : Promise.resolve(new Uint8Array(length));
    },
  };
  const reading: ByteSource = {
    ...holey,
    read: async (at, length) => {
      const bytes = new Uint8Array(length);
      bytes.set(await source.read(at, Math.min(length, Math.max(0, source.byteLength - at))));
      expect(length).toBeLessThan(2 ** 21);
      return bytes;
    },
  };
  expect(await damageOf(reading)).toBe(
    `bad-value at byte ${source.byteLength}: ${2 ** 40} bytes of one thing`,
  );
});

describe('what looks like messages everywhere', () => {
  /** Bytes asked for in a salvage, as a multiple of the file's length. */
  async function effort(bytes: Uint8Array): Promise<{ looks: number; gapBytes: number }> {
    let asked = 0;
    const source = sourceOf(bytes);
    const { gaps } = await salvageRecording({
      size: () => source.size(),
      read: (at, length) => {
        asked += length;
        return source.read(at, length);
      },
    });
    const gapBytes = gaps.reduce((sum, { byteLength }) => sum + byteLength, 0);
    return { looks: asked / bytes.length, gapBytes };
  }

  test('heads that claim to be long', async () => {
    const { source, byteLength } = begun();
    const bytes = new Uint8Array(24 * 2 ** 20);
    bytes.set(await source.read(0, byteLength));
    const view = new DataView(bytes.buffer);
    for (let at = byteLength; at + 8 <= bytes.length; at += 64) {
      view.setInt32(at, -1, true);
      view.setInt32(at + 4, 8 * 2 ** 20, true);
    }
    const { looks, gapBytes } = await effort(bytes);
    expect(looks).toBeLessThan(14);
    expect(gapBytes).toBe(bytes.length - byteLength);
  });

  test('parts that are all the rest of the file, and damaged', async () => {
    const { source, byteLength } = begun();
    const bytes = new Uint8Array(8 * 2 ** 20);
    bytes.set(await source.read(0, byteLength));
    for (let at = byteLength; at + 2048 <= bytes.length; at += 1024) {
      const restBytes = Math.floor((bytes.length - at - 1024) / 64) * 64;
      const head = {
        rowCount: 0, columnCount: 0, buffers: [], bodyBytes: restBytes,
        metadata: new Map([['xgotop.part', 'marks'], ['xgotop.bytes', `${restBytes}`]]),
      }; // prettier-ignore
      bytes.set(encodeBatchHead(head, at), at);
    }
    expect((await effort(bytes)).looks).toBeLessThan(20);
  });
});

test('a name with a number far away is not waited for', async () => {
  const writer = new RecordingWriter(SAMPLE_META, { wait_reason: [''] });
  const pieces = [...writer.begin(), new Uint8Array(64)];
  const lost = 1_000_000;
  const rest = new RecordingWriter(SAMPLE_META, { wait_reason: [''] });
  const begunBytes = Buffer.concat(rest.begin()).byteLength;
  rest.nameIndex('func', 'far');
  const row = { func: lost, name: 'far', file: '', startLine: 1, entry: 0n };
  const after = Buffer.concat([
    ...rest.part('functions', [row]),
    ...rest.checkpoint(NO_GOROUTINES),
    ...rest.chunk(eventArrays([{ ...NO_ROW }]), 1, { ...FACTS, minNs: 0, maxNs: 0 }),
  ]);
  expect(begunBytes % 64).toBe(0);
  const bytes = new Uint8Array(Buffer.concat([...pieces, after]));
  const { recording } = await salvageRecording(sourceOf(bytes));
  expect([recording.chunks.length, recording.dictionaries.func]).toEqual([1, ['']]);
});

describe('a copy', () => {
  async function copied(dictionaries: { wait_reason: string[]; func: string[]; event?: string[] }) {
    const { bytes } = sampleRecording({ events: 40, chunkRows: 20, goroutines: 3 });
    const original = await openBytes(bytes);
    const changed = Object.create(original, {
      dictionaries: { value: { ...original.dictionaries, ...dictionaries } },
    }) as typeof original;
    // Methods and getters of the original need the original as `this`.
    const source = new Proxy(changed, {
      get: (target, key) => {
        if (key === 'dictionaries') return target.dictionaries;
        const value: unknown = Reflect.get(original, key, original);
        return typeof value === 'function' ? (value.bind(original) as unknown) : value;
      },
    });
    const copy = new RecordingCopy(source, { history: 'test' });
    const out = new MemorySource();
    for await (const pieces of copy.pieces()) {
      out.append(...pieces.map((piece) => piece.slice()));
    }
    return { original, found: await openRecording(out), report: await checkRecording(out) };
  }

  test('of a dictionary with a name twice gives nobody the name of another', async () => {
    const { original } = await copied({ wait_reason: [''], func: [''] });
    const func = original.dictionaries.func.with(2, original.dictionaries.func[1]!);
    const { found, report } = await copied({
      wait_reason: ['', ...Array.from({ length: 200 }, () => 'again')],
      func,
    });
    expect(found.dictionaries.func.slice(3)).toEqual(func.slice(3));
    expect(found.dictionaries.func[2]).toBe(`(lost: func 2)${func[1]!}`);
    expect(found.dictionaries.wait_reason).toHaveLength(128);
    expect(report.findings.filter(({ code }) => code === 'reference')).toEqual([]);
  });
});

test('a reader counts what it is asked for, from windows too', async () => {
  const reader = new RangeReader(sourceOf(new Uint8Array(100)), 100);
  await reader.read(0, 10, 50);
  await reader.read(10, 10);
  expect(reader.askedBytes).toBe(20);
});
