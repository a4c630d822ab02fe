import { describe, expect, test } from 'vitest';

import {
  FormatError,
  KINDS,
  MemorySource,
  openRecording,
  RecordingWriter,
  STATES,
} from '../../src/format/index.ts';
import type { Recording } from '../../src/format/index.ts';
import { EVENT_FIELDS } from '../../src/format/arrow-schema.ts';
import { encodeFooter, encodeSchemaMessage } from '../../src/format/message-encoder.ts';
import { allEvents, openBytes } from './opened.ts';
import { SAMPLE_META, SAMPLE_PROBE, sampleRecording, WAIT_REASONS } from './sample-recording.ts';

/** Everything that opening gives, without what says how it was found. */
function facts(recording: Recording) {
  const { meta, chunks, dictionaries, functions, sites, types } = recording;
  const { probes, metrics, goroutines, end, endNs } = recording;
  return {
    meta,
    chunks,
    dictionaries,
    functions,
    sites,
    types,
    probes,
    metrics,
    goroutines,
    end,
    endNs,
  };
}

const complete = sampleRecording();
const cut = sampleRecording({ cutOff: true });

describe('a complete recording', () => {
  test('gives the metadata back, numbers beyond 2^53 included', async () => {
    const recording = await openBytes(complete.bytes);
    expect(recording.meta).toEqual(SAMPLE_META);
    expect(recording.isComplete).toBe(true);
    expect(recording.damage).toBeUndefined();
    expect(recording.byteLength).toBe(complete.bytes.byteLength);
  });

  test('gives every value of every column back', async () => {
    const recording = await openBytes(complete.bytes);
    expect(recording.chunks.length).toBe(5);
    expect(await allEvents(recording)).toEqual(complete.chunks.map(({ events }) => events));
  });

  test('has an index that says of each chunk what was written', async () => {
    const recording = await openBytes(complete.bytes);
    for (const [chunkIndex, chunk] of recording.chunks.entries()) {
      expect(chunk).toMatchObject({ ...complete.chunks[chunkIndex]!.facts, chunkIndex });
    }
    expect(recording.chunks[2]!.lost).toEqual({
      ring_full: 17,
      bad_read: 1,
      stack_lost: 0,
      overrun: 0,
      wide_goid: 0,
      name_lost: 0,
    });
  });

  test('has the fixed dictionaries, and the names in the order of their first use', async () => {
    const { dictionaries } = await openBytes(complete.bytes);
    expect(dictionaries.wait_reason).toEqual(WAIT_REASONS);
    expect(dictionaries.to_state).toEqual(STATES);
    expect(dictionaries.kind).toEqual(KINDS);
    expect(dictionaries.func.slice(0, 4)).toEqual([
      '',
      'main.main',
      'runtime.bgsweep',
      'main.worker',
    ]);
    expect(dictionaries.func).toContain('main.größe');
    expect(new Set(dictionaries.type).size).toBe(5);
  });

  test('has the parts as rows', async () => {
    const recording = await openBytes(complete.bytes);
    expect(recording.functions.map(({ name }) => name)).toEqual(
      recording.dictionaries.func.slice(1),
    );
    expect(recording.functions[0]).toEqual({
      func: 1,
      name: 'main.main',
      file: '/src/main.go',
      startLine: 10,
      entry: 0x40_1100n,
    });
    expect(recording.probes).toEqual([SAMPLE_PROBE]);
    expect(recording.metrics.length).toBe(5);
    expect(recording.metrics[0]!.targetRssBytes).toBe(2 ** 33 + 5);
    expect(recording.sites[6]).toMatchObject({ site: 7, pc: 0x40_2006n, line: 106 });
    expect(recording.types[0]).toMatchObject({ type: 1, name: recording.dictionaries.type[1] });
    expect([...recording.end]).toEqual([
      ['ended_ns', `${recording.endNs}`],
      ['reason', 'exit'],
      ['exit_code', '0'],
    ]);
  });

  test('has the goroutines from before, and the checkpoint of each chunk', async () => {
    const recording = await openBytes(complete.bytes);
    expect(recording.goroutines.goid).toEqual(BigInt64Array.of(1n, 2n, 5n));
    expect(recording.goroutines.waitReason).toEqual(Int8Array.of(3, 8, 5));
    expect(recording.goroutines.stack).toEqual(Int32Array.of(0, 1, 2));
    expect(recording.goroutines.labels).toEqual(BigInt64Array.of(0n, 1n << 38n, 0n));
    for (const { chunkIndex, columns } of complete.checkpoints) {
      const { site, stack, labels, ...expected } = columns;
      const found = await recording.readCheckpoint(chunkIndex);
      const only = [site, stack, labels].map((column) => column?.length);
      expect(only).toEqual([columns.count, columns.count, columns.count]);
      expect(found).toEqual({ chunkIndex, goroutines: expected });
    }
  });

  test('without a chunk, name or goroutine opens too', async () => {
    const writer = new RecordingWriter(SAMPLE_META, { wait_reason: [''] });
    const source = new MemorySource();
    source.append(...writer.begin(), ...writer.end({ reason: 'error' }));
    const recording = await openRecording(source);
    expect(recording.isComplete).toBe(true);
    expect(recording.chunks).toEqual([]);
    expect(recording.dictionaries.func).toEqual(['']);
    expect(recording.goroutines.count).toBe(0);
    expect(recording.endNs).toBe(0);
  });
});

