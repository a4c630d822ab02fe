/**
 * The file of a recording, written around the page cache where that is possible: its bytes are
 * the same either way, at every boundary, at every moment.
 */
import { execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll, describe, expect, test } from 'vitest';
import { UserError } from '../../src/format/errors.ts';
import { EVENT_COLUMN_NAMES } from '../../src/format/event-columns.ts';
import { RecordingWriter } from '../../src/format/recording-writer.ts';
import { OutputFile } from '../../src/record/output-file.ts';
import { pageMemory } from '../../src/record/page-memory.ts';
import { BLOCK_ROWS } from '../../src/record/session-setup.ts';
import { FACTS, NO_GOROUTINES } from '../format/empty-chunk.ts';
import { eventArrays, SAMPLE_META, WAIT_REASONS } from '../format/sample-recording.ts';

const dir = mkdtempSync(join(tmpdir(), 'xgotop-output-'));
/** A file system of memory, which has no direct writes before Linux 6.6. */
const memoryDir = existsSync('/dev/shm') ? mkdtempSync('/dev/shm/xgotop-output-') : undefined;
let nameCount = 0;

afterAll(() => {
  rmSync(dir, { recursive: true });
  if (memoryDir !== undefined) rmSync(memoryDir, { recursive: true });
});

const newPath = (under = dir) => join(under, `${nameCount++}.arrow`);

/** Bytes that differ from place to place; `from` is their place in the file. */
function bytesAt(from: number, byteLength: number): Uint8Array {
  const bytes = new Uint8Array(byteLength);
  for (let i = 0; i < byteLength; i++) bytes[i] = Math.imul(from + i, 0x9e3779b1) >>> 24;
  return bytes;
}

