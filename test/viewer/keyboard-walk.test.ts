/** A whole visit by the keys alone, in a real browser; no mouse is ever touched. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { openRecording } from '../../src/format/index.ts';
import { LANE_COLUMNS, SpanBuilder } from '../../src/format/lanes/span-builder.ts';
import { sampleRecording } from '../format/sample-recording.ts';
import { allDrawn, artefact, hasBrowser, numberAt } from './open-viewer.ts';
import { servedViewer } from './served-viewer.ts';

describe.skipIf(!hasBrowser())('by the keys alone', () => {
  const sample = sampleRecording();

  const viewer = servedViewer(() => sample.bytes);

  /** Wait until an element has a number, and that number. */
  const becomes = (page: Page, attribute: string, value: number): Promise<unknown> =>
    page.locator(`[${attribute}="${value}"]`).first().waitFor({ state: 'attached' });

  /** The address says so, a moment later. */
  const addressHas = (page: Page, ...parts: string[]): Promise<unknown> =>
    page.waitForFunction((wanted) => {
      const said = location.hash.slice(1).split('&');
      // A selected goroutine says also which of its spans.
      return wanted.every((part) => said.some((each) => each.replace(/@\d+$/, '') === part));
    }, parts);

  /** What the palette does with a text. */
  async function choose(page: Page, text: string): Promise<void> {
    await page.keyboard.press(':');
    await page.getByRole('dialog', { name: 'Commands' }).waitFor();
    await page.keyboard.type(text);
    await page.keyboard.press('Enter');
    await page.locator('dialog').waitFor({ state: 'detached' });
  }

  it('one finds, selects, steps, zooms, plays, pins, groups, goes to places and back', async () => {
    const recording = await openRecording(sample.source);
    const builder = new SpanBuilder();
    builder.addGoroutines(recording.goroutines);
    for (const { chunkIndex } of recording.chunks) {
      builder.addChunk(await recording.readEvents(chunkIndex, LANE_COLUMNS));
    }
    const first = builder.spans.laneOffset[builder.laneOfGoid.get(44)!]!;
    const starts = builder.spans.startNs.subarray(first, first + 4);
    const markNs = sample.chunks[1]!.facts.maxNs;

    await viewer.browser.on(viewer.url, async (page) => {
      await allDrawn(page);
      const { keyboard } = page;
      const wholeNs = await numberAt(page, 'data-window-span-ns');
      const laneCount = await numberAt(page, 'data-lane-count');

      // Find a goroutine; Enter selects it.
      await keyboard.press('/');
      await keyboard.type('g44');
      await becomes(page, 'data-lane-count', 1);
      await keyboard.press('Enter');
      await becomes(page, 'data-selected-goid', 44);
      await becomes(page, 'data-span-start-ns', starts[0]!);
      await addressHas(page, 'q=g44', 'sel=g:44');

      // All lanes again, and out of the search.
      await keyboard.press('Control+k');
      await keyboard.press('Delete');
      await keyboard.press('Escape');
      await becomes(page, 'data-lane-count', laneCount);

      // Step from event to event: before its first one the playhead stands at 0.
      for (const startNs of starts) {
        await keyboard.press('.');
        await becomes(page, 'data-time-ns', startNs);
        await becomes(page, 'data-span-start-ns', startNs);
      }
      await keyboard.press(',');
      await becomes(page, 'data-time-ns', starts[2]!);
      await becomes(page, 'data-span-start-ns', starts[2]!);
      await addressHas(page, `at=${starts[2]!}`);

      // Zoom in, later, to the selected span and out to all.
      await keyboard.press('w');
      await page.waitForFunction(
        (ns) =>
          Number(
            document.querySelector<HTMLElement>('[data-window-span-ns]')?.dataset['windowSpanNs'],
          ) < ns,
        wholeNs,
      );
      expect((await numberAt(page, 'data-window-span-ns')) / wholeNs).toBeCloseTo(0.7, 6);
      const zoomedFromNs = await numberAt(page, 'data-window-start-ns');
      await keyboard.press('d');
      expect(await numberAt(page, 'data-window-start-ns')).toBeGreaterThan(zoomedFromNs);
      await keyboard.press('f');
      const lengthNs = starts[3]! - starts[2]!;
      expect((await numberAt(page, 'data-window-span-ns')) / lengthNs).toBeCloseTo(1.2, 2);
      await keyboard.press('f');
      await becomes(page, 'data-window-span-ns', wholeNs);
      await addressHas(page, `z=${Math.round(wholeNs)}`, 't=0');

      // Play backwards, and stop.
      await keyboard.press('End');
      await becomes(page, 'data-time-ns', wholeNs);
      await keyboard.press('j');
      await page.locator('[data-mode="playing"]').waitFor();
      await page.waitForFunction(
        (ns) =>
          Number(document.querySelector<HTMLElement>('[data-time-ns]')?.dataset['timeNs']) < ns,
        wholeNs,
      );
      await keyboard.press('k');
      await page.locator('[data-mode="paused"]').waitFor();
      await addressHas(page, 'back=1');

      // Faster, twice.
      const nsPerS = await numberAt(page, 'data-ns-per-s');
      await keyboard.press('>');
      await keyboard.press('>');
      await page.waitForFunction(
        (before) =>
          Number(document.querySelector<HTMLElement>('[data-ns-per-s]')?.dataset['nsPerS']) >
          before,
        nsPerS,
      );
      await addressHas(page, `v=${await numberAt(page, 'data-ns-per-s')}ns`);

      // Pin it: it stands above all others.
      await keyboard.press('p');
      await page
        .getByRole('row', { name: 'goroutine 44,', selected: true })
        .and(page.locator('[aria-rowindex="2"]'))
        .waitFor({ state: 'attached' });
      await addressHas(page, 'pin=44');

      // By parent, and by hand in the list of groups back to states.
      await choose(page, 'group by parent');
      await page.locator('[aria-level="3"]').first().waitFor({ state: 'attached' });
      await addressHas(page, 'by=parent');
      for (let i = 0; i < 30; i++) {
        await keyboard.press('Tab');
        const name = await page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
        if (name === 'Groups of goroutines') break;
      }
      await keyboard.type('state');
      await addressHas(page, 'by=state');
      await keyboard.press('Escape');

      // A stretch of time is summed up.
      await keyboard.press('v');
      await becomes(page, 'data-area-start-ns', 0);
      await keyboard.press('Escape');
      await page.locator('[data-area-start-ns]').waitFor({ state: 'detached' });

      // Close, then to a mark and to a time, which the window follows, and back again.
      for (let i = 0; i < 8; i++) await keyboard.press('w');
      const [startNs, spanNs] = [
        await numberAt(page, 'data-window-start-ns'),
        await numberAt(page, 'data-window-span-ns'),
      ];
      await addressHas(page, `t=${Math.round(startNs)}`, `z=${Math.round(spanNs)}`);
      await choose(page, 'go to mark chunk 1');
      await becomes(page, 'data-time-ns', markNs);
      await addressHas(page, `at=${markNs}`);
      await choose(page, '0.012345678 s');
      await becomes(page, 'data-time-ns', 12_345_678);
      expect(await numberAt(page, 'data-window-start-ns')).not.toBe(startNs);
      await addressHas(page, 'at=12345678');
      await page.screenshot({ path: artefact('viewer-walk.png') });
      await keyboard.press('Control+z');
      await becomes(page, 'data-time-ns', markNs);
      await keyboard.press('Backspace');
      await becomes(page, 'data-window-start-ns', startNs);
      await becomes(page, 'data-window-span-ns', spanNs);
      await keyboard.press('Control+Shift+Z');
      await becomes(page, 'data-time-ns', markNs);
    });
  });

  it('every control is reached by Tab, in a round, and shows that it has the focus', async () => {
    await viewer.browser.on(`${viewer.url}#sel=g:44&at=20000000`, async (page) => {
      await allDrawn(page);
      await page.locator('[data-selected-goid]').waitFor();
      // The dock has more to say when it has read the span's stack.
      await page.getByText('Before and after').waitFor();
      const wanted = await page.evaluate(
        () =>
          [
            ...document.querySelectorAll<HTMLElement>('button, input, select, [tabindex="0"]'),
          ].filter((each) => each.tabIndex >= 0 && !each.hasAttribute('disabled')).length,
      );
      expect(wanted).toBeGreaterThan(15);
      const reached = await page.evaluateHandle(() => new Set<Element>());
      let unseen: string[] = [];
      for (let i = 0; i < wanted + 5; i++) {
        await page.keyboard.press('Tab');
        const without = await page.evaluate((all) => {
          const element = document.activeElement!;
          if (element === document.body) return '';
          all.add(element);
          const shown = element.closest('label.open') ?? element;
          return getComputedStyle(shown).outlineStyle === 'none' ? element.outerHTML : '';
        }, reached);
        if (without !== '') unseen = [...unseen, without];
      }
      expect(await page.evaluate((all) => all.size, reached)).toBeGreaterThanOrEqual(wanted);
      expect(unseen).toEqual([]);
    });
  });
});
