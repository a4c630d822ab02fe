/** A recorder whose disk is full, that is stopped for a while, or that is not alone. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, type TestContext } from 'vitest';
import { checkRecording, openRecording, type CheckReport } from '../../src/format/index.ts';
import { sourceOf } from '../format/opened.ts';
import { kernelTest } from '../kernel-support.ts';
import { startSelfCheck } from './selfcheck.ts';
import { start, xgotop } from './xgotop.ts';

const dir = mkdtempSync(join(tmpdir(), 'xgotop-trouble-'));
const mounts: string[] = [];
afterAll(() => {
  for (const path of mounts) execFileSync('umount', [path]);
  rmSync(dir, { recursive: true });
});

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Fulfilled when the recorder says that it records. */
function untilRecording(started: ReturnType<typeof start>): Promise<void> {
  return new Promise((resolve, reject) => {
    started.child.stderr.on('data', (text: Buffer) => {
      if (text.toString().includes('Recording ')) resolve();
    });
    void started.done.then(({ stderr }) => reject(new Error(`it did not record: ${stderr}`)));
  });
}

/** @returns errors of the check, and the recording as it is now */
async function look(path: string) {
  const bytes = new Uint8Array(readFileSync(path));
  const recording = await openRecording(sourceOf(bytes));
  const report: CheckReport = await checkRecording(sourceOf(bytes));
  const errors = report.findings.filter(({ severity }) => severity === 'error');
  return { recording, errors, events: report.eventCount };
}

/** One line and perhaps a hint, never a stack trace. */
const ONE_LINE = /^xgotop: [^\n]+\n( {2}[^\n]+\n)?$/;

describe('a disk that is full', () => {
  /** A file system of memory that is soon full; skips the test where none may be mounted. */
  function smallDisk(context: TestContext, sizeMiB: number): string {
    const path = mkdtempSync(join(dir, 'small-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'tmpfs', path], {
        stdio: 'pipe',
      });
    } catch (error) {
      if (process.env['REQUIRE_KERNEL'] === '1') throw error;
      context.skip(`no small disk can be mounted: ${(error as Error).message.trim()}`);
    }
    mounts.push(path);
    return path;
  }

  kernelTest('ends the recorder with one line; what is written opens, the program goes on', async (context) => {
 const path = join(smallDisk(context, 8), 'full.arrow');
    const program = await startSelfCheck();
    const ran = await xgotop(['record', '-q', '-e', 'all', '-p', `${program.pid}`, '-o', path]);
    expect([ran.code, ran.stdout]).toEqual([1, '']);
    expect(ran.stderr).toMatch(ONE_LINE);
    expect(ran.stderr).toBe(
      `xgotop: cannot write ${path}: no space left on the device\n` +
        '  what was written before can still be opened\n',
    );
    const { recording, errors, events } = await look(path);
    expect([recording.isComplete, recording.damage, errors]).toEqual([false, undefined, []]);
    expect(events).toBeGreaterThan(1000);
    // Whole up to its last chunk, which is less than one and what belongs to it before the end.
    expect(recording.byteLength).toBeGreaterThan(statSync(path).size / 2);
    expect((await program.end()).code).toBe(0);
  }); // prettier-ignore

  kernelTest(
    'ends a recorder that could not even begin, and leaves nothing behind',
    async (context) => {
      const small = smallDisk(context, 1);
      const path = join(small, 'never.arrow');
      const program = await startSelfCheck();
      try {
        execFileSync('dd', ['if=/dev/zero', `of=${join(small, 'rest')}`], { stdio: 'ignore' });
      } catch {
        // dd says that the disk is full: that is what it is for.
      }
      const ran = await xgotop(['record', '-q', '-p', `${program.pid}`, '-o', path]);
      expect(ran.code).toBe(1);
      expect(ran.stderr).toMatch(ONE_LINE);
      expect(ran.stderr).toContain('no space left on the device');
      expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
      expect((await program.end()).code).toBe(0);
    },
  );
});

