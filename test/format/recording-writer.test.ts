import { describe, expect, test } from 'vitest';

import {
  EVENT_COLUMN_NAMES,
  FormatError,
  openRecording,
  RecordingWriter,
} from '../../src/format/index.ts';
import { decodeFooter, decodeHead, metadataBytesAt } from '../../src/format/message-decoder.ts';
import type { DecodedMessage } from '../../src/format/message-decoder.ts';
import { FACTS, NO_GOROUTINES, NO_LOSS } from './empty-chunk.ts';
import { openBytes, sourceOf } from './opened.ts';
import { eventArrays, SAMPLE_META, sampleRecording, WAIT_REASONS } from './sample-recording.ts';

const sample = sampleRecording({ events: 3000, chunkRows: 700 });
/** All messages of the stream in the file, by walking prefixes and heads. */
function messagesOf(bytes: Uint8Array): DecodedMessage[] {
  const messages: DecodedMessage[] = [];
  for (let at = 8; at < bytes.length;) {
    const metadataBytes = metadataBytesAt(bytes.subarray(at), at);
    if (typeof metadataBytes === 'string') break;
    const message = decodeHead(bytes.subarray(at, at + metadataBytes), at);
    messages.push(message);
    at += metadataBytes + message.bodyBytes;
  }
  return messages;
}

function footerOf(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const byteLength = view.getInt32(bytes.length - 10, true);
  const byteOffset = bytes.length - 10 - byteLength;
  return { byteOffset, ...decodeFooter(bytes.subarray(byteOffset, bytes.length - 10), byteOffset) };
}

function begun(): RecordingWriter {
  const writer = new RecordingWriter(SAMPLE_META, { wait_reason: WAIT_REASONS });
  writer.begin();
  return writer;
}

describe('bytes of a recording', () => {
  test('begin with the magic and the Schema message at byte 8', () => {
    expect([...sample.bytes.subarray(0, 12)]).toEqual([
      ...new TextEncoder().encode('ARROW1\0\0'),
      ...[0xff, 0xff, 0xff, 0xff],
    ]);
    expect(messagesOf(sample.bytes)[0]).toMatchObject({ kind: 'schema', byteOffset: 8 });
  });

  test('end with the end-of-stream marker, the footer, its length and the magic', () => {
    const { byteOffset } = footerOf(sample.bytes);
    expect([...sample.bytes.subarray(byteOffset - 8, byteOffset)]).toEqual([
      ...[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0],
    ]);
    expect(new TextDecoder().decode(sample.bytes.subarray(-6))).toBe('ARROW1');
  });

  test('have every body, and every buffer in it, at a multiple of 64', () => {
    for (const message of messagesOf(sample.bytes)) {
      const offsets = 'batch' in message ? message.batch.buffers.map((b) => b.byteOffset) : [];
      const places = [message.byteOffset + message.metadataBytes, message.bodyBytes, ...offsets];
      expect(places.filter((place) => place % 64 !== 0)).toEqual([]);
    }
  });

  test('have all batches in the footer, in the order of the stream', () => {
    const batches = messagesOf(sample.bytes).filter(({ kind }) => kind === 'batch');
    const places = batches.map(({ byteOffset, metadataBytes, bodyBytes }) => ({
      byteOffset,
      metadataBytes,
      bodyBytes,
    }));
    expect(footerOf(sample.bytes).batches).toEqual(places);
  });

  test('have one dictionary of each column in the footer, and no delta', () => {
    const listed = footerOf(sample.bytes).dictionaries.map(({ byteOffset }) => byteOffset);
    const dictionaries = messagesOf(sample.bytes).filter(
      (message) => message.kind === 'dictionary',
    );
    const found = dictionaries.filter(({ byteOffset }) => listed.includes(byteOffset));
    expect(found.length).toBe(listed.length);
    expect(found.filter(({ isDelta }) => isDelta)).toEqual([]);
    expect(found.map(({ dictionaryId }) => dictionaryId).sort((a, b) => a - b)).toEqual([
      6, 8, 10, 11, 12, 13, 14,
    ]);
    expect(dictionaries.some(({ isDelta }) => isDelta)).toBe(true);
  });

  test('have the schema of the start in the footer, metadata and all', () => {
    const [first] = messagesOf(sample.bytes);
    expect(first).toMatchObject({ kind: 'schema', schema: footerOf(sample.bytes).schema });
  });

  test('are the same for the same events', () => {
    expect(sampleRecording({ events: 3000, chunkRows: 700 }).bytes).toEqual(sample.bytes);
  });
});

describe('names', () => {
  test('have the index of their first use, and are in the file before their rows', () => {
    const writer = begun();
    expect(
      ['main.f', '', 'main.g', 'main.f'].map((name) => writer.nameIndex('func', name)),
    ).toEqual([1, 0, 2, 1]);
    expect(writer.nameIndex('type', 'main.f')).toBe(1);
    const kinds = messagesOf(joined([new Uint8Array(8), ...writer.flushNames()])).map((message) =>
      message.kind === 'dictionary' ? [message.dictionaryId, message.batch.rowCount] : [],
    );
    expect(kinds).toEqual([
      [6, 2],
      [8, 1],
    ]);
    expect(writer.flushNames()).toEqual([]);
  });

  test('that were not flushed are written with what uses them', async () => {
    const writer = new RecordingWriter(SAMPLE_META, { wait_reason: WAIT_REASONS });
    const source = sourceOf(joined(writer.begin()));
    const func = writer.nameIndex('func', 'main.f');
    source.append(...writer.checkpoint(NO_GOROUTINES));
    const type = writer.nameIndex('type', 'main.T');
    const empty = Object.fromEntries(EVENT_COLUMN_NAMES.map((name) => [name, 0])) as Record<
      (typeof EVENT_COLUMN_NAMES)[number],
      number
    >;
    source.append(...writer.chunk(eventArrays([{ ...empty, func, type }]), 1, FACTS));
    const { dictionaries } = await openRecording(source);
    expect([dictionaries.func, dictionaries.type]).toEqual([
      ['', 'main.f'],
      ['', 'main.T'],
    ]);
  });
});

