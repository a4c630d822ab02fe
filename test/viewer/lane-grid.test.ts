/** The lanes for who works by the keys, or does not see them: a treegrid in a real browser. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { openRecording, STATES } from '../../src/format/index.ts';
import { LANE_COLUMNS, SpanBuilder } from '../../src/format/lanes/span-builder.ts';
import { formatDuration } from '../../viewer/src/format/format-duration.ts';
import { sampleRecording, WAIT_REASONS } from '../format/sample-recording.ts';
import { allDrawn, hasBrowser, numberAt } from './open-viewer.ts';
import { servedViewer } from './served-viewer.ts';

describe.skipIf(!hasBrowser())('the lanes', () => {
  const sample = sampleRecording();

  const viewer = servedViewer(() => sample.bytes);

  interface FocusedRow {
    name: string;
    rowIndex: number;
    level: number;
    expanded: string | null;
    selected: string | null;
  }

  /** The row that has the focus; undefined when another thing has it. */
  const focused = (page: Page): Promise<FocusedRow | undefined> =>
    page.evaluate(() => {
      const row = document.activeElement;
      if (row?.getAttribute('role') !== 'row') return undefined;
      return {
        name: row.getAttribute('aria-label') ?? '',
        rowIndex: Number(row.getAttribute('aria-rowindex')),
        level: Number(row.getAttribute('aria-level')),
        expanded: row.getAttribute('aria-expanded'),
        selected: row.getAttribute('aria-selected'),
      };
    });

  /** Press a key and wait until the row in a place of the list has the focus. */
  async function pressTo(page: Page, key: string, rowIndex: number): Promise<FocusedRow> {
    await page.keyboard.press(key);
    await page.waitForFunction(
      (wanted) => document.activeElement?.getAttribute('aria-rowindex') === String(wanted),
      rowIndex,
      { timeout: 5000 },
    );
    return (await focused(page))!;
  }

  /** Go there by Tab alone. */
  async function tabToGrid(page: Page): Promise<FocusedRow> {
    for (let i = 0; i < 30; i++) {
      await page.keyboard.press('Tab');
      const row = await focused(page);
      if (row !== undefined) return row;
    }
    throw new Error('Tab does not lead to the lanes');
  }

  it('are one stop for Tab, and the focus goes along with the arrow keys', async () => {
    await viewer.browser.on(viewer.url, async (page) => {
      await allDrawn(page);
      expect(await page.locator('[role="row"][tabindex="0"]').count()).toBe(1);
      expect(await tabToGrid(page)).toMatchObject({ rowIndex: 1, level: 1, expanded: 'true' });
      const rowCount = await numberAt(page, 'data-row-count');
      expect(await numberAt(page, 'aria-rowcount')).toBe(rowCount);
      expect((await pressTo(page, 'ArrowDown', 2)).name).toBe(
        'garbage collector, cycles and stops',
      );
      await pressTo(page, 'ArrowDown', 3);
      await pressTo(page, 'PageDown', 23);
      // Rows far away are made when the keys come to them.
      await pressTo(page, 'Control+End', rowCount);
      expect(await page.locator('[role="row"][tabindex="0"]').count()).toBe(1);
      await pressTo(page, 'PageUp', rowCount - 20);
      await pressTo(page, 'Control+Home', 1);
      await page.keyboard.press('Tab');
      expect(await focused(page)).toBeUndefined();
    });
  });

  it('do not take the cursor back to a goroutine when what is known of it comes late', async () => {
    await viewer.browser.on(`${viewer.url}#q=main.`, async (page) => {
      await allDrawn(page);
      await tabToGrid(page);
      const rowCount = Number(await page.getByRole('treegrid').getAttribute('aria-rowcount'));
      // The last group has one goroutine: its header is the last row but one.
      const headerIndex = rowCount - 1;
      await pressTo(page, 'Control+End', rowCount);
      await page.locator('[data-selected-goid="1"]').waitFor();
      await pressTo(page, 'ArrowUp', headerIndex);
      await pressTo(page, 'ArrowUp', headerIndex - 1);
      await page.locator('[data-selected-goid]:not([data-selected-goid="1"])').waitFor();
      const goid = await numberAt(page, 'data-selected-goid');
      await pressTo(page, 'ArrowUp', headerIndex - 2);
      await page.locator(`[data-selected-goid="${goid}"]`).waitFor({ state: 'detached' });
      // Onto the goroutine above the header and on at once: no answer comes between the two.
      await page.evaluate(() => {
        for (let i = 0; i < 2; i++) {
          document.activeElement!.dispatchEvent(
            new KeyboardEvent('keydown', { key: 'ArrowDown', code: 'ArrowDown', bubbles: true }),
          );
        }
      });
      await page.locator(`[data-selected-goid="${goid}"]`).waitFor();
      expect((await focused(page))?.rowIndex).toBe(headerIndex);
    });
  });

  it('keep the focus while they are scrolled away, and when what has it is hidden', async () => {
    await viewer.browser.on(viewer.url, async (page) => {
      await allDrawn(page);
      await tabToGrid(page);
      await pressTo(page, 'PageDown', 21);
      const box = (await page.locator('.picture').boundingBox())!;
      await page.mouse.move(box.x + 50, box.y + 50);
      await page.mouse.wheel(0, 2500);
      await page.waitForFunction(() => document.querySelector('.scroller')!.scrollTop > 2000);
      expect((await focused(page))?.rowIndex).toBe(21);
      await pressTo(page, 'ArrowDown', 22);
      await page.waitForFunction(() => document.querySelector('.scroller')!.scrollTop < 1000);
      const before = await focused(page);
      await page.locator('[data-selected-goid]').waitFor();
      await page.keyboard.press('h');
      await page.waitForFunction(
        (name) => document.activeElement?.getAttribute('aria-label') !== name,
        before!.name,
      );
      expect((await focused(page))?.rowIndex).toBe(21);
    });
  });

  it('are opened and closed by → and ← on a header; on a lane these move the playhead', async () => {
    await viewer.browser.on(viewer.url, async (page) => {
      await allDrawn(page);
      const rowCount = await numberAt(page, 'data-row-count');
      await tabToGrid(page);
      await page.keyboard.press('ArrowLeft');
      await page.locator(`[data-row-count="${rowCount - 1}"]`).waitFor();
      expect(await focused(page)).toMatchObject({ rowIndex: 1, expanded: 'false' });
      await page.keyboard.press('ArrowRight');
      await page.locator(`[data-row-count="${rowCount}"]`).waitFor();
      expect(await focused(page)).toMatchObject({ rowIndex: 1, expanded: 'true' });
      expect(await numberAt(page, 'data-time-ns')).toBe(0);
      await pressTo(page, 'ArrowRight', 2);
      await page.keyboard.press('ArrowRight');
      await page.waitForFunction(
        () => document.querySelector<HTMLElement>('[data-time-ns]')?.dataset['timeNs'] !== '0',
      );
      expect(await focused(page)).toMatchObject({ rowIndex: 2, level: 2 });
    });
  });

  it('say of a goroutine its number, function, state and for how long', async () => {
    const recording = await openRecording(sample.source);
    const builder = new SpanBuilder();
    builder.addGoroutines(recording.goroutines);
    for (const { chunkIndex } of recording.chunks) {
      builder.addChunk(await recording.readEvents(chunkIndex, LANE_COLUMNS));
    }
    const { spans } = builder;
    const lane = builder.laneOfGoid.get(44)!;
    let span = spans.laneOffset[lane]! + 3;
    while (STATES[spans.state[span]!] !== 'waiting') span++;
    const startNs = spans.startNs[span]!;
    const lengthNs = spans.startNs[span + 1]! - startNs;
    const atNs = Math.round(startNs + lengthNs / 2);
    const reason = WAIT_REASONS[spans.reason[span]!]!;
    const fragment = `#t=${startNs}&z=${lengthNs}&at=${atNs}&sel=g:44`;
    await viewer.browser.on(viewer.url + fragment, async (page) => {
      await allDrawn(page);
      const name = `goroutine 44, main.worker, waiting: ${reason}, for ${formatDuration(atNs - startNs)} at the playhead`;
      const row = page.getByRole('row', { name, exact: true, selected: true });
      await row.waitFor();
      expect(await row.getAttribute('aria-level')).toBe('2');
      await page.getByRole('row', { name: 'main.worker, ', expanded: true }).waitFor();
      // Of what was not created yet that is said.
      await page.keyboard.press('Home');
      await page.getByRole('row', { name: 'goroutine 44, main.worker, not there yet' }).waitFor();
    });
  });

  it('stand as deep as in the tree of who started whom', async () => {
    await viewer.browser.on(`${viewer.url}#by=parent`, async (page) => {
      await allDrawn(page);
      const levels = await page
        .locator('[role="row"]')
        .evaluateAll((rows) => rows.map((row) => Number(row.getAttribute('aria-level'))));
      expect(Math.max(...levels)).toBeGreaterThan(2);
      for (const [i, level] of levels.entries()) {
        expect(level).toBeLessThanOrEqual((levels[i - 1] ?? 0) + 1);
      }
    });
  });

  it('have changes told, but no steps while they are played', async () => {
    await viewer.browser.on(`${viewer.url}#sel=g:44&at=20000000`, async (page) => {
      await allDrawn(page);
      await page.locator('[data-selected-goid]').waitFor();
      const region = page.getByRole('status', { name: 'What has changed' });
      const said = (words: string): Promise<void> =>
        page.locator('[data-said]', { hasText: words }).waitFor({ state: 'attached' });
      await said('selected goroutine 44, main.worker, ');
      await page.keyboard.press('Home');
      await said('playhead at 0.000');
      await page.keyboard.press('r');
      await said('repeating');
      await page.keyboard.press('<');
      await said(' a second');
      // Every text that is told from here on.
      const texts = await page.evaluateHandle(() => {
        const all: string[] = [];
        new MutationObserver(() => {
          all.push(document.querySelector('[data-said]')!.textContent);
        }).observe(document.querySelector('[data-said]')!, {
          childList: true,
          characterData: true,
          subtree: true,
        });
        return all;
      });
      await page.keyboard.press('j');
      await said('playing backwards');
      await page.waitForTimeout(1500);
      await page.keyboard.press('k');
      await said('paused; playhead at ');
      expect((await texts.jsonValue()).length).toBe(2);
      expect(await region.count()).toBe(1);
    });
  });

  it('are told apart where colours are forced, and nothing moves where that is not wanted', async () => {
    await viewer.browser.on(`${viewer.url}#sel=g:44&at=20000000`, async (page) => {
      await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' });
      await allDrawn(page);
      await page.locator('.lane.selected').waitFor();
      const colours = await page.evaluate(() => {
        const of = (selector: string): string =>
          getComputedStyle(document.querySelector(selector)!).backgroundColor;
        return {
          selected: of('.lane.selected'),
          other: of('.lane:not(.selected)'),
          running: of('.dot.block'),
          pressed: of('button[aria-pressed="true"]'),
          released: of('button[aria-pressed="false"]'),
          animations: document.getAnimations().length,
        };
      });
      expect(colours.selected).not.toBe(colours.other);
      expect(colours.pressed).not.toBe(colours.released);
      expect(colours.running).toBe('rgb(47, 185, 138)');
      expect(colours.animations).toBe(0);
    });
  });
});
