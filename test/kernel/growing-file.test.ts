/** A recording that is being made is a file: each command reads it, and more of it when asked later. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { chromium } from 'playwright-core';
import type { RecordingSummary } from '../../src/cli/recording-summary.ts';
import { kernelTest } from '../kernel-support.ts';
import { buildGoProgram } from './go-program.ts';
import { start, xgotop } from './xgotop.ts';

const CHROMIUM = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'];
const PATIENCE = { timeout: 30_000, interval: 200 };

describe('a recording that is being made', () => {
  const folder = mkdtempSync(join(tmpdir(), 'xgotop-growing-file-'));
  const path = join(folder, 'run.arrow');
  let steady: ChildProcess;
  let recorder: ReturnType<typeof start>;
  let follower: ReturnType<typeof start>;
  let replay: ReturnType<typeof start> | undefined;

  const info = async () => JSON.parse((await xgotop(['info', '--json', path])).stdout) as RecordingSummary; // prettier-ignore
  const eventCount = async () => {
    const { code, stdout } = await xgotop(['info', '--json', path]);
    return code === 0 ? (JSON.parse(stdout) as RecordingSummary).events.total : 0;
  };
  /** Until there are more; the test's own time limit ends it. */
  const moreThan = async (count: number) => {
    while ((await eventCount()) <= count) await wait(100);
  };

  beforeAll(async () => {
    steady = spawn(buildGoProgram('test/kernel/testdata/steady'), {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => steady.stdout!.once('data', resolve));
    recorder = start(['record', '-p', `${steady.pid!}`, '-o', path]);
    await moreThan(0);
    follower = start(['cat', '--follow', '--json', '--fields', 'time_ns', path]);
  });
  afterAll(() => {
    for (const child of [recorder.child, follower.child, replay?.child, steady]) {
      child?.kill('SIGKILL');
    }
    rmSync(folder, { recursive: true });
  });

  kernelTest('info says that it is not complete, and tells of more events later', async () => {
    const first = await info();
    expect(first.file).toMatchObject({ complete: false, damage: null });
    expect(first.events.total).toBeGreaterThan(0);
    await moreThan(first.events.total);
    const second = await info();
    expect(second.duration_ns).toBeGreaterThan(first.duration_ns);
    expect(second.goroutines.created).toBeGreaterThan(first.goroutines.created);
    expect(second.end.reason).toBeNull();
  });

  kernelTest('query counts more rows later, none of them anew', async () => {
    const count = async (where: string) => {
      const sql = `SELECT count(*) AS n, max(time_ns) AS latest FROM events WHERE ${where}`;
      const { code, stdout } = await xgotop(['query', path, sql, '--format', 'json']);
      expect(code).toBe(0);
      return (JSON.parse(stdout) as { n: number; latest: number }[])[0]!;
    };
    const first = await count('true');
    await moreThan(first.n);
    const second = await count('true');
    expect(second.n).toBeGreaterThan(first.n);
    // What was there stays as it was; a chunk may begin a little before the one before it ended.
    const early = await count(`time_ns < ${first.latest - 10_000_000}`);
    await moreThan(second.n);
    expect(await count(`time_ns < ${first.latest - 10_000_000}`)).toEqual(early);
  });

  kernelTest('replay shows more on the page that is open', async () => {
    const server = (replay = start(['replay', path, '--no-open']));
    const address = new Promise<string>((resolve, reject) => {
      server.child.stdout.once('data', (text: Buffer) => resolve(text.toString().trim()));
      void server.done.then(({ stderr }) => reject(new Error(stderr)));
    });
    const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: CHROMIUM });
    try {
      const page = await browser.newPage();
      await page.goto(await address);
      const shown = async () =>
        Number(await page.locator('[data-event-count]').first().getAttribute('data-event-count'));
      await expect.poll(shown, PATIENCE).toBeGreaterThan(0);
      await expect.poll(shown, PATIENCE).toBeGreaterThan((await shown()) + 100);
      expect(await page.locator('[data-status]').first().getAttribute('data-status')).toBe('live');
    } finally {
      await browser.close();
      server.child.kill('SIGINT');
      expect((await server.done).code).toBe(0);
    }
  });

  kernelTest('cat --follow prints every event once, and ends with the recording', async () => {
    recorder.child.kill('SIGINT');
    expect((await recorder.done).code).toBe(0);
    const { code, stdout, stderr } = await follower.done;
    expect([code, stderr]).toEqual([0, '']);
    const whole = await info();
    expect(whole.file.complete).toBe(true);
    expect(stdout.trimEnd().split('\n').length).toBe(whole.events.total);
  });
});