describe('chunks', () => {
  test('take as many rows as are said, from longer columns', async () => {
    const writer = new RecordingWriter(SAMPLE_META, { wait_reason: WAIT_REASONS });
    const source = sourceOf(joined(writer.begin()));
    const { events } = sample.chunks[0]!;
    source.append(...writer.checkpoint(NO_GOROUTINES), ...writer.chunk(events, 100, FACTS));
    const recording = await openRecording(source);
    expect(recording.chunks[0]!.rowCount).toBe(100);
    const { goid } = await recording.readEvents(0, ['goid']);
    expect(goid).toEqual(events.goid.slice(0, 100));
  });

  test('without rows tell of a loss', async () => {
    const writer = new RecordingWriter(SAMPLE_META, { wait_reason: WAIT_REASONS });
    const source = sourceOf(joined(writer.begin()));
    const facts = { ...FACTS, lost: { ...NO_LOSS, overrun: 2 ** 40 } };
    source.append(
      ...writer.checkpoint(NO_GOROUTINES),
      ...writer.chunk(sample.chunks[0]!.events, 0, facts),
      ...writer.end({}),
    );
    const recording = await openRecording(source);
    expect(recording.chunks[0]).toMatchObject({ rowCount: 0, lost: { overrun: 2 ** 40 } });
    expect((await recording.readEvents(0, ['p'])).p.length).toBe(0);
  });

  test('are views of the columns they were given', () => {
    const writer = begun();
    writer.checkpoint(NO_GOROUTINES);
    const { events, rowCount } = sample.chunks[0]!;
    const pieces = writer.chunk(events, rowCount, FACTS);
    expect(pieces.filter(({ buffer }) => buffer === events.goid.buffer).length).toBe(1);
  });
});

describe('a body', () => {
  test.each([
    ['of less than 256 KiB', 3000, 64],
    ['of more than that', 5000, 4096],
  ])('%s begins where docs/format.md says', (_, rowCount, alignmentBytes) => {
    const writer = begun();
    const columns = eventArrays([]);
    const longer = Object.fromEntries(
      Object.entries(columns).map(([name, column]) => [
        name,
        new (column.constructor as new (length: number) => typeof column)(rowCount),
      ]),
    ) as typeof columns;
    const offsets = Array.from({ length: 4 }, () => {
      writer.checkpoint(NO_GOROUTINES);
      const begins = writer.byteLength;
      const [head] = writer.chunk(longer, rowCount, FACTS);
      const bodyOffset = begins + head!.byteLength;
      expect(writer.byteLength - bodyOffset < 256 * 1024).toBe(alignmentBytes === 64);
      return bodyOffset;
    });
    for (const byteOffset of offsets) expect(byteOffset % alignmentBytes).toBe(0);
    // And nowhere better by chance.
    expect(offsets.some((byteOffset) => byteOffset % (alignmentBytes * 2) !== 0)).toBe(true);
  });
});

describe('the index', () => {
  test.each([1, 2, 3, 4, 5])('equals what a walk finds, seed %i', async (seed) => {
    const options = { events: 2000, chunkRows: 50 + seed * 40, seed, goroutines: seed * 30 };
    const { bytes, checkpoints } = sampleRecording(options);
    const indexed = await openBytes(bytes);
    const walked = await openBytes(bytes.subarray(0, bytes.length - 1));
    expect(indexed.isComplete).toBe(true);
    expect(walked.chunks).toEqual(indexed.chunks);
    const owners = new Set(indexed.chunks.map(({ checkpointChunk }) => checkpointChunk));
    expect([...owners]).toEqual(checkpoints.map(({ chunkIndex }) => chunkIndex));
  });
});

describe('refuses', () => {
  const { events } = sample.chunks[0]!;
  test.each([
    { what: 'a second begin', run: () => begun().begin() },
    { what: 'a first chunk without checkpoint', run: () => begun().chunk(events, 1, FACTS) },
    {
      what: 'anything after the end',
      run: () => {
        const writer = begun();
        writer.end({});
        writer.addNames('func', ['main.late']);
      },
    },
    {
      what: 'wait reasons that repeat',
      run: () => new RecordingWriter(SAMPLE_META, { wait_reason: ['', 'sleep', 'sleep'] }),
    },
    {
      what: 'wait reasons that do not begin with the empty one',
      run: () => new RecordingWriter(SAMPLE_META, { wait_reason: ['sleep'] }),
    },
    {
      what: 'an int64 that a double has rounded',
      run: () =>
        begun().part('types', [{ type: 1, name: 'T', goKind: 'struct', sizeBytes: 2 ** 53 }]),
    },
    {
      what: 'an int32 that is none',
      run: () => begun().part('sites', [{ site: 1.5, pc: 1n, func: 1, file: '', line: 1 }]),
    },
    {
      what: 'a checkpoint that lacks a column',
      run: () => begun().checkpoint({ ...NO_GOROUTINES, count: 1 }),
    },
  ])('$what, as a mistake of the caller', ({ run }) => {
    let error: unknown;
    try {
      run();
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(FormatError);
  });
});

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces));
}
