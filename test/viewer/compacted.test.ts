/** A compacted recording in a real browser shows what the recording it was made of shows. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startReplayServer } from '../../src/replay/replay-server.ts';
import { compacted } from '../format/compacted.ts';
import { openBytes } from '../format/opened.ts';
import { sampleRecording } from '../format/sample-recording.ts';
import {
  allDrawn,
  drop,
  hasBrowser,
  numberAt,
  startBrowser,
  type TestBrowser,
} from './open-viewer.ts';

const FIXTURE = new URL('../fixtures/format-2-compacted.arrow', import.meta.url);
const BUILT_PAGE = fileURLToPath(new URL('../../viewer/dist/index.html', import.meta.url));

/** Everything that is drawn of the lanes, and what is told of a goroutine. */
async function look(page: Page) {
  await allDrawn(page);
  await page.keyboard.press('/');
  await page.keyboard.type('g44');
  await page.keyboard.press('Enter');
  await page.locator('[data-selected-goid="44"]').waitFor();
  await page
    .getByLabel('Selection')
    .getByText(/main\.go:\d/)
    .first()
    .waitFor();
  // All of them again, in a window in which there are single spans.
  await page.keyboard.press('/');
  await page.keyboard.press('Delete');
  await page.keyboard.press('Escape');
  await page.keyboard.press('f');
  await page.getByRole('checkbox', { name: 'in view' }).uncheck();
  return {
    eventCount: await numberAt(page, 'data-event-count'),
    lostCount: await numberAt(page, 'data-lost-count'),
    laneCount: await numberAt(page, 'data-lane-count'),
    spanNs: await numberAt(page, 'data-window-span-ns'),
    dock: await page.getByLabel('Selection').textContent(),
    picture: await settledPicture(page),
  };
}

/** A digest of the lanes' picture, once it no longer changes. */
async function settledPicture(page: Page): Promise<string> {
  let before: string;
  let now = '';
  do {
    before = now;
    await page.waitForTimeout(400);
    const url = await page
      .locator('canvas[data-drawn-event-count]')
      .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
    now = createHash('sha256').update(url).digest('hex');
  } while (now !== before);
  return now;
}

describe.skipIf(!hasBrowser())('a compacted recording', () => {
  // In chunks without losses: what is lost is told of a whole chunk, and those are longer here.
  const plain = sampleRecording({ chunkRows: 12_000 });
  let browser: TestBrowser;
  let folder: string;
  let packed: Uint8Array;
  /** What the page shows of the plain one. */
  let wanted: Awaited<ReturnType<typeof look>>;

  /** Serve bytes, and do something on the page. */
  async function served(bytes: Uint8Array, act: (page: Page) => Promise<void>): Promise<void> {
    const path = join(folder, 'run.arrow');
    await writeFile(path, bytes);
    const server = await startReplayServer({ recordingPath: path });
    await browser.on(server.url, act);
    await server.close();
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xgotop-compacted-'));
    browser = await startBrowser();
    packed = await compacted(plain.bytes);
    expect((await openBytes(packed)).meta.compression).toBe('zstd');
    expect(packed.length).toBeLessThan(plain.bytes.length / 2);
    await served(plain.bytes, async (page) => {
      wanted = await look(page);
    });
  });

  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });

  it('is shown over http as the plain one is', async () => {
    expect(wanted.eventCount).toBe(plain.chunks.reduce((sum, { rowCount }) => sum + rowCount, 0));
    await served(packed, async (page) => expect(await look(page)).toEqual(wanted));
  });

  it('is shown when it is dropped on the page in a folder, without any server', async () => {
    await browser.on(pathToFileURL(BUILT_PAGE).href, async (page) => {
      await page.getByText('Drop a recording here').waitFor();
      await browser.context.setOffline(true);
      try {
        await drop(page, 'packed.arrow', packed);
        expect(await look(page)).toEqual(wanted);
      } finally {
        await browser.context.setOffline(false);
      }
    });
  });

  it('is shown as an older xgotop wrote it', async () => {
    const bytes = await readFile(FIXTURE);
    const { chunks } = await openBytes(bytes);
    await served(bytes, async (page) => {
      await allDrawn(page);
      expect(await numberAt(page, 'data-event-count')).toBe(
        chunks.reduce((sum, { rowCount }) => sum + rowCount, 0),
      );
    });
  });

  it('says what is wrong when its bytes are damaged', async () => {
    const damaged = packed.slice();
    const { chunks } = await openBytes(packed);
    const { byteOffset, metadataBytes, bodyBytes } = chunks.at(-1)!;
    damaged.fill(0x5a, byteOffset + metadataBytes, byteOffset + metadataBytes + bodyBytes);
    await browser.on(pathToFileURL(BUILT_PAGE).href, async (page) => {
      await page.getByText('Drop a recording here').waitFor();
      await drop(page, 'damaged.arrow', damaged);
      const status = page.locator('[data-status="broken"]');
      await status.waitFor();
      expect(await status.getAttribute('title')).toContain('a compressed buffer');
    });
  });
});
