/** A view's address in a real browser: what keys have set, another page shows. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { sampleRecording } from '../format/sample-recording.ts';
import { allDrawn, hasBrowser, numberAt } from './open-viewer.ts';
import { servedViewer } from './served-viewer.ts';

/** Half a megabyte of numbers. */
const MANY = Array.from({ length: 75_000 }, (_, i) => i + 1e5).join(',');

/** All that can be seen of a view, but for times of drawing. */
async function look(page: Page): Promise<Record<string, unknown>> {
  return page.evaluate(() => {
    const data = (name: string): string | null =>
      document.querySelector(`[${name}]`)?.getAttribute(name) ?? null;
    const selects = [...document.querySelectorAll('select')].map(({ value }) => value);
    const pressed = [...document.querySelectorAll('footer button[aria-pressed]')].map((button) =>
      button.getAttribute('aria-pressed'),
    );
    const value = (selector: string): string | undefined =>
      document.querySelector<HTMLInputElement>(selector)?.value;
    // Thousandths of a ns where they can be seen.
    const unit = Number(data('data-window-span-ns')) < 10_000 ? 1000 : 1;
    const ns = (name: string): number => Math.round(Number(data(name)) * unit) / unit;
    return {
      startNs: ns('data-window-start-ns'),
      spanNs: ns('data-window-span-ns'),
      timeNs: ns('data-time-ns'),
      selectedGoid: data('data-selected-goid'),
      spanStartNs: data('data-span-start-ns'),
      nsPerS: data('data-ns-per-s'),
      laneCount: data('data-lane-count'),
      rowCount: data('data-row-count'),
      speed: value('input[aria-label="Speed"]'),
      search: value('input[type="search"]'),
      inView: document.querySelector<HTMLInputElement>('input[type="checkbox"]')?.checked,
      selects,
      pressed,
    };
  });
}

/** The page's own address, once it says what is shown. */
async function addressOf(page: Page): Promise<string> {
  await page.waitForTimeout(400);
  let before: string;
  let hash = '';
  do {
    before = hash;
    await page.waitForTimeout(350);
    hash = await page.evaluate(() => location.hash);
  } while (hash !== before);
  return hash;
}

