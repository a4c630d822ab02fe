/** A real browser on the built viewer, for tests: started once, a fresh profile, no network. */
import { existsSync, mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { expect } from 'vitest';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => existsSync(path),
);

/** Whether there is a browser to test with; says so when there is none. */
export function hasBrowser(): boolean {
  if (CHROMIUM !== undefined) return true;
  if (process.env['REQUIRE_KERNEL'] === '1') throw new Error('no Chromium was found');
  process.stderr.write('no Chromium was found: the tests of the page are skipped\n');
  return false;
}

export interface TestBrowser {
  context: BrowserContext;
  /** Open a page, do something on it, and see that no script failed meanwhile. */
  on(url: string, act: (page: Page) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** Start it. */
export async function startBrowser(): Promise<TestBrowser> {
  const profile = await mkdtemp(join(tmpdir(), 'xgotop-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM!,
    viewport: { width: 1440, height: 860 },
    colorScheme: 'dark',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  return {
    context,
    async on(url, act) {
      const page = await context.newPage();
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') problems.push(message.text());
      });
      page.on('dialog', (dialog) => {
        problems.push(`dialog ${dialog.message()}`);
        void dialog.dismiss();
      });
      await page.goto(url);
      await act(page);
      expect(problems).toEqual([]);
      await page.close();
    },
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

/** Wait until everything read so far has been drawn. */
export async function allDrawn(page: Page, eventCount?: number): Promise<void> {
  await page.waitForFunction(
    (wanted) => {
      const told = document.querySelector<HTMLElement>('[data-event-count]')?.dataset['eventCount'];
      const drawn = document.querySelector<HTMLElement>('[data-drawn-event-count]')?.dataset[
        'drawnEventCount'
      ];
      const isReading = document.querySelector('[data-status="reading"]') !== null;
      return (
        !isReading &&
        drawn !== undefined &&
        drawn === told &&
        (wanted === undefined || drawn === String(wanted))
      );
    },
    eventCount,
    { timeout: 30_000 },
  );
}

/** Where a screenshot goes to be looked at. */
export function artefact(name: string): string {
  const folder = fileURLToPath(new URL('../../artefacts/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  return join(folder, name);
}

/** A number that an element carries as a data attribute. */
export async function numberAt(page: Page, attribute: string): Promise<number> {
  return Number(await page.locator(`[${attribute}]`).first().getAttribute(attribute));
}

/** Drop a file onto the page. */
export async function drop(page: Page, name: string, bytes: Uint8Array): Promise<void> {
  const transfer = await page.evaluateHandle(
    ({ name: fileName, base64 }) => {
      const data = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
      const dropped = new DataTransfer();
      dropped.items.add(new File([data], fileName));
      return dropped;
    },
    { name, base64: Buffer.from(bytes).toString('base64') },
  );
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
}
