/** The viewer in a real browser, on recordings that grow while it shows them. */
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRecording } from '../../src/format/index.ts';
import { createLiveFeed } from '../../src/replay/live-feed.ts';
import { startReplayServer } from '../../src/replay/replay-server.ts';
import { sampleRecording } from '../format/sample-recording.ts';
import { allDrawn, hasBrowser, numberAt, startBrowser, type TestBrowser } from './open-viewer.ts';

const sample = sampleRecording();

describe.skipIf(!hasBrowser())('the viewer', () => {
  let browser: TestBrowser;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xgotop-growing-'));
    browser = await startBrowser();
  });

  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });

  it('shows what a growing recording gains, while it grows', async () => {
    const livePath = join(folder, 'live.arrow');
    const { bytes } = sample;
    const { chunks } = await openRecording(sample.source);
    const ends = chunks.map(
      ({ byteOffset, metadataBytes, bodyBytes }) => byteOffset + metadataBytes + bodyBytes,
    );
    const feed = createLiveFeed();
    await writeFile(livePath, '');
    let at = 0;
    const grow = async (end: number): Promise<void> => {
      const part = bytes.subarray(at, end);
      at = end;
      await appendFile(livePath, part);
      feed.append([part]);
    };
    await grow(ends[0]!);
    const liveServer = await startReplayServer({ recordingPath: livePath, feed });
    await browser.on(liveServer.url, async (page) => {
      let eventCount = chunks[0]!.rowCount;
      await allDrawn(page, eventCount);
      expect(await page.locator('[data-status]').getAttribute('data-status')).toBe('live');
      const latenciesMs: number[] = [];
      for (const [index, end] of ends.entries()) {
        if (index === 0) continue;
        eventCount += chunks[index]!.rowCount;
        const drawn = page.evaluate(
          (wanted) =>
            new Promise<number>((done) => {
              const look = (): void => {
                const count = document.querySelector<HTMLElement>('[data-drawn-event-count]')
                  ?.dataset['drawnEventCount'];
                if (count === wanted) done(performance.timeOrigin + performance.now());
                else requestAnimationFrame(look);
              };
              look();
            }),
          String(eventCount),
        );
        await page.waitForTimeout(100);
        const appendedAt = performance.timeOrigin + performance.now();
        await grow(end);
        latenciesMs.push((await drawn) - appendedAt);
      }
      process.stderr.write(
        `append to drawn, ms: ${latenciesMs.map((ms) => ms.toFixed(0)).join(' ')}\n`,
      );
      expect(await numberAt(page, 'data-drawn-event-count')).toBe(eventCount);
      expect(await page.locator('footer').getAttribute('data-mode')).toBe('following');
      await grow(bytes.length);
      feed.end();
      await page.locator('[data-status]').waitFor({ state: 'detached' });
    });
    await liveServer.close();
  });

  it('catches up when it comes late, and follows a file that nobody announces', async () => {
    const followedPath = join(folder, 'followed.arrow');
    const { bytes } = sample;
    const { chunks } = await openRecording(sample.source);
    const middle = chunks[3]!.byteOffset;
    await writeFile(followedPath, bytes.subarray(0, middle));
    const followed = await startReplayServer({ recordingPath: followedPath });
    await browser.on(followed.url, async (page) => {
      await allDrawn(
        page,
        chunks.slice(0, 3).reduce((sum, { rowCount }) => sum + rowCount, 0),
      );
      await appendFile(followedPath, bytes.subarray(middle));
      await allDrawn(
        page,
        chunks.reduce((sum, { rowCount }) => sum + rowCount, 0),
      );
      await page.locator('[data-status]').waitFor({ state: 'detached' });
      expect(await numberAt(page, 'data-lost-count')).toBe(18);
    });
    await followed.close();
  });

  it('can be stopped, looked back on and caught up with while it grows; a second page sees all', async () => {
    const path = join(folder, 'dvr.arrow');
    const { bytes } = sample;
    const { chunks } = await openRecording(sample.source);
    const ends = chunks.map(
      ({ byteOffset, metadataBytes, bodyBytes }) => byteOffset + metadataBytes + bodyBytes,
    );
    const eventsUpTo = (index: number): number =>
      chunks.slice(0, index + 1).reduce((sum, { rowCount }) => sum + rowCount, 0);
    await writeFile(path, bytes.subarray(0, ends[1]));
    // Its beginning is in the file alone, as it is of a recording longer than what is held.
    const feed = createLiveFeed(ends[1]);
    let at = ends[1]!;
    const grow = async (end: number): Promise<void> => {
      const part = bytes.subarray(at, end);
      at = end;
      await appendFile(path, part);
      feed.append([part]);
    };
    const server = await startReplayServer({ recordingPath: path, feed });
    await browser.on(server.url, async (page) => {
      await allDrawn(page, eventsUpTo(1));
      const mode = (): Promise<string | null> => page.locator('footer').getAttribute('data-mode');
      expect(await mode()).toBe('following');
      await page.getByText(/^live, \d+ ms behind$/).waitFor();
      await page.keyboard.press('Space');
      expect(await mode()).toBe('paused');
      const stoppedNs = await numberAt(page, 'data-time-ns');
      const windowNs = await numberAt(page, 'data-window-start-ns');
      await grow(ends[2]!);
      await allDrawn(page, eventsUpTo(2));
      // Nothing moves, while more is known.
      expect(await numberAt(page, 'data-time-ns')).toBe(stoppedNs);
      expect(await numberAt(page, 'data-window-start-ns')).toBe(windowNs);
      await page.keyboard.press('Home');
      expect(await numberAt(page, 'data-time-ns')).toBe(0);
      await grow(ends[3]!);
      await allDrawn(page, eventsUpTo(3));
      expect(await numberAt(page, 'data-behind-ns')).toBe(chunks[3]!.maxNs);
      await page.getByText(/^\d+\.\d s behind live$/).waitFor();
      await page.getByRole('button', { name: 'catch up' }).click();
      expect(await mode()).toBe('following');
      await page.waitForFunction(
        () =>
          Number(document.querySelector<HTMLElement>('[data-behind-ns]')?.dataset['behindNs']) <
          2e9,
      );
      expect(await numberAt(page, 'data-time-ns')).toBeGreaterThanOrEqual(stoppedNs);

      const second = await browser.context.newPage();
      await second.goto(server.url);
      await allDrawn(second, eventsUpTo(3));
      for (const name of ['data-end-ns', 'data-lost-count', 'data-most-goroutines']) {
        expect([name, await numberAt(second, name)]).toEqual([name, await numberAt(page, name)]);
      }
      await grow(bytes.length);
      feed.end();
      for (const each of [page, second]) {
        await allDrawn(each, eventsUpTo(chunks.length - 1));
        await each.locator('[data-status]').waitFor({ state: 'detached' });
        expect(await each.locator('[data-behind-ns]').count()).toBe(0);
      }
      await second.close();
    });
    await server.close();
  });
});
