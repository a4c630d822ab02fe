/** A running program on the page, as `replay --live` shows it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { chromium, type Browser, type Page } from 'playwright-core';
import { kernelTest } from '../kernel-support.ts';
import { buildGoProgram } from './go-program.ts';
import { start } from './xgotop.ts';

const CHROMIUM = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'];

describe('replay --live', () => {
  const temporary = mkdtempSync(join(tmpdir(), 'xgotop-live-'));
  let steady: ChildProcess;
  let browser: Browser;
  let page: Page;
  let replay: ReturnType<typeof start>;

  beforeAll(async () => {
    steady = spawn(buildGoProgram('test/kernel/testdata/steady'), {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => steady.stdout!.once('data', resolve));
    process.env['TMPDIR'] = temporary;
    replay = start(['replay', '--live', '-p', `${steady.pid}`, '--no-open']);
    delete process.env['TMPDIR'];
    const url = await new Promise<string>((resolve, reject) => {
      let said = '';
      replay.child.stderr.on('data', (text: Buffer) => {
        said += text.toString();
        const match = /Live: (\S+)/.exec(said);
        if (match) resolve(match[1]!);
      });
      void replay.done.then(({ stderr }) => reject(new Error(stderr)));
    });
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: CHROMIUM });
    page = await browser.newPage();
    await page.goto(url);
  });
  afterAll(async () => {
    steady.kill('SIGKILL');
    replay.child.kill('SIGKILL');
    await browser.close();
  });

  const count = async (name: string) =>
    Number(await page.locator(`[${name}]`).first().getAttribute(name));

  kernelTest('shows events as they happen', async () => {
    await expect.poll(() => count('data-event-count'), { timeout: 20_000 }).toBeGreaterThan(100);
    const before = await count('data-event-count');
    await expect
      .poll(() => count('data-event-count'), { timeout: 20_000 })
      .toBeGreaterThan(before + 200);
    expect(await count('data-lost-count')).toBe(0);
    expect(await page.locator('[data-status]').first().getAttribute('data-status')).toBe('live');
  });

  kernelTest('ends at Ctrl-C and leaves no file behind', async () => {
    replay.child.kill('SIGINT');
    expect((await replay.done).code).toBe(0);
    // The folder for the sockets of marks stays, empty.
    const left = readdirSync(temporary, { recursive: true }).map(String);
    expect(left.filter((name) => name !== `xgotop-${process.getuid!()}`)).toEqual([]);
  });
});
