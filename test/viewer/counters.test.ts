/** Counters, marks, range, cuts and the overview's playhead in a real browser. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import {
  COUNTED_MARKS,
  countedRecording,
  countedRows,
  COUNTED_METRICS,
  IDLE_NS,
} from './counted-recording.ts';
import { allDrawn, artefact, hasBrowser, numberAt } from './open-viewer.ts';
import { servedViewer } from './served-viewer.ts';

const END_NS = 4e9;
const OPEN = 'open=(counters)';

/** Goroutines in a state at a time, by the rows. */
function countAt(timeNs: number, wanted?: string): number {
  const states = new Map<number, string>([[1, 'waiting']]);
  for (const row of countedRows()) {
    if (row.timeNs <= timeNs && row.event.startsWith('go_')) states.set(row.goid, row.to);
  }
  return [...states.values()].filter((state) =>
    wanted === undefined ? state !== 'dead' : state === wanted,
  ).length;
}

/** The last size of an event at a time; undefined before the first. */
const sizeAt = (timeNs: number, event: string): number | undefined =>
  countedRows().findLast((row) => row.event === event && row.timeNs <= timeNs)?.sizeBytes;

/** The colour of a canvas's pixel, CSS pixels: red, green, blue, alpha. */
function pixelOf(page: Page, selector: string, x: number, y: number): Promise<number[]> {
  return page
    .locator(selector)
    .evaluate(
      (canvas: HTMLCanvasElement, at) => [
        ...canvas.getContext('2d')!.getImageData(Math.round(at.x), Math.round(at.y), 1, 1).data,
      ],
      { x, y },
    );
}

/** A colour of the page as those of pixels are given. */
async function tokenOf(page: Page, token: string): Promise<number[]> {
  const hex = await page.evaluate(
    (name) => getComputedStyle(document.documentElement).getPropertyValue(name),
    `--${token}`,
  );
  const value = Number.parseInt(hex.trim().slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255, 255];
}

const RULER = 'section[aria-label="Ruler"] canvas';
const OVERLAY = '.picture canvas[aria-hidden]';