describe('a recording without a footer', () => {
  test('gives all that the complete one gives, but its end', async () => {
    const [whole, walked] = [await openBytes(complete.bytes), await openBytes(cut.bytes)];
    expect(walked.isComplete).toBe(false);
    expect(walked.damage).toBeUndefined();
    expect(facts(walked)).toEqual({
      ...facts(whole),
      end: new Map(),
      endNs: whole.chunks.at(-1)!.maxNs,
    });
    expect(await allEvents(walked)).toEqual(await allEvents(whole));
    expect(await walked.readCheckpoint(4)).toEqual(await whole.readCheckpoint(4));
  });

  test('is understood alike when a complete one is walked: index, dictionaries and parts', async () => {
    const whole = await openBytes(complete.bytes);
    // Without the closing magic the footer is not looked for.
    const walked = await openBytes(complete.bytes.subarray(0, complete.bytes.length - 1));
    expect(walked.isComplete).toBe(false);
    expect(facts(walked)).toEqual(facts(whole));
  });

  test('that ends in zeros ends at the last message before them', async () => {
    const bytes = new Uint8Array(cut.bytes.length + 4096);
    bytes.set(cut.bytes);
    const recording = await openBytes(bytes);
    expect(recording.chunks.length).toBe(5);
    expect(recording.byteLength).toBe(cut.bytes.length);
    expect(recording.damage?.code).toBe('bad-value');
    expect(recording.damage?.byteOffset).toBe(cut.bytes.length);
  });

  test('grows while it is written, and is complete when its footer is there', async () => {
    const source = new MemorySource();
    const pieces = complete.source.pieces;
    // Up to the Schema message, which is the least that can be opened.
    source.append(pieces[0]!, pieces[1]!);
    const recording = await openRecording(source);
    expect(recording.chunks).toEqual([]);
    let previousBytes = recording.byteLength;
    for (const piece of pieces.slice(2)) {
      // In two halves, so that every message is torn for a while.
      const half = piece.byteLength >> 1;
      for (const part of [piece.subarray(0, half), piece.subarray(half)]) {
        source.append(part);
        const hasGrown = await recording.refresh();
        if (hasGrown !== recording.byteLength > previousBytes || recording.damage !== undefined) {
          expect.unreachable(`refresh said ${hasGrown} at ${recording.byteLength}`);
        }
        previousBytes = recording.byteLength;
      }
    }
    expect(recording.isComplete).toBe(true);
    expect(facts(recording)).toEqual(facts(await openBytes(complete.bytes)));
    expect(await recording.refresh()).toBe(false);
  });
});

describe('refusing', () => {
  const text = (words: string) => new TextEncoder().encode(words);
  test.each([
    { what: 'no bytes at all', bytes: new Uint8Array(), code: 'truncated', byteOffset: 0 },
    { what: 'the start of the magic', bytes: text('ARRO'), code: 'truncated', byteOffset: 4 },
    { what: 'the magic alone', bytes: text('ARROW1\0\0'), code: 'truncated', byteOffset: 8 },
    {
      what: 'half of a schema',
      bytes: complete.bytes.slice(0, 1000),
      code: 'truncated',
      byteOffset: 1000,
    },
    {
      what: 'text',
      bytes: text('Hello, world, this is text'),
      code: 'not-a-recording',
      byteOffset: 0,
    },
    { what: 'Parquet', bytes: text('PAR1....PAR1'), code: 'not-a-recording', byteOffset: 0 },
    {
      what: 'zeros after the magic',
      bytes: text(`ARROW1${'\0'.repeat(50)}`),
      code: 'not-a-recording',
      byteOffset: 8,
    },
  ])('$what: $code', async ({ bytes, code, byteOffset }) => {
    await expect(openBytes(bytes)).rejects.toMatchObject({ name: 'FormatError', code, byteOffset });
  });

  const metadata = new Map([
    ['xgotop.format', '7'],
    ['xgotop.version', '3.1.0'],
  ]);
  const magic = text('ARROW1\0\0');
  const schema = { fields: EVENT_FIELDS, metadata };
  const message = encodeSchemaMessage(schema, magic.length);
  const footer = encodeFooter(schema, [], []);
  const trailer = [Uint8Array.of(footer.length % 256, footer.length >> 8, 0, 0), text('ARROW1')];

  test.each([
    { what: 'a schema', pieces: [magic, message] },
    { what: 'a footer', pieces: [magic, message, footer, ...trailer] },
  ])(
    'a format that is too new in $what, naming both formats and the writer',
    async ({ pieces }) => {
      const error: unknown = await openBytes(Buffer.concat(pieces)).catch(
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(FormatError);
      expect(error).toMatchObject({ code: 'too-new' });
      expect((error as Error).message).toMatch(/format 7.*3\.1\.0.*format 2/);
    },
  );

  test("an Arrow file that is not ours: 'not-a-recording'", async () => {
    const { tableFromArrays, tableToIPC } = await import('apache-arrow');
    const table = tableFromArrays({ a: Int32Array.of(1, 2, 3) });
    await expect(openBytes(tableToIPC(table, 'file'))).rejects.toMatchObject({
      code: 'not-a-recording',
    });
  });
});
