/** What axe finds on the page, in each of its states and in both themes: nothing. */
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import type { AxeResults } from 'axe-core';
import { describe, expect, it } from 'vitest';
import { createLiveFeed } from '../../src/replay/live-feed.ts';
import { startReplayServer } from '../../src/replay/replay-server.ts';
import { sampleRecording } from '../format/sample-recording.ts';
import { allDrawn, artefact, hasBrowser } from './open-viewer.ts';
import { servedViewer } from './served-viewer.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const BUILT_PAGE = fileURLToPath(new URL('../../viewer/dist/index.html', import.meta.url));

/** Each state of the page: the address's fragment, and how one gets there. */
const STATES: readonly [name: string, fragment: string, enter: (page: Page) => Promise<void>][] = [
  ['as it opens', '', async () => {}],
  [
    'with the keys shown',
    '',
    async (page) => {
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    },
  ],
  [
    'with the palette',
    '',
    async (page) => {
      await page.keyboard.press(':');
      await page.getByRole('dialog', { name: 'Commands' }).waitFor();
    },
  ],
  [
    'with nothing in the palette',
    '',
    async (page) => {
      await page.keyboard.press(':');
      await page.keyboard.type('qqqqq');
      await page.getByText('Nothing is called so').waitFor();
    },
  ],
  [
    'with a span selected',
    '#sel=g:44&at=20000000',
    (page) => page.locator('[data-selected-goid]').waitFor(),
  ],
  [
    'with a part of time chosen',
    '',
    async (page) => {
      const ruler = (await page.locator('.ticks').boundingBox())!;
      await page.mouse.move(ruler.x + 200, ruler.y + 8);
      await page.mouse.down();
      await page.mouse.move(ruler.x + 400, ruler.y + 8, { steps: 3 });
      await page.mouse.up();
      await page.locator('[data-area-start-ns]').waitFor();
    },
  ],
  [
    'with a tooltip',
    '',
    async (page) => {
      const box = (await page.locator('canvas[data-drawn-event-count]').boundingBox())!;
      await page.mouse.move(box.x + 300, box.y + 100);
      await page.getByRole('tooltip').waitFor();
    },
  ],
  [
    'by parent, with groups open, one pinned and one hidden',
    '#by=parent&pin=44&hide=5&loop=1&skip=1&all=1&range=1000000-9000000',
    (page) => page.locator('[aria-level="3"]').first().waitFor(),
  ],
  [
    'with a search that is no expression',
    '',
    async (page) => {
      await page.keyboard.press('/');
      await page.keyboard.type('/(/');
      await page.locator('[aria-invalid="true"]').waitFor();
    },
  ],
];

describe.skipIf(!hasBrowser())('axe', () => {
  const viewer = servedViewer(() => sampleRecording().bytes);

  /** Rule, element and reason of everything that it finds. */
  async function findings(page: Page): Promise<string[]> {
    await page.evaluate(await readFile(AXE, 'utf8'));
    // Style sheets are as the browser has applied them: of a page without a server none can be read.
    const { violations } = await page.evaluate<AxeResults>('axe.run({ preload: false })');
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`),
    );
  }

  async function inTheme(page: Page, theme: 'dark' | 'light'): Promise<void> {
    await page.emulateMedia({ colorScheme: theme });
    await page.locator(`[data-theme="${theme}"]`).first().waitFor({ state: 'attached' });
  }

  describe.each(['dark', 'light'] as const)('finds nothing in the %s theme', (theme) => {
    it.each(STATES)('%s', async (name, fragment, enter) => {
      await viewer.browser.on(viewer.url + fragment, async (page) => {
        await inTheme(page, theme);
        await allDrawn(page);
        await enter(page);
        await page.screenshot({
          path: artefact(`axe-${theme}-${name.replaceAll(/\W+/g, '-')}.png`),
        });
        expect(await findings(page)).toEqual([]);
      });
    });

    it('of a recording that was cut off', async () => {
      await viewer.browser.on(pathToFileURL(BUILT_PAGE).href, async (page) => {
        await inTheme(page, theme);
        await page.locator('input[type="file"]').setInputFiles({
          name: 'cut.arrow',
          mimeType: 'application/octet-stream',
          buffer: Buffer.from(sampleRecording({ cutOff: true }).bytes),
        });
        await page.locator('[data-status="cut"]').waitFor();
        expect(await findings(page)).toEqual([]);
      });
    });

    it('of one that grows, followed and stopped', async () => {
      const path = join(viewer.folder, `live-${theme}.arrow`);
      const { bytes } = sampleRecording({ cutOff: true });
      await writeFile(path, bytes);
      const feed = createLiveFeed(bytes.length);
      const live = await startReplayServer({ recordingPath: path, feed });
      await viewer.browser.on(live.url, async (page) => {
        await page.emulateMedia({ reducedMotion: 'reduce' });
        await inTheme(page, theme);
        await page.locator('[data-mode="following"]').waitFor();
        expect(await findings(page)).toEqual([]);
        await page.screenshot({ path: artefact(`axe-${theme}-live.png`) });
        await page.keyboard.press('Home');
        await page.getByText('catch up').waitFor();
        expect(await findings(page)).toEqual([]);
      });
      await live.close();
    });

    it('on the page to drop a file on', async () => {
      await viewer.browser.on(pathToFileURL(BUILT_PAGE).href, async (page) => {
        await inTheme(page, theme);
        await page.getByText('Drop a recording here').waitFor();
        expect(await findings(page)).toEqual([]);
      });
    });

    it('on the page that says what is wrong', async () => {
      await viewer.browser.on(pathToFileURL(BUILT_PAGE).href, async (page) => {
        await inTheme(page, theme);
        await page.locator('input[type="file"]').setInputFiles({
          name: 'other.arrow',
          mimeType: 'application/octet-stream',
          buffer: Buffer.alloc(5000, 'not a recording '),
        });
        await page.getByRole('alert').waitFor();
        expect(await findings(page)).toEqual([]);
      });
    });
  });

  it('would find something: a button without a name, text that is hard to read', async () => {
    await viewer.browser.on(viewer.url, async (page) => {
      await allDrawn(page);
      await page.evaluate(() => {
        const button = document.createElement('button');
        const text = document.createElement('p');
        text.textContent = 'hard to read';
        text.style.cssText = 'color: #888; background: #999; position: fixed; top: 0; z-index: 9';
        document.querySelector('.screen')!.append(button, text);
      });
      const rules = (await findings(page)).map((finding) => finding.split(':')[0]);
      expect(rules).toEqual(expect.arrayContaining(['button-name', 'color-contrast']));
    });
  });
});