/** One append a row; a row is the lengths of its pieces. */
async function appendAll(file: OutputFile, appends: readonly (readonly number[])[]) {
  let at = 0;
  for (const lengths of appends) {
    const pieces = lengths.map((byteLength) => {
      const piece = bytesAt(at, byteLength);
      at += byteLength;
      return piece;
    });
    await file.append(pieces);
    // What append has promised is in the file, for everybody.
    expect(statSync(file.path).size).toBe(at);
  }
  return at;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** Whether long appends to files of a directory go around the page cache. */
async function takesDirectWrites(under: string): Promise<boolean> {
  const file = await OutputFile.create(newPath(under), false);
  await file.append([new Uint8Array(MIB)]);
  await file.close();
  return file.directBytes === MIB;
}
const isDirect = await takesDirectWrites(dir);

describe('the bytes are those appended', () => {
  test.each([
    ['nothing', [[], [0]]],
    ['one byte', [[1]]],
    ['whole blocks', [[MIB], [MIB]]],
    ['a byte before the blocks', [[1], [MIB]]],
    ['a byte missing from the blocks', [[MIB - 1], [MIB]]],
    ['a byte too many', [[MIB + 1], [MIB + 1], [MIB + 1]]],
    ['an end of 4,095 bytes, filled by one', [[4095], [1], [MIB + 4095], [1], [MIB]]],
    ['at the limit of what is worth it', [[256 * KIB - 1], [256 * KIB], [256 * KIB + 1]]],
    ['a head that leaves less than that', [[1], [256 * KIB], [256 * KIB + 4095]]],
    ['longer than the buffer', [[7], [4 * MIB], [4 * MIB + 4096], [9 * MIB + 13]]],
    [
      'pieces of a block',
      [
        [8, MIB, 0, 13, 512 * KIB, 4096, 4095, 1],
        [3, MIB],
      ],
    ],
    ['more pieces than one write takes', [Array.from({ length: 3000 }, (_, i) => i % 500)]],
    ['nothing between', [[MIB + 5], [], [MIB + 5]]],
  ])('%s', async (_, appends) => {
    for (const under of memoryDir === undefined ? [dir] : [dir, memoryDir]) {
      const file = await OutputFile.create(newPath(under), false);
      const byteLength = await appendAll(file, appends);
      await file.close();
      expect(file.byteLength).toBe(byteLength);
      expect(readFileSync(file.path).equals(bytesAt(0, byteLength))).toBe(true);
    }
  });

  test('with a first piece of every length around a block', async () => {
    for (let head = 4090; head <= 4102; head++) {
      const file = await OutputFile.create(newPath(), false);
      const byteLength = await appendAll(file, [[head], [300 * KIB + head], [300 * KIB]]);
      await file.close();
      expect(readFileSync(file.path).equals(bytesAt(0, byteLength))).toBe(true);
      rmSync(file.path);
    }
  });

  test('appended without waiting, more than the disk keeps up with', async () => {
    const file = await OutputFile.create(newPath(), false);
    const piece = bytesAt(0, 4 * MIB);
    await Promise.all(Array.from({ length: 24 }, () => file.append([piece])));
    await file.close();
    const bytes = readFileSync(file.path);
    expect(bytes.byteLength).toBe(24 * 4 * MIB);
    for (let i = 0; i < 24; i++) {
      expect(bytes.subarray(i * 4 * MIB, (i + 1) * 4 * MIB).equals(piece)).toBe(true);
    }
    // 64 MiB may wait: the first appends find more than that, the last ones do not.
    if (isDirect) {
      expect(file.directBytes).toBeGreaterThan(0);
      expect(file.directBytes).toBeLessThan(24 * 4 * MIB);
    }
  });
});

test.skipIf(!isDirect)('long appends go around the page cache, short ones do not', async () => {
  const file = await OutputFile.create(newPath(), false);
  await file.append([new Uint8Array(255 * KIB)]);
  expect(file.directBytes).toBe(0);
  await file.append([new Uint8Array(MIB)]);
  // From the next block on, up to the last whole one.
  expect(file.directBytes).toBe(MIB - 4096);
  await file.close();
});

describe('memory that begins on a page', () => {
  const memory = pageMemory(3 * MIB);

  test.each([
    ['alone', [], [[0, MIB]], 0],
    ['behind a head of whole blocks', [[4096]], [[0, MIB]], 4096],
    ['behind two heads that end on a block', [[5, 4091]], [[MIB, MIB]], 4096],
    [
      'columns one behind the other',
      [[8192]],
      [
        [0, 512 * KIB],
        [512 * KIB, 64 * KIB],
      ],
      8192,
    ],
    [
      'columns with others between',
      [],
      [
        [0, 512 * KIB],
        [MIB, 512 * KIB],
      ],
      0,
    ],
    ['behind an append that ended within a block', [[1], [4095]], [[0, MIB]], 0],
    ['at a place in the file where no block begins', [[1]], [[0, MIB]], MIB],
    ['from a place within a page', [], [[64, MIB]], MIB],
    ['longer than its last block', [], [[0, MIB + 64]], 0],
  ] as const)('%s', async (_, before, views, gatheredBytes) => {
    for (const under of memoryDir === undefined ? [dir] : [dir, memoryDir]) {
      const file = await OutputFile.create(newPath(under), false);
      file.addBuffersOnPages([memory.buffer]);
      let at = 0;
      const heads = before.map((lengths) =>
        lengths.map((byteLength) => {
          const piece = bytesAt(at, byteLength);
          at += byteLength;
          return piece;
        }),
      );
      const columns = views.map(([byteOffset, byteLength]) => {
        const piece = memory.subarray(byteOffset, byteOffset + byteLength);
        piece.set(bytesAt(at, byteLength));
        at += byteLength;
        return piece;
      });
      for (const head of heads.slice(0, -1)) await file.append(head);
      await file.append([...(heads.at(-1) ?? []), ...columns]);
      await file.close();
      expect(readFileSync(file.path).equals(bytesAt(0, at))).toBe(true);
      if (isDirect && under === dir) expect(file.gatheredBytes).toBe(gatheredBytes);
    }
  });
});

test.skipIf(!isDirect)('a full block of events is written from where it lies', async () => {
  const writer = new RecordingWriter(SAMPLE_META, { wait_reason: WAIT_REASONS });
  const memory = pageMemory(80 * BLOCK_ROWS);
  let end = 0;
  const columns = Object.fromEntries(
    EVENT_COLUMN_NAMES.map((name) => {
      const empty = eventArrays([])[name];
      const View = empty.constructor as new (
        buffer: ArrayBuffer,
        byteOffset: number,
        length: number,
      ) => typeof empty;
      const byteOffset = end;
      end += empty.BYTES_PER_ELEMENT * BLOCK_ROWS;
      return [name, new View(memory.buffer, byteOffset, BLOCK_ROWS)];
    }),
  ) as ReturnType<typeof eventArrays>;
  const file = await OutputFile.create(newPath(), false);
  file.addBuffersOnPages([memory.buffer]);
  await file.append(writer.begin());
  await file.append(writer.checkpoint(NO_GOROUTINES));
  for (let chunk = 0; chunk < 3; chunk++) {
    await file.append(writer.chunk(columns, BLOCK_ROWS, FACTS));
  }
  await file.close();
  expect(file.directBytes).toBeGreaterThan(3 * end);
  // The heads, and no columns.
  expect(file.gatheredBytes).toBe(file.directBytes - 3 * end);
  expect(file.gatheredBytes).toBeLessThanOrEqual(3 * 8192);
});

test('a reader of the growing file sees every append, though it has read the end before', async () => {
  const file = await OutputFile.create(newPath(), false);
  const fd = openSync(file.path, 'r');
  let at = 0;
  for (let round = 0; round < 20; round++) {
    const piece = bytesAt(at, 300 * KIB + round * 777);
    await file.append([piece]);
    at += piece.byteLength;
    // All of it, so that its pages are in the cache when the next append comes.
    const seen = Buffer.alloc(at + 1);
    expect(readSync(fd, seen, 0, at + 1, 0)).toBe(at);
    expect(seen.subarray(at - piece.byteLength, at).equals(piece)).toBe(true);
  }
  closeSync(fd);
  await file.close();
  expect(readFileSync(file.path).equals(bytesAt(0, at))).toBe(true);
});

/** A process that appends for ever and says after each append how long the file is by promise. */
function appender(path: string): string {
  const outfile = join(dir, `append-${nameCount++}.mjs`);
  const contents = `
    import { writeSync } from 'node:fs';
    import { OutputFile } from './src/record/output-file.ts';
    const file = await OutputFile.create(${JSON.stringify(path)}, false);
    for (let at = 0, round = 0; ; round++) {
      const piece = new Uint8Array(400_000 + round * 333);
      for (let i = 0; i < piece.length; i++) piece[i] = Math.imul(at + i, 0x9e3779b1) >>> 24;
      try {
        await file.append([piece]);
      } catch (error) {
        writeSync(1, error.name + ': ' + error.message + '\\n');
        process.exit(1);
      }
      at += piece.byteLength;
      writeSync(1, at + '\\n');
    }`;
  buildSync({
    stdin: { contents, resolveDir: fileURLToPath(new URL('../..', import.meta.url)) },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
  });
  return outfile;
}

test('a process that is killed has written all that was promised', async () => {
  const path = newPath();
  const child = spawn(process.execPath, [appender(path)]);
  const closed = new Promise((resolve) => child.on('close', resolve));
  let said = '';
  const enough = new Promise<void>((resolve) => {
    child.stdout.on('data', (text: Buffer) => {
      said += text.toString();
      if (said.split('\n').length > 12) resolve();
    });
  });
  await Promise.race([enough, closed]);
  child.kill('SIGKILL');
  await closed;
  const promised = Number(said.trim().split('\n').at(-1));
  const bytes = readFileSync(path);
  expect(promised).toBeGreaterThan(4_000_000);
  expect(bytes.byteLength).toBeGreaterThanOrEqual(promised);
  expect(bytes.equals(bytesAt(0, bytes.byteLength))).toBe(true);
});

test('a file that may not grow is told, and keeps what was promised', () => {
  const path = newPath();
  const child = 'ulimit -f 4096; exec "$0" "$1"'; // blocks of 512 or 1,024 bytes, by shell
  let said = '';
  try {
    execFileSync('sh', ['-c', child, process.execPath, appender(path)], { encoding: 'utf8' });
  } catch (error) {
    said = (error as { stdout: string }).stdout;
  }
  const lines = said.trim().split('\n');
  expect(lines.at(-1)).toBe(`UserError: cannot write ${path}: EFBIG: file too large, write`);
  const promised = Number(lines.at(-2));
  expect(promised).toBeGreaterThan(1_000_000);
  const bytes = readFileSync(path);
  expect(bytes.byteLength).toBeGreaterThanOrEqual(promised);
  expect(bytes.equals(bytesAt(0, bytes.byteLength))).toBe(true);
});

test('after a failure every append is refused in the same words', async () => {
  const file = await OutputFile.create(newPath(), false);
  await file.close();
  const first = await file.append([new Uint8Array(MIB)]).catch((error: unknown) => error);
  const second = await file.append([new Uint8Array(1)]).catch((error: unknown) => error);
  expect(first).toBeInstanceOf(UserError);
  expect(second).toBe(first);
});

test('an old file stays until the recording has begun, and is replaced then', async () => {
  const path = newPath();
  writeFileSync(path, 'old');
  await expect(OutputFile.create(path, false)).rejects.toThrow(`${path} exists`);
  const dropped = await OutputFile.create(path, true);
  await dropped.append([new Uint8Array(MIB)]);
  await dropped.discard();
  expect(readFileSync(path, 'utf8')).toBe('old');
  const kept = await OutputFile.create(path, true);
  kept.settle();
  await kept.append([bytesAt(0, MIB)]);
  await kept.close();
  expect(readFileSync(path).equals(bytesAt(0, MIB))).toBe(true);
  expect(existsSync(`${path}.new`)).toBe(false);
});