describe.skipIf(!hasBrowser())('counters', () => {
  const viewer = servedViewer(() => countedRecording());

  /** Open a view and wait until the second reading is done. */
  async function on(fragment: string, act: (page: Page) => Promise<void>): Promise<void> {
    await viewer.browser.on(`${viewer.url}#${fragment}`, async (page) => {
      await allDrawn(page);
      await page.locator(`[data-mark-count="${COUNTED_MARKS.length}"]`).waitFor();
      await act(page);
    });
  }

  it.each([60e6, 115e6, 300e6, 620e6, 955e6, 2500e6, 3400e6, 3600e6])(
    'have at %d ns the values of the rows',
    async (timeNs) => {
      await on(`${OPEN}&at=${timeNs}`, async (page) => {
        const valueOf = async (key: string, name = 'data-counter-value'): Promise<number> =>
          Number(await page.locator(`[data-counter="${key}"]`).getAttribute(name));
        expect(await valueOf('goroutines')).toBeCloseTo(countAt(timeNs), 5);
        expect(await valueOf('runnable')).toBeCloseTo(countAt(timeNs, 'runnable'), 5);
        expect(await valueOf('heap')).toEqual(sizeAt(timeNs, 'gc_heap_live') ?? NaN);
        const at = COUNTED_METRICS.findIndex((row) => row.timeNs > timeNs);
        const [row, before] = [COUNTED_METRICS[at], COUNTED_METRICS[at - 1]];
        const wanted = row && (100 * (row.recorderCpuNs - (before?.recorderCpuNs ?? 0))) / 1e9;
        expect(await valueOf('recorder-cpu')).toEqual(wanted ?? NaN);
        // The highest of all the recording, as all of it is shown.
        expect(await valueOf('goroutines', 'data-counter-most')).toBe(4);
        expect(await valueOf('runnable', 'data-counter-most')).toBe(3);
        expect(await valueOf('heap', 'data-counter-most')).toBe(20 * 1024 * 1024);
        expect(await valueOf('recorder-cpu', 'data-counter-most')).toBeCloseTo(20, 6);
      });
    },
  );

  it('tell the allocation rate, and the highest of the window that is shown', async () => {
    await on(`${OPEN}&at=300000000&t=200000000&z=200000000`, async (page) => {
      const rate = page.locator('[data-counter="allocation"]');
      // 4096 bytes each millisecond; a bucket of 2^18 ns has one of them or none.
      const most = Number(await rate.getAttribute('data-counter-most'));
      expect(most).toBeCloseTo((4096 * 1e9) / 2 ** 18, 0);
    });
    const timeNs = 300e6;
    await on(`${OPEN}&at=${timeNs}&t=0&z=${END_NS}`, async (page) => {
      const rate = page.locator('[data-counter="allocation"]');
      const sliceNs = 2 ** 22;
      const fromNs = Math.floor(timeNs / sliceNs) * sliceNs;
      const bytes = countedRows()
        .filter((row) => row.event === 'alloc')
        .filter((row) => row.timeNs >= fromNs && row.timeNs < fromNs + sliceNs)
        .reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      expect(bytes).toBeGreaterThan(4096);
      const wanted = (bytes * 1e9) / sliceNs;
      expect(Number(await rate.getAttribute('data-counter-value'))).toBeCloseTo(wanted, 0);
      expect(await rate.locator('.value').textContent()).toMatch(/^3\.\d\d MiB\/s$/);
      await page.screenshot({ path: artefact('viewer-counters.png') });
    });
  });

  it('are closed at first; what is opened is in the address', async () => {
    await on('', async (page) => {
      expect(await page.locator('[data-counter]').count()).toBe(0);
      await page.getByRole('row', { name: 'Counters, ', expanded: false }).click();
      expect(await page.locator('[data-counter]').count()).toBe(7);
      await page.waitForFunction(() => decodeURIComponent(location.hash).includes('(counters)'));
      await page.reload();
      await page.locator('[data-counter="program-rss"]').waitFor();
    });
  });

  it('tell at the pointer the value with its unit, parts and goal', async () => {
    await on(`${OPEN}&t=0&z=${END_NS}`, async (page) => {
      const picture = (await page.locator(OVERLAY).boundingBox())!;
      const x = picture.x + (650e6 / END_NS) * picture.width;
      const over = async (key: string): Promise<string> => {
        const row = (await page.locator(`[data-counter="${key}"]`).boundingBox())!;
        await page.mouse.move(x, row.y + 18);
        await page.getByRole('tooltip').locator('dt', { hasText: 'what' }).waitFor();
        return (await page.getByRole('tooltip').textContent())!;
      };
      const heap = await over('heap');
      expect(heap).toContain('Heap live 8.00 MiB');
      expect(heap).toMatch(/goal\s*20\.0 MiB/);
      const goroutines = await over('goroutines');
      expect(goroutines).toMatch(/Goroutines 4\b/);
      expect(goroutines).toMatch(/runnable\s*2/);
      expect(await over('recorder-cpu')).toContain('Recorder CPU 5.0 %');
    });
  });

  it('stand beside marks: a flag on the ruler, its text as text, a click goes there', async () => {
    await on(`t=0&z=${END_NS}`, async (page) => {
      const box = (await page.locator(RULER).boundingBox())!;
      const accent = await tokenOf(page, 'accent');
      for (const { timeNs } of COUNTED_MARKS) {
        const x = Math.round((timeNs / END_NS) * box.width);
        expect(await pixelOf(page, RULER, x, 36)).toEqual(accent);
        expect(await pixelOf(page, RULER, x - 4, 36)).not.toEqual(accent);
      }
      const x = box.x + (COUNTED_MARKS[0]!.timeNs / END_NS) * box.width;
      await page.mouse.move(x + 3, box.y + 28);
      const flag = page.getByTitle('load <b>begins</b>\\u202e', { exact: true });
      await flag.waitFor();
      await page.mouse.click(x + 3, box.y + 28);
      expect(await numberAt(page, 'data-time-ns')).toBe(COUNTED_MARKS[0]!.timeNs);
    });
  });

  it('stand beside the range: a band on ruler and overview, that says when it is looped', async () => {
    const [startNs, endNs] = [1e9, 2e9];
    await on(`t=0&z=${END_NS}&at=0&range=${startNs}-${endNs}`, async (page) => {
      const strip = (await page.locator('.strip').boundingBox())!;
      const band = page.locator('[data-range-start-ns]');
      const box = (await band.boundingBox())!;
      expect(box.x - strip.x).toBeCloseTo(strip.width / 4, 0);
      expect(box.width).toBeCloseTo(strip.width / 4, 0);
      const ruler = (await page.locator(RULER).boundingBox())!;
      const accent = await tokenOf(page, 'accent');
      const at = (timeNs: number): number => (timeNs / END_NS) * ruler.width;
      expect(await pixelOf(page, RULER, at(startNs) + 1, 20)).toEqual(accent);
      expect(await pixelOf(page, RULER, at(endNs) - 1, 20)).toEqual(accent);
      const within = await pixelOf(page, RULER, at(1.37e9), 14);
      expect(within).not.toEqual(await pixelOf(page, RULER, at(2.37e9), 14));
      await page.keyboard.press('r');
      await page.locator('.range.looping').waitFor();
      expect(await pixelOf(page, RULER, at(1.37e9), 14)).not.toEqual(within);
    });
  });

  it('stand beside what is skipped: a cut, only while it is skipped, at the times it has', async () => {
    await on(`t=0&z=${END_NS}&at=0&v=100ms/s`, async (page) => {
      const box = (await page.locator(OVERLAY).boundingBox())!;
      const alphaAt = async (timeNs: number): Promise<number> =>
        (await pixelOf(page, OVERLAY, (timeNs / END_NS) * box.width, 100))[3]!;
      const { startNs, endNs } = IDLE_NS;
      // All is dimmed or nothing: what is drawn over that is what differs.
      const times = [startNs - 50e6, startNs + 50e6, endNs - 50e6, endNs + 50e6];
      const before = await Promise.all(times.map(alphaAt));
      await page.keyboard.press('g');
      await page.waitForTimeout(100);
      const cut = await Promise.all(times.map(alphaAt));
      expect(cut.map((alpha, i) => alpha !== before[i])).toEqual([false, true, true, false]);
      await page.screenshot({ path: artefact('viewer-cut.png') });
      expect(await numberAt(page, 'data-window-span-ns')).toBe(END_NS);
      await page.keyboard.press('g');
      await page.waitForTimeout(100);
      expect(await Promise.all(times.map(alphaAt))).toEqual(before);
    });
  });

  it("stand under an overview whose playhead can be dragged; elsewhere it is the window's", async () => {
    await on(`t=0&z=${END_NS}&at=1000000000`, async (page) => {
      const strip = (await page.locator('.strip').boundingBox())!;
      const xOf = (timeNs: number): number => strip.x + (timeNs / END_NS) * strip.width;
      const y = strip.y + 30;
      await page.mouse.move(xOf(1e9) + 2, y);
      const cursor = await page.locator('.strip').evaluate((el) => getComputedStyle(el).cursor);
      expect(cursor).toBe('ew-resize');
      await page.mouse.down();
      await page.mouse.move(xOf(2e9), y, { steps: 3 });
      expect(await numberAt(page, 'data-time-ns')).toBeCloseTo(2e9, -7);
      await page.mouse.move(xOf(3e9), y, { steps: 3 });
      await page.mouse.up();
      expect(Math.abs((await numberAt(page, 'data-time-ns')) - 3e9)).toBeLessThan(END_NS / 500);
      expect(await numberAt(page, 'data-window-span-ns')).toBe(END_NS);
      const atNs = await numberAt(page, 'data-time-ns');
      await page.mouse.move(xOf(0.5e9), y);
      await page.mouse.down();
      await page.mouse.move(xOf(1.5e9), y, { steps: 3 });
      await page.mouse.up();
      expect(await numberAt(page, 'data-time-ns')).toBe(atNs);
      expect(await numberAt(page, 'data-window-span-ns')).toBeCloseTo(1e9, -8);
    });
  });
});
