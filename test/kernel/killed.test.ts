/**
 * A recorder that is killed, at a hundred moments of its life: what it has written is a sound
 * recording, what is left out is said, and the program that was recorded has noticed nothing.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect } from 'vitest';
import { infoCommand } from '../../src/cli/info.ts';
import { recoverCommand } from '../../src/cli/recover.ts';
import {
  checkRecording,
  EVENT_COLUMN_NAMES,
  FormatError,
  openRecording,
  type Recording,
} from '../../src/format/index.ts';
import { runCommand } from '../cli/run-command.ts';
import { sourceOf } from '../format/opened.ts';
import { seeded } from '../format/sample-program.ts';
import { kernelTest } from '../kernel-support.ts';
import { startSelfCheck } from './selfcheck.ts';
import { start } from './xgotop.ts';

const dir = mkdtempSync(join(tmpdir(), 'xgotop-killed-'));
afterAll(() => {
  rmSync(dir, { recursive: true });
});

const KILLS = 100;
/** Every fourth is counted from when there is a file, the others from the first probe. */
const EARLY_EVERY = 4;
const EARLY_MS = 1000;
const LATEST_MS = 1500;
const AT_ONCE = 4;
/** For another hundred moments: XGOTOP_SEED=n. */
const SEED = Number(process.env['XGOTOP_SEED'] ?? 1);

interface Kill {
  name: string;
  path: string;
  isEarly: boolean;
  afterMs: number;
}

const random = seeded(SEED);
const kills: Kill[] = Array.from({ length: KILLS }, (_, i) => {
  const isEarly = i % EARLY_EVERY === 0;
  const afterMs = Math.floor(random() * (isEarly ? EARLY_MS : LATEST_MS));
  const name = `seed ${SEED}, kill ${i}, ${afterMs} ms after ${isEarly ? 'it made the file' : 'the first probe'}`;
  return { name, path: join(dir, `${i}.arrow`), isEarly, afterMs };
});

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Record, and kill the recorder at its moment. */
async function recordAndKill(pid: number, { path, isEarly, afterMs }: Kill): Promise<void> {
  const { child, done } = start(['record', '-e', 'all', '-p', `${pid}`, '-o', path]);
  if (isEarly) {
    while (!existsSync(path)) await sleep(2);
  } else {
    await new Promise<void>((resolve, reject) => {
      child.stderr.on('data', (text: Buffer) => {
        if (text.toString().includes('Recording ')) resolve();
      });
      child.on('exit', () => reject(new Error(`the recorder ended by itself: ${path}`)));
    });
  }
  await sleep(afterMs);
  child.kill('SIGKILL');
  await done;
}

/** All events, column by column. */
async function columnsOf(recording: Recording): Promise<Record<string, Buffer>> {
  const pieces: Record<string, Buffer[]> = {};
  for (const { chunkIndex } of recording.chunks) {
    const arrays = await recording.readEvents(chunkIndex, EVENT_COLUMN_NAMES);
    for (const [name, { buffer, byteOffset, byteLength }] of Object.entries(arrays)) {
      (pieces[name] ??= []).push(Buffer.from(buffer, byteOffset, byteLength));
    }
  }
  return Object.fromEntries(
    Object.entries(pieces).map(([name, all]) => [name, Buffer.concat(all)]),
  );
}

/** @returns what is wrong with what a killed recorder has left, and how many events there are */
async function verdict({
  path,
  isEarly,
}: Kill): Promise<{ wrong: string[]; events: number; what: string }> {
  const wrong: string[] = [];
  const answer = (what: string, events = 0) => ({ wrong, events, what });
  const bytes = new Uint8Array(readFileSync(path));
  let recording: Recording;
  try {
    recording = await openRecording(sourceOf(bytes));
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    // Only what has not even its schema.
    if (error.code !== 'truncated' || bytes.length > 4096) wrong.push(error.message);
    if (!isEarly) wrong.push('it was said to record, and the file has no header');
    return answer('no header');
  }
  if (recording.isComplete) wrong.push('it has an end');
  if (recording.damage) wrong.push(recording.damage.message);
  const report = await checkRecording(sourceOf(bytes));
  for (const { severity, text } of report.findings) if (severity === 'error') wrong.push(text);

  const { stdout, stderr } = await runCommand(infoCommand(), [path, '--json']);
  const { file } = JSON.parse(stdout) as { file: { size_bytes: number; readable_bytes: number } };
  if (file.size_bytes !== bytes.length || file.readable_bytes !== recording.byteLength) {
    wrong.push(`info says ${JSON.stringify(file)}`);
  }
  if (!stderr.includes(`read up to byte ${recording.byteLength.toLocaleString('en-US')}`)) {
    wrong.push(`info warns: ${stderr}`);
  }
  if (recording.chunks.length === 0) return answer('no chunk');

  const output = `${path}.whole`;
  const { exitCode } = await runCommand(recoverCommand(), [path, '-o', output]);
  process.exitCode = undefined;
  if (exitCode !== 0) wrong.push(`recover exits with ${exitCode}`);
  const whole = await openRecording(sourceOf(new Uint8Array(readFileSync(output))));
  if (!whole.isComplete || whole.byteLength !== statSync(output).size)
    wrong.push('recover: no end');
  const [before, after] = [await columnsOf(recording), await columnsOf(whole)];
  for (const [name, column] of Object.entries(before)) {
    if (!after[name]?.equals(column)) wrong.push(`recover changed column ${name}`);
  }
  rmSync(output);
  return answer('chunks', report.eventCount);
}

describe(`kill -9 at ${KILLS} moments`, () => {
  kernelTest(
    'leaves a sound recording, and the program as it was',
    { timeout: 400_000 },
    async () => {
      const program = await startSelfCheck();
      const left = [...kills];
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          for (let kill = left.shift(); kill; kill = left.shift()) {
            await recordAndKill(program.pid, kill);
          }
        }),
      );
      const { code, said } = await program.end();
      expect([code, said]).toEqual([0, expect.stringMatching(/^\d+ rounds were right$/)]);

      const wrong: string[] = [];
      const counts: Record<string, number> = {};
      let events = 0;
      for (const kill of kills) {
        const found = await verdict(kill);
        wrong.push(...found.wrong.map((text) => `${kill.name}: ${text}`));
        counts[found.what] = (counts[found.what] ?? 0) + 1;
        events += found.events;
      }
      console.warn(`${JSON.stringify(counts)}, ${events} events`);
      expect(wrong).toEqual([]);
      expect(counts['chunks']).toBeGreaterThan(KILLS / 2);
      expect(events).toBeGreaterThan(KILLS * 500);
    },
  );
});