describe('a recorder that is stopped for a while', () => {
  kernelTest('can be read meanwhile, goes on, counts what it lost and tears nothing', async () => {
    const path = join(dir, 'stopped.arrow');
    const program = await startSelfCheck();
    // The smallest ring there is, so that a few seconds fill it as a minute would fill another.
    const recorder = start(['record', '-e', 'all', '--ring-size', '1', '-p', `${program.pid}`, '-o', path]);
    await untilRecording(recorder);
    await sleep(800);
    const follower = start(['cat', path, '--follow', '--json', '--fields', 'time_ns']);
    await sleep(300);
    recorder.child.kill('SIGSTOP');
    await sleep(3000);

    const meanwhile = await look(path);
    expect([meanwhile.recording.damage, meanwhile.errors]).toEqual([undefined, []]);
    expect(meanwhile.events).toBeGreaterThan(100);
    for (const args of [['info', path], ['query', path, 'SELECT count(*) FROM events'], ['cat', path]]) {
      const ran = await xgotop(args);
      expect([args[0], ran.code, ran.stderr.split('\n').filter((line) => !line.includes('still being written'))])
        .toEqual([args[0], 0, ['']]);
    }

    recorder.child.kill('SIGCONT');
    await sleep(1000);
    recorder.child.kill('SIGINT');
    const ended = await recorder.done;
    expect(ended.code).toBe(0);
    const { recording, errors, events } = await look(path);
    expect([recording.isComplete, errors]).toEqual([true, []]);
    const lost = recording.chunks.reduce((sum, chunk) => sum + chunk.lost.ring_full, 0);
    expect(lost).toBeGreaterThan(0);
    expect(ended.stderr).toMatch(new RegExp(` ${lost.toLocaleString('en-US')} lost`));

    // Who followed has seen every event, and ends with the recording.
    const followed = await follower.done;
    expect([followed.code, followed.stderr]).toEqual([0, '']);
    expect(followed.stdout.trimEnd().split('\n').length).toBe(events);
    expect((await program.end()).code).toBe(0);
  });
}); // prettier-ignore

describe('a second recorder of the same file', () => {
  kernelTest('is refused while the first writes, with --overwrite too', async () => {
    const path = join(dir, 'same.arrow');
    const program = await startSelfCheck();
    const first = start(['record', '-p', `${program.pid}`, '-o', path]);
    await untilRecording(first);
    const inode = statSync(path).ino;
    const message =
      `xgotop: ${path} is being written by another xgotop\n` +
      '  choose another name with -o, or end that recording first\n';
    const others = [
      ['record', '-p', `${program.pid}`, '-d', '100ms', '-o', path],
      ['record', '-p', `${program.pid}`, '-d', '100ms', '-o', path, '--overwrite'],
      ['recover', path, '-o', path, '--overwrite'],
      ['query', path, 'SELECT 1', '-o', path, '--overwrite'],
    ];
    await sleep(500);
    for (const args of others) {
      const ran = await xgotop(args);
      expect([args.join(' '), ran.code, ran.stderr.endsWith(message)]).toEqual([args.join(' '), 1, true]);
    }
    first.child.kill('SIGINT');
    expect((await first.done).code).toBe(0);
    const { recording, errors } = await look(path);
    expect([recording.isComplete, errors, statSync(path).ino]).toEqual([true, [], inode]);

    // Now it may be replaced: of three at once one does, and the file is that one's.
    const three = Array.from({ length: 3 }, () =>
      start(['record', '-p', `${program.pid}`, '-d', '1500ms', '-o', path, '--overwrite']),
    );
    const ends = await Promise.all(three.map(({ done }) => done));
    expect(ends.map(({ code }) => code).sort()).toEqual([0, 1, 1]);
    for (const { code, stderr } of ends) if (code === 1) expect(stderr).toBe(message);
    const replaced = await look(path);
    expect([replaced.recording.isComplete, replaced.errors]).toEqual([true, []]);
    expect(statSync(`${path}.new`, { throwIfNoEntry: false })).toBeUndefined();

    // One that was killed keeps nobody out.
    const killed = start(['record', '-p', `${program.pid}`, '-o', path, '--overwrite']);
    await untilRecording(killed);
    killed.child.kill('SIGKILL');
    await killed.done;
    const last = await xgotop(['record', '-p', `${program.pid}`, '-d', '300ms', '-o', path, '--overwrite']);
    expect(last.code).toBe(0);
    expect((await look(path)).recording.isComplete).toBe(true);
    expect((await program.end()).code).toBe(0);
  });
}); // prettier-ignore
