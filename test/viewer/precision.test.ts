/** Single nanoseconds on screen in a real browser, in a short recording and after thirty days. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startReplayServer, type ReplayServer } from '../../src/replay/replay-server.ts';
import { formatTime } from '../../viewer/src/format/format-time.ts';
import {
  allDrawn,
  artefact,
  hasBrowser,
  numberAt,
  startBrowser,
  type TestBrowser,
} from './open-viewer.ts';
import { timedRecording, type Change } from './timed-recording.ts';

const DAYS_30_NS = 30 * 86_400e9;

/** Goroutine 7 runs for three ns, from `fromNs` on. */
function around(fromNs: number): Change[] {
  return [
    { timeNs: fromNs - 6, goid: 7, to: 'runnable' },
    { timeNs: fromNs, goid: 7, to: 'running' },
    { timeNs: fromNs + 3, goid: 7, to: 'waiting' },
  ];
}

const CASES = [
  { name: 'of two microseconds', fromNs: 1007, endNs: 2000 },
  { name: 'of thirty days', fromNs: DAYS_30_NS - 1_000_000_009, endNs: DAYS_30_NS },
];

describe.skipIf(!hasBrowser())('single nanoseconds', () => {
  let browser: TestBrowser;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xgotop-precision-'));
    browser = await startBrowser();
  });

  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });

  async function serve(fromNs: number, endNs: number): Promise<ReplayServer> {
    const path = join(folder, `${endNs}.arrow`);
    // Something at the very beginning, too, so that the whole length is one recording.
    const changes: Change[] = [{ timeNs: 1, goid: 8, to: 'runnable' }, ...around(fromNs)];
    await writeFile(path, timedRecording([7, 8], changes, endNs));
    return startReplayServer({ recordingPath: path });
  }

  it.each(CASES)('of a recording $name are told apart', async ({ fromNs, endNs }) => {
    const server = await serve(fromNs, endNs);
    const hash = `#t=${fromNs - 8}&z=20&at=${fromNs}&sel=g:7`;
    await browser.on(server.url + hash, async (page) => {
      await allDrawn(page);
      await page.locator('[data-selected-goid="7"]').waitFor();
      expect(await numberAt(page, 'data-end-ns')).toBe(endNs);
      expect(await numberAt(page, 'data-window-start-ns')).toBe(fromNs - 8);
      expect(await numberAt(page, 'data-window-span-ns')).toBe(20);
      expect(await numberAt(page, 'data-span-start-ns')).toBe(fromNs);
      const footer = page.getByRole('timer', { name: 'Playhead' });
      expect(await footer.textContent()).toContain(formatTime(fromNs));

      // Each ns of the window: what the tooltip says there is what was recorded.
      const picture = (await page.locator('canvas[data-drawn-event-count]').boundingBox())!;
      const row = (await page
        .getByRole('row', { name: 'goroutine 7,', selected: true })
        .boundingBox())!;
      const pxPerNs = picture.width / 20;
      expect(pxPerNs).toBeGreaterThan(20);
      const told: string[] = [];
      for (let ns = 0; ns < 20; ns++) {
        await page.mouse.move(picture.x + (ns + 0.5) * pxPerNs, row.y + 9);
        const title = await page.getByRole('tooltip').locator('b').textContent();
        told.push(title!.replace(/ · .*/s, ''));
      }
      const states = ['waiting', 'runnable', 'running', 'waiting'];
      const lengths = [2, 6, 3, 9];
      expect(told).toEqual(states.flatMap((state, at) => Array<string>(lengths[at]!).fill(state)));
      await page.screenshot({
        path: artefact(`viewer-ns-${endNs === DAYS_30_NS ? 'far' : 'near'}.png`),
      });

      // By keys as well: to the next event, and a place on the ruler.
      await page.keyboard.press('.');
      await timeIs(page, fromNs + 3);
      await page.keyboard.press(',');
      await page.keyboard.press(',');
      await timeIs(page, fromNs - 6);
    });
    await server.close();
  });

  it.each(CASES)(
    'of a recording $name are played one after the other',
    async ({ fromNs, endNs }) => {
      const server = await serve(fromNs, endNs);
      await browser.on(
        `${server.url}#t=${fromNs - 8}&z=20&at=${fromNs - 6}&v=10ns`,
        async (page) => {
          await allDrawn(page);
          await page.keyboard.press('l');
          await page.waitForFunction(
            (ns) =>
              Number(document.querySelector<HTMLElement>('[data-time-ns]')?.dataset['timeNs']) > ns,
            fromNs - 3,
          );
          await page.keyboard.press('k');
          const timeNs = await numberAt(page, 'data-time-ns');
          expect(timeNs).toBeLessThan(endNs);
          // The window has followed the playhead, if it had to, and has its width still.
          const startNs = await numberAt(page, 'data-window-start-ns');
          expect(timeNs).toBeGreaterThanOrEqual(startNs);
          expect(timeNs).toBeLessThanOrEqual(startNs + 20);
          expect(await numberAt(page, 'data-window-span-ns')).toBe(20);
        },
      );
      await server.close();
    },
  );

  it.each(CASES)(
    'of a recording $name are reached from all of it by keys',
    async ({ fromNs, endNs }) => {
      const server = await serve(fromNs, endNs);
      await browser.on(`${server.url}#at=${fromNs}&sel=g:7`, async (page) => {
        await allDrawn(page);
        await page.locator('[data-selected-goid="7"]').waitFor();
        await page.keyboard.press('f');
        await page.waitForFunction(
          () =>
            Number(
              document.querySelector<HTMLElement>('[data-window-span-ns]')?.dataset['windowSpanNs'],
            ) < 100,
        );
        const startNs = await numberAt(page, 'data-window-start-ns');
        const spanNs = await numberAt(page, 'data-window-span-ns');
        expect(startNs).toBeLessThanOrEqual(fromNs);
        expect(startNs + spanNs).toBeGreaterThanOrEqual(fromNs + 3);
        // No closer than that, however often one asks.
        for (let press = 0; press < 5; press++) await page.keyboard.press('w');
        expect(await numberAt(page, 'data-window-span-ns')).toBe(20);
        for (let press = 0; press < 120; press++) await page.keyboard.press('s');
        expect(await numberAt(page, 'data-window-start-ns')).toBe(0);
        expect(await numberAt(page, 'data-window-span-ns')).toBe(endNs);
      });
      await server.close();
    },
  );
});

async function timeIs(page: Page, ns: number): Promise<void> {
  await page.waitForFunction(
    (wanted) =>
      Number(document.querySelector<HTMLElement>('[data-time-ns]')?.dataset['timeNs']) === wanted,
    ns,
  );
}
