/** The page in a real browser, on recordings whose makers mean harm, and on broken ones. */
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { HOSTILE_NAMES, hostileRecording } from '../format/hostile-recording.ts';
import { sampleRecording } from '../format/sample-recording.ts';
import { seeded } from '../format/sample-program.ts';
import { allDrawn, artefact, hasBrowser } from './open-viewer.ts';
import { servedViewer } from './served-viewer.ts';

const BUILT_PAGE = fileURLToPath(new URL('../../viewer/dist/index.html', import.meta.url));

/** What no text on the page may hold: characters that hide, or turn others around. */
const HIDING = /[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

describe.skipIf(!hasBrowser())('the viewer', () => {
  const viewer = servedViewer(() => hostileRecording());

  it('shows hostile names as text, cut, without losing its layout', async () => {
    await viewer.browser.on(viewer.url, async (page) => {
      await allDrawn(page);
      const title = await page.title();
      expect(title).not.toMatch(HIDING);
      // The last span of each: its reason, labels and stack are hostile.
      await page.keyboard.press('End');
      for (const [i, name] of Object.keys(HOSTILE_NAMES).entries()) {
        const goid = 10 + i;
        await page.keyboard.press('/');
        await page.keyboard.type(`g${goid}`);
        await page.keyboard.press('Enter');
        await page.locator(`[data-selected-goid="${goid}"]`).waitFor();
        await page.getByText(/^Labels/).waitFor();
        await page.getByText(/^Stack when/).waitFor();
        const picture = (await page.locator('canvas[data-drawn-event-count]').boundingBox())!;
        const row = (await page
          .getByRole('row', { name: `goroutine ${goid},`, selected: true })
          .boundingBox())!;
        await page.mouse.move(picture.x + picture.width * ((i + 0.5) / 9), row.y + 9);
        expect([name, ...(await offences(page))]).toEqual([name]);
        if (name === 'long') await page.screenshot({ path: artefact('viewer-hostile.png') });
      }
      expect(await page.title()).toBe(title);
      expect(await page.locator('img, body script, section style').count()).toBe(0);
      // As text it is there.
      await page.keyboard.press('/');
      await page.keyboard.type('onerror');
      await page.waitForSelector('[data-lane-count="1"]');
      expect(await page.locator('body').textContent()).toContain(HOSTILE_NAMES.markup);
    });
    await viewer.browser.on(`${viewer.url}#at=2500&sel=g:10`, async (page) => {
      await page.getByText(/^Allocated/).waitFor();
      expect(await offences(page)).toEqual([]);
    });
  });

  it('opens mutated files or says in one line what is wrong, and never shows nothing', async () => {
    const { bytes } = sampleRecording({ events: 1500, chunkRows: 300 });
    const random = seeded(20_261_128);
    const at = (length: number): number => Math.floor(random() * length);
    const mutated: [string, Uint8Array][] = [];
    for (let i = 0; i < 12; i++) {
      const copy = Uint8Array.from(bytes);
      // Bits in heads, dictionaries and parts, where they mean most: near both ends.
      const from = i % 3 === 0 ? 0 : i % 3 === 1 ? bytes.length - 12_000 : at(bytes.length - 3000);
      for (let bit = 0; bit < 1 + i * 3; bit++) copy[from + at(3000)]! ^= 1 << at(8);
      mutated.push([`bits ${i}`, copy]);
    }
    for (const byteOffset of [0, 8, 12, 16, 20, 40]) {
      const copy = Uint8Array.from(bytes);
      copy.set([0xff, 0xff, 0xff, 0x7f], byteOffset);
      mutated.push([`a wrong word at ${byteOffset}`, copy]);
    }
    for (let i = 0; i < 6; i++) mutated.push([`cut ${i}`, bytes.subarray(0, at(bytes.length))]);
    const zeros = Uint8Array.from(bytes).fill(0, bytes.length >> 1);
    const huge = Uint8Array.from(bytes);
    new DataView(huge.buffer).setInt32(huge.length - 10, 0x7fff_fff0, true);
    mutated.push(['zeros', zeros], ['a footer of 2 GiB', huge], ['one byte', bytes.subarray(0, 1)]);
    await viewer.browser.on(pathToFileURL(BUILT_PAGE).href, async (page) => {
      await page.getByText('Drop a recording here').waitFor();
      const outcomes: Record<string, number> = {};
      for (const [name, file] of mutated) {
        await drop(page, `${name}.arrow`, file);
        // The header names the file no more than the alert does: wait for either to settle.
        const outcome = await page.waitForFunction(
          () => {
            const alert = document.querySelector('[role="alert"]')?.textContent.trim();
            if (alert !== undefined) return alert;
            const header = document.querySelector('[data-drawn-event-count]');
            const isReading = document.querySelector('[data-status="reading"]') !== null;
            const told =
              document.querySelector<HTMLElement>('[data-event-count]')?.dataset['eventCount'];
            if (header === null || isReading) return undefined;
            return header.getAttribute('data-drawn-event-count') === told ? 'shown' : undefined;
          },
          undefined,
          { timeout: 20_000 },
        );
        const said = String(await outcome.jsonValue());
        if (said === 'shown') {
          expect(await page.locator('[data-event-count]').count()).toBe(1);
        } else {
          expect([name, said]).toEqual([
            name,
            expect.stringMatching(/^This recording cannot be shown: .{5,300}$/),
          ]);
        }
        outcomes[said === 'shown' ? 'shown' : 'refused'] =
          (outcomes[said === 'shown' ? 'shown' : 'refused'] ?? 0) + 1;
        // Away from it, so that the next one is not taken for this one.
        await page.goto('about:blank');
        await page.goto(pathToFileURL(BUILT_PAGE).href);
        await page.getByText('Drop a recording here').waitFor();
      }
      // Both happen, or the mutations are too weak or too strong to say anything.
      expect(outcomes['shown']).toBeGreaterThan(2);
      expect(outcomes['refused']).toBeGreaterThan(2);
    });
  });
});

/** What is wrong with the page as it stands: text that hides, parts that have left their place. */
function offences(page: Page): Promise<string[]> {
  return page.evaluate((hiding) => {
    const found: string[] = [];
    const text = document.body.innerText;
    if (new RegExp(hiding).test(text)) found.push('hidden characters');
    if (text.length > 60_000) found.push(`${text.length} characters`);
    const { scrollWidth, scrollHeight } = document.documentElement;
    if (scrollWidth > innerWidth || scrollHeight > innerHeight) found.push('it scrolls');
    for (const selector of ['header', 'footer', 'section[aria-label="Selection"]']) {
      const { left, right, top, bottom } = document
        .querySelector(selector)!
        .getBoundingClientRect();
      if (left < 0 || right > innerWidth + 1 || top < 0 || bottom > innerHeight + 1) {
        found.push(`${selector} is out of the page`);
      }
    }
    const search = document.querySelector('header input[type="search"]')!;
    const loss = document.querySelector('[data-lost-count]')!.getBoundingClientRect();
    if (loss.width < 20 || loss.right > search.getBoundingClientRect().left) {
      found.push('the loss is not seen');
    }
    const tooltip = document.querySelector('[role="tooltip"]')?.getBoundingClientRect();
    if (tooltip !== undefined && tooltip.width > 460) found.push('a wide tooltip');
    return found;
  }, HIDING.source);
}

/** Drop a file onto the page. */
async function drop(page: Page, name: string, bytes: Uint8Array): Promise<void> {
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