async function press(page: Page, ...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

async function choose(page: Page, name: string, value: string): Promise<void> {
  await page.getByRole('combobox', { name }).selectOption(value);
  // Keys mean the page again.
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
}

async function find(page: Page, text: string): Promise<void> {
  await page.keyboard.press('/');
  await page.keyboard.type(text);
  await page.keyboard.press('Escape');
}

/** The selected goroutine's dock is there. */
async function selected(page: Page, goid: number): Promise<void> {
  await page.locator(`[data-selected-goid="${goid}"]`).waitFor();
}

describe.skipIf(!hasBrowser())('the address of a view', () => {
  const viewer = servedViewer(() => sampleRecording().bytes);

  it.each<[string, string, RegExp, (page: Page) => Promise<void>]>([
    ['nothing', '', /^#t=0&z=\d+&at=0&v=auto$/, () => Promise.resolve()],
    [
      'time and zoom',
      '',
      /t=\d{7,}.*z=\d+&at=[1-9]/,
      (page) => press(page, 'Shift+ArrowRight', 'ArrowRight', 'w', 'w', 'w', 'd', 's', 'a'),
    ],
    [
      'single nanoseconds',
      '#at=50000000&t=49999000&z=2000',
      /z=20&/,
      (page) => press(page, ...Array<string>(20).fill('w'), 'Alt+ArrowRight', 'ArrowRight'),
    ],
    [
      'a selected goroutine',
      '#sel=g:44&at=60000000',
      /sel=g:44@\d+/,
      async (page) => {
        await selected(page, 44);
        await press(page, '.', '.', '.');
        await page.waitForFunction(() => location.hash.includes('@'));
      },
    ],
    [
      'a selected goroutine elsewhere than the playhead',
      '#sel=g:44&at=60000000',
      /sel=g:44@\d+/,
      async (page) => {
        await selected(page, 44);
        await press(page, 'f');
        await press(page, 'Home', 'w', 'w', 'd', 'd');
      },
    ],
    ['a typed speed', '', /v=10000ns/, (page) => typeSpeed(page, '10 µs/s')],
    ['events per second', '', /v=50ev/, (page) => press(page, 'e')],
    ['a rung of the ladder, backwards', '', /v=\d+ns&back=1/, (page) => press(page, '>', 'j', 'k')],
    ['automatic speed', '#v=5ns', /v=auto/, (page) => press(page, 'u')],
    [
      'a range that is repeated without what is idle',
      '',
      /loop=1&skip=1&range=\d+-\d+/,
      (page) =>
        press(page, 'Shift+ArrowRight', 'i', 'Shift+ArrowRight', 'Alt+ArrowRight', 'o', 'r', 'g'),
    ],
    ['a filter', '', /q=main.%25|q=wor/, (page) => find(page, 'wor')],
    ['a regular expression', '', /q=\/%5Eg/, (page) => find(page, '/^g[1-3]. main\\.(w|m)/i')],
    [
      'groups and order',
      '',
      /by=state&sort=running\+time/,
      async (page) => {
        await choose(page, 'Groups of goroutines', 'state');
        await choose(page, 'Order of goroutines', 'running time');
      },
    ],
    [
      'groups by a label',
      '',
      /by=label\+tenant/,
      (page) => choose(page, 'Groups of goroutines', 'label tenant'),
    ],
    [
      'pinned and hidden goroutines, and a hidden and a closed group',
      '#sel=g:44&at=60000000',
      /pin=44&hide=10&hideg=main.main&close=main.worker$/,
      async (page) => {
        await selected(page, 44);
        await press(page, 'p');
        await page.getByRole('row', { name: 'goroutine 10,' }).click();
        await selected(page, 10);
        await press(page, 'h');
        await page.locator('[data-selected-goid]').waitFor({ state: 'detached' });
        await page.getByRole('row', { name: 'main.worker, ', expanded: true }).click();
        // With the cursor on a header the group is meant. The palette goes to where that is.
        await press(page, ':');
        await page.keyboard.type('g1');
        await press(page, 'Enter');
        await selected(page, 1);
        await press(page, 'ArrowUp', 'h');
      },
    ],
    [
      'all goroutines, in view or not',
      '',
      /all=1/,
      (page) => page.getByRole('checkbox', { name: 'in view' }).uncheck(),
    ],
  ])('has %s, and shows it again', async (_, from, wanted, set) => {
    await viewer.browser.on(viewer.url + from, async (page) => {
      await allDrawn(page);
      await set(page);
      const hash = await addressOf(page);
      expect(hash).toMatch(wanted);
      const shown = await look(page);
      await viewer.browser.on(viewer.url + hash, async (second) => {
        await allDrawn(second);
        const goid = shown['selectedGoid'];
        if (goid !== null) await selected(second, Number(goid));
        expect(await addressOf(second)).toBe(hash);
        expect(await look(second)).toEqual(shown);
      });
    });
  });

  it('knows nothing of the theme', async () => {
    await viewer.browser.on(viewer.url, async (page) => {
      await allDrawn(page);
      const before = await addressOf(page);
      await press(page, 'Shift+t');
      expect(await addressOf(page)).toBe(before);
      await press(page, 'Shift+t', 'Shift+t');
    });
  });

  it.each<[string, string]>([
    ['no parts', '#'],
    ['no sense', '#%%%&&&===&t&z&at'],
    ['no numbers', '#t=NaN&z=NaN&at=NaN&sel=g:NaN&v=NaN&range=NaN-NaN'],
    ['infinite numbers', '#t=1e999&z=1e999&at=1e999&v=1e999ns&range=0-1e999'],
    ['negative numbers', '#t=-5&z=-5&at=-5&sel=g:-1&v=-5ns&range=-5--1'],
    [
      'numbers beyond the end',
      '#t=9007199254740991&z=9007199254740991&at=9007199254740991&sel=g:1',
    ],
    ['numbers beyond all floats', `#t=${'9'.repeat(400)}&z=${'9'.repeat(400)}`],
    ['a range beyond the end', '#range=9007199254740990-9007199254740991&loop=1&at=5'],
    ['no width', '#t=5&z=0.001'],
    ['a goroutine that is not there', '#sel=g:9007199254740991@5&pin=9007199254740991&hide=x'],
    ['a time of a goroutine that is not there', '#sel=g:44@9007199254740991'],
    [
      'names of Object',
      '#pin=__proto__&hide=constructor&open=toString&close=__proto__&by=label+__proto__',
    ],
    ['groups that do not exist', '#by=label+&sort=__proto__&hideg=%00%ff&open=%E0%A4%A'],
    ['half a regular expression', '#q=%2F(%2F'],
    ['markup', '#q=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E&by=label+%3Cimg%20src%3Dx%3E'],
    // Three times as long when the page writes it itself.
    ['a megabyte of text', `#q=${'['.repeat(1_000_000)}`],
    ['a megabyte of goroutines and groups', `#hide=${MANY}&close=${MANY}`],
    ['a megabyte of ampersands', `#${'&'.repeat(1_000_000)}`],
  ])(
    'shows the recording when it has %s',
    async (_, hash) => {
      await viewer.browser.on(viewer.url + hash, async (page) => {
        await allDrawn(page);
        const endNs = await numberAt(page, 'data-end-ns');
        const startNs = await numberAt(page, 'data-window-start-ns');
        const spanNs = await numberAt(page, 'data-window-span-ns');
        expect(startNs).toBeGreaterThanOrEqual(0);
        expect(spanNs).toBeGreaterThanOrEqual(20);
        expect(startNs + spanNs).toBeLessThanOrEqual(endNs);
        const timeNs = await numberAt(page, 'data-time-ns');
        expect(timeNs).toBeGreaterThanOrEqual(0);
        expect(timeNs).toBeLessThanOrEqual(endNs);
        expect(await numberAt(page, 'data-ns-per-s')).toBeGreaterThan(0);
        expect(await page.locator('img').count()).toBe(0);
        // And it does what it is told.
        await press(page, 'l');
        expect(await page.locator('footer').getAttribute('data-mode')).toBe('playing');
        await press(page, 'k', 'Escape', 'f', 'Home', 'w');
        // Its own address is written, or left as it is: no more is asked of it.
        await page.waitForTimeout(400);
        expect(await numberAt(page, 'data-window-span-ns')).toBeCloseTo(0.7 * endNs, 0);
      });
    },
    120_000,
  );

  it('is followed when somebody changes it', async () => {
    await viewer.browser.on(`${viewer.url}#q=worker&v=5ns&pin=44&loop=1`, async (page) => {
      await allDrawn(page);
      await page.evaluate(() => {
        location.hash = '#t=1000000&z=5000000&at=2000000&sel=g:44&v=7ns&by=parent&skip=1';
      });
      await selected(page, 44);
      const shown = await look(page);
      expect(shown).toMatchObject({
        startNs: 1_000_000,
        spanNs: 5_000_000,
        timeNs: 2_000_000,
        nsPerS: '7',
        search: '',
      });
      expect(shown['selects']).toEqual(['parent', 'first seen']);
      expect(shown['pressed']).toEqual(['false', 'false', 'true']);
      // The way back is that of the browser.
      await page.goBack();
      await page.waitForFunction(
        () => document.querySelector<HTMLInputElement>('input[type="search"]')?.value === 'worker',
      );
      expect(await page.locator('[data-selected-goid]').count()).toBe(0);
    });
  });
});

async function typeSpeed(page: Page, text: string): Promise<void> {
  const speed = page.getByRole('textbox', { name: 'Speed' });
  await speed.fill(text);
  await speed.press('Enter');
}
