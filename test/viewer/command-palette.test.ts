/** The command palette in a real browser: the keys alone, and what a screen reader is told. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { ACTIONS } from '../../viewer/src/session/keys.ts';
import { sampleRecording } from '../format/sample-recording.ts';
import { allDrawn, artefact, hasBrowser, numberAt } from './open-viewer.ts';
import { servedViewer } from './served-viewer.ts';

const OPEN = 'Control+Shift+P';

describe.skipIf(!hasBrowser())('the command palette', () => {
  const viewer = servedViewer(() => sampleRecording().bytes);

  /** The page with the palette open. */
  const withPalette = (act: (page: Page) => Promise<void>, key = OPEN): Promise<void> =>
    viewer.browser.on(viewer.url, async (page) => {
      await allDrawn(page);
      await page.keyboard.press(key);
      await page.getByRole('dialog', { name: 'Commands' }).waitFor();
      await act(page);
    });

  it.each([OPEN, 'Meta+Shift+P', ':'])('opens by %s with all commands and places', async (key) => {
    await withPalette(async (page) => {
      const ids = await page
        .getByRole('dialog')
        .getByRole('option')
        .evaluateAll((options) => options.map((each) => (each as HTMLElement).dataset['entry']));
      for (const action of ACTIONS) {
        if (action !== 'palette') expect(ids).toContain(action);
      }
      expect(ids).toContain('mark 0');
      expect(ids).toContain('function main.worker');
      await page.screenshot({ path: artefact('viewer-palette.png') });
    }, key);
  });

  it('is a combobox whose chosen option the arrow keys move, round and round', async () => {
    await withPalette(async (page) => {
      const box = page.getByRole('combobox', { name: 'Command, or where to go' });
      const chosen = async (): Promise<string | null> => {
        const id = await box.getAttribute('aria-activedescendant');
        const option = page.getByRole('dialog').getByRole('option', { selected: true });
        expect(await option.count()).toBe(1);
        expect(await option.getAttribute('id')).toBe(id);
        return option.getAttribute('data-entry');
      };
      expect(await box.evaluate((element) => element === document.activeElement)).toBe(true);
      expect(await page.locator(`#${(await box.getAttribute('aria-controls'))!}`).count()).toBe(1);
      const seen = [await chosen()];
      for (const key of ['ArrowDown', 'ArrowDown', 'ArrowUp', 'PageDown', 'PageUp']) {
        await page.keyboard.press(key);
        seen.push(await chosen());
      }
      const [a, b, c] = ACTIONS;
      expect(seen).toEqual([a, b, c, b, ACTIONS[11], b]);
      await page.keyboard.press('ArrowUp');
      await page.keyboard.press('ArrowUp');
      await page.locator('[role="option"][aria-selected="true"]', { hasText: 'go to' }).waitFor();
      // The chosen one is always on screen.
      const [list, option] = await Promise.all([
        page.getByRole('listbox').boundingBox(),
        page.getByRole('dialog').getByRole('option', { selected: true }).boundingBox(),
      ]);
      expect(option!.y + option!.height).toBeLessThanOrEqual(list!.y + list!.height + 1);
    });
  });

  it('does what was chosen, keeps the keys from what is behind, and gives the focus back', async () => {
    await viewer.browser.on(viewer.url, async (page) => {
      await allDrawn(page);
      const wholeNs = await numberAt(page, 'data-window-span-ns');
      const loop = page.getByRole('button', { name: 'loop' });
      await loop.focus();
      await page.keyboard.press(OPEN);
      // W would zoom, Space would play.
      await page.keyboard.type('w k ');
      expect(await numberAt(page, 'data-window-span-ns')).toBe(wholeNs);
      await page.getByRole('combobox', { name: 'Command, or where to go' }).fill('zoom in');
      await page.keyboard.press('Enter');
      await page.locator('dialog').waitFor({ state: 'detached' });
      expect(await numberAt(page, 'data-window-span-ns')).toBeCloseTo(wholeNs * 0.7, 0);
      expect(await loop.evaluate((element) => element === document.activeElement)).toBe(true);
      await page.keyboard.press(OPEN);
      await page.keyboard.press('Escape');
      await page.locator('dialog').waitFor({ state: 'detached' });
      expect(await loop.evaluate((element) => element === document.activeElement)).toBe(true);
      expect(await page.locator('footer').getAttribute('data-mode')).toBe('paused');
    });
  });

  it.each([
    ['Commands', ':'],
    ['Keys', '?'],
  ])('keeps the focus, as all dialogs: %s', async (name, key) => {
    await viewer.browser.on(viewer.url, async (page) => {
      await allDrawn(page);
      const help = page.getByRole('button', { name: 'Keys' });
      await help.focus();
      await page.keyboard.press(key);
      const dialog = page.getByRole('dialog', { name });
      await dialog.waitFor();
      for (let i = 0; i < 5; i++) {
        // Between the last and the first thing in it the browser's own controls have the focus.
        const isInside = await page.evaluate(
          () =>
            document.activeElement === document.body ||
            document.querySelector('dialog')!.contains(document.activeElement),
        );
        expect(isInside).toBe(true);
        await page.keyboard.press('Tab');
      }
      await page.keyboard.press('Escape');
      await page.locator('dialog').waitFor({ state: 'detached' });
      expect(await help.evaluate((element) => element === document.activeElement)).toBe(true);
    });
  });

  it('has the focus given back by the button of the keys as well', async () => {
    await viewer.browser.on(viewer.url, async (page) => {
      await allDrawn(page);
      await page.getByRole('button', { name: 'Keys' }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Close' }).press('Enter');
      await page.locator('dialog').waitFor({ state: 'detached' });
      const name = await page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
      expect(name).toBe('Keys');
    });
  });

  it.each<[string, string]>([
    ['g44', '[data-selected-goid="44"]'],
    ['0.001234 s', '[data-time-ns="1234000"]'],
    ['find by name', 'input[type="search"]:focus'],
    ['this help', 'dialog[aria-label="Keys"]'],
  ])('goes by %s to %s', async (typed, found) => {
    await withPalette(async (page) => {
      await page.keyboard.type(typed);
      await page.keyboard.press('Enter');
      await page.locator(found).waitFor();
      await page.locator('dialog[aria-label="Commands"]').waitFor({ state: 'detached' });
    });
  });

  it('goes to a mark', async () => {
    await withPalette(async (page) => {
      await page.keyboard.type('go to mark chunk');
      const note = await page
        .getByRole('dialog')
        .getByRole('option')
        .first()
        .locator('.note')
        .textContent();
      await page.keyboard.press('Enter');
      await page.locator('dialog').waitFor({ state: 'detached' });
      const atNs = await numberAt(page, 'data-time-ns');
      expect(atNs).toBeGreaterThan(0);
      expect(Math.abs(atNs / 1e9 - Number(note!.replace(/[^\d.]/g, '')))).toBeLessThan(1e-6);
    });
  });

  it('shows a goroutine whatever hides it, and says when nothing is called so', async () => {
    await viewer.browser.on(`${viewer.url}#q=nothing+is+called+so&hide=44`, async (page) => {
      await page.waitForSelector('[data-lane-count="0"]');
      await page.keyboard.press(':');
      await page.keyboard.type('qqqqq');
      await page.getByRole('status').getByText('Nothing is called so').waitFor();
      await page.keyboard.press('Enter');
      await page.getByRole('combobox', { name: 'Command, or where to go' }).fill('44');
      await page.keyboard.press('Enter');
      await page.locator('[data-selected-goid="44"]').waitFor();
      await page.locator('.lane.selected', { hasText: 'g44' }).waitFor();
    });
  });
});
