import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { infoCommand } from '../../src/cli/info.ts';
import { recordingSummary } from '../../src/cli/recording-summary.ts';
import type { RecordingSummary } from '../../src/cli/recording-summary.ts';
import { openRecording } from '../../src/format/index.ts';
import type { Recording } from '../../src/format/index.ts';
import { openFileSource } from '../../src/query/index.ts';
import { sampleRecording } from '../format/sample-recording.ts';
import { runCommand } from './run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'xgotop-info-test-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const sample = sampleRecording();
const whole = join(folder, 'run.arrow');
writeFileSync(whole, sample.bytes);
const cut = join(folder, 'cut.arrow');
writeFileSync(cut, sample.bytes.subarray(0, sample.bytes.byteLength - 60_000));

const info = (...words: string[]) => runCommand(infoCommand(), words);

it('--json says what the sample was made of', async () => {
  const { stdout, exitCode } = await info(whole, '--json');
  expect(exitCode).toBe(0);
  const summary = JSON.parse(stdout) as RecordingSummary;
  const counted = (name: 'go_create' | 'go_exit' | 'alloc') =>
    sample.chunks.reduce((sum, { facts }) => sum + facts.eventCounts[name], 0);
  const total = sample.chunks.reduce((sum, { rowCount }) => sum + rowCount, 0);
  expect(summary).toMatchObject({
    program: '/usr/local/bin/sample',
    command: ['sample', '-workers', '8', 'ü"\n'],
    pid: 4242,
    go_version: 'go1.26.4',
    started: '2026-09-21T14:13:20.123Z',
    start_unix_ns: '1790000000123456789',
    duration_ns: sample.chunks.at(-1)!.facts.maxNs + 5000,
    groups: ['sched', 'alloc', 'gc'],
    chunks: sample.chunks.length,
    events: { total },
    goroutines: {
      before: 3,
      created: counted('go_create'),
      exited: counted('go_exit'),
      alive_at_end: 3 + counted('go_create') - counted('go_exit'),
    },
    lost: { total: 18, by_cause: { ring_full: 17, bad_read: 1, overrun: 0 } },
    file: {
      size_bytes: sample.bytes.byteLength,
      bytes_per_event: Math.round((sample.bytes.byteLength / total) * 10) / 10,
      complete: true,
      readable_bytes: sample.bytes.byteLength,
      damage: null,
    },
    end: { reason: 'exit', exit_code: 0 },
  });
  const seconds = summary.duration_ns / 1e9;
  expect(summary.events.by_event.find(({ event }) => event === 'alloc')).toEqual({
    event: 'alloc',
    count: counted('alloc'),
    per_second: Math.round((counted('alloc') / seconds) * 10) / 10,
  });
});

it('says the same to people, and what was lost', async () => {
  const { stdout, stderr } = await info(whole);
  expect(stdout).toMatch(/^program +\/usr\/local\/bin\/sample$/m);
  expect(stdout).toMatch(/^command +sample -workers 8 'ü"\\n'$/m);
  expect(stdout).toMatch(/^started +2026-09-21 14:13:20\.123 UTC$/m);
  expect(stdout).toMatch(/^ended +the program ended, exit code 0$/m);
  expect(stdout).toMatch(/^lost +18 events: ring_full 17, bad_read 1$/m);
  expect(stdout).toMatch(/^state +complete$/m);
  expect(stdout).toMatch(/^ {2}go_state +[\d,]+ {2}[\d,]+\/s$/m);
  expect(stderr).toContain('18 events lost in 1 chunk');
});

it('says up to which byte a file that was cut off is whole', async () => {
  const { stdout, stderr, exitCode } = await info(cut);
  const file = await openFileSource(cut);
  const recording = await openRecording(file);
  file.close();
  expect(exitCode).toBe(0);
  expect(stdout).toContain(`whole up to byte ${recording.byteLength}\n`);
  expect(stdout).toMatch(/^ended +unknown/m);
  expect(stderr).toContain('the recording was cut off');
});

it('reads no byte of an event', async () => {
  const path = join(folder, 'longer.arrow');
  writeFileSync(path, sampleRecording({ events: 40_000 }).bytes);
  const file = await openFileSource(path);
  const reads: [start: number, end: number][] = [];
  const recording = await openRecording({
    size: () => file.size(),
    read: async (byteOffset, byteLength) => {
      const bytes = await file.read(byteOffset, byteLength);
      reads.push([byteOffset, byteOffset + bytes.byteLength]);
      return bytes;
    },
  });
  const opened = reads.length;
  recordingSummary(recording, await file.size());
  expect(reads.length).toBe(opened);
  // What is within 512 KiB of the end may be fetched with the footer, in one read.
  const size = await file.size();
  const events = bodies(recording).filter(([, end]) => end < size - 2 ** 19);
  expect(events.length).toBeGreaterThan(4);
  const touched = events.filter(([from, to]) =>
    reads.some(([start, end]) => start < to && end > from),
  );
  expect(touched).toEqual([]);
  file.close();
});

function bodies({ chunks }: Recording): [from: number, to: number][] {
  return chunks.map(({ byteOffset, metadataBytes, bodyBytes }) => [
    byteOffset + metadataBytes,
    byteOffset + metadataBytes + bodyBytes,
  ]);
}

it.for([
  [[join(folder, 'missing')], 1, 'UserError'],
  [[folder], 1, 'UserError'],
  [[], 2, 'CommanderError'],
] as const)('info %j ends with %i', async ([words, exitCode, name]) => {
  expect(await info(...words)).toMatchObject({ exitCode, error: { name }, stdout: '' });
});
