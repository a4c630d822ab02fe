/** Playing in a real browser: the playhead beside the browser's own clock. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { allDrawn, hasBrowser, numberAt } from './open-viewer.ts';
import { servedViewer } from './served-viewer.ts';
import { twoBursts } from './timed-recording.ts';

const { bytes, changes, endNs } = twoBursts();
const TIMES = changes.map(({ timeNs }) => timeNs);

/** Where the playhead was moved to, and the time of the frame in which that was. */
interface Sample {
  frameMs: number;
  /** performance.now(), a moment after that. */
  nowMs: number;
  timeNs: number;
}

/** From now on, keep every move of the playhead. */
async function watch(page: Page): Promise<void> {
  await page.evaluate(() => {
    const readout = document.querySelector<HTMLElement>('[data-time-ns]')!;
    const samples: Sample[] = [];
    new MutationObserver(() => {
      samples.push({
        frameMs: Number(document.timeline.currentTime),
        nowMs: performance.now(),
        timeNs: Number(readout.dataset['timeNs']),
      });
    }).observe(readout, { attributeFilter: ['data-time-ns'] });
    Object.assign(window, { samples });
  });
}

/** What was kept, once it spans so much time of the page's clock; then it begins anew. */
async function watched(page: Page, forMs: number): Promise<Sample[]> {
  const handle = await page.waitForFunction((wantedMs) => {
    const { samples } = window as unknown as { samples: Sample[] };
    const [first, last] = [samples.at(0), samples.at(-1)];
    return first !== undefined && last!.frameMs - first.frameMs >= wantedMs
      ? samples.splice(0)
      : undefined;
  }, forMs);
  return (await handle.jsonValue())!;
}

/** Recording time that a second of the page's clock moved the playhead by, from sample to sample. */
function rates(samples: readonly Sample[]): number[] {
  return samples.slice(1).map(({ frameMs, timeNs }, at) => {
    const before = samples[at]!;
    return ((timeNs - before.timeNs) / (frameMs - before.frameMs)) * 1e3;
  });
}

function expectEach(values: readonly number[], wanted: number, tolerance = 1e-3): void {
  expect(values.length).toBeGreaterThan(2);
  for (const value of values) {
    expect(Math.abs(value - wanted)).toBeLessThanOrEqual(Math.abs(wanted) * tolerance);
  }
}

async function typeSpeed(page: Page, text: string): Promise<void> {
  const speed = page.getByRole('textbox', { name: 'Speed' });
  await speed.fill(text);
  await speed.press('Enter');
}

async function mode(page: Page): Promise<string | null> {
  return page.locator('footer').getAttribute('data-mode');
}

/** Number of events up to a time, in parts between two of them: from the rows. */
function eventsUntil(timeNs: number): number {
  const next = TIMES.findIndex((each) => each > timeNs);
  const before = TIMES[next - 1]!;
  return next - 1 + (timeNs - before) / (TIMES[next]! - before);
}

describe.skipIf(!hasBrowser())('playing in a browser', () => {
  const viewer = servedViewer(() => bytes);

  /** Open it at a place, and watch the playhead. */
  async function on(hash: string, act: (page: Page) => Promise<void>): Promise<void> {
    await viewer.browser.on(`${viewer.url}#${hash}`, async (page) => {
      await allDrawn(page);
      await watch(page);
      await act(page);
    });
  }

  it.each<[string, number, 'l' | 'j']>([
    ['1 ns/s', 1, 'l'],
    ['1 µs/s', 1e3, 'l'],
    ['1 µs/s', 1e3, 'j'],
    ['10µs/s', 1e4, 'l'],
    ['1 ms/s', 1e6, 'l'],
    ['1 ms/s', 1e6, 'j'],
    ['1x', 1e9, 'l'],
    ['1x', 1e9, 'j'],
  ])('plays %s by the clock: %d ns a second, with %s', async (typed, nsPerS, key) => {
    await on('at=5000000000', async (page) => {
      await typeSpeed(page, typed);
      expect(await numberAt(page, 'data-ns-per-s')).toBe(nsPerS);
      const beforeMs = await page.evaluate(() => performance.now());
      await page.keyboard.press(key);
      expect(await mode(page)).toBe('playing');
      const samples = await watched(page, 1000);
      const way = key === 'l' ? 1 : -1;
      // From frame to frame a float's last digits count; over all of it they do not.
      expectEach(rates([samples[0]!, samples[5]!, samples.at(-1)!, samples[0]!]), way * nsPerS);
      for (const { timeNs, nowMs } of samples) {
        const movedNs = (timeNs - 5e9) * way;
        expect(movedNs).toBeGreaterThanOrEqual(0);
        expect(movedNs).toBeLessThanOrEqual(((nowMs - beforeMs) / 1e3) * nsPerS * 1.000001);
      }
    });
  });

  it('holds still when it is paused, and goes on from there', async () => {
    await on('v=1e9ns', async (page) => {
      await page.keyboard.press('Space');
      await watched(page, 200);
      await page.keyboard.press('Space');
      expect(await mode(page)).toBe('paused');
      const stoppedNs = await numberAt(page, 'data-time-ns');
      const kept = await page.evaluate(async () => {
        const { samples } = window as unknown as { samples: Sample[] };
        samples.length = 0;
        for (let frame = 0; frame < 20; frame++) await new Promise(requestAnimationFrame);
        return samples.length;
      });
      expect(kept).toBe(0);
      await page.keyboard.press('Space');
      const [first, ...more] = await watched(page, 200);
      expect(first!.timeNs).toBeGreaterThanOrEqual(stoppedNs);
      expect(first!.timeNs).toBeLessThan(more.at(-1)!.timeNs);
      expectEach(rates([first!, more.at(-1)!, first!, more.at(-1)!]), 1e9);
    });
  });

  it.each(['l', 'j'])('plays a range that I and O chose again and again, with %s', async (key) => {
    await on('at=2000000000', async (page) => {
      await page.keyboard.press('i');
      const startNs = await numberAt(page, 'data-time-ns');
      await page.keyboard.press('Shift+ArrowRight');
      await page.keyboard.press('Shift+ArrowRight');
      await page.keyboard.press('o');
      const rangeEndNs = await numberAt(page, 'data-time-ns');
      expect(rangeEndNs - startNs).toBeCloseTo(2e9, 0);
      await page.keyboard.press('r');
      await typeSpeed(page, '10x');
      await watched(page, 0);
      await page.keyboard.press(key);
      const samples = await watched(page, 1200);
      const way = key === 'l' ? 1 : -1;
      let wraps = 0;
      for (const [at, { timeNs }] of samples.entries()) {
        expect(timeNs).toBeGreaterThanOrEqual(startNs);
        expect(timeNs).toBeLessThanOrEqual(rangeEndNs);
        if (at > 0 && (timeNs - samples[at - 1]!.timeNs) * way < 0) wraps++;
      }
      expect(wraps).toBeGreaterThan(1);
      // The first is where the key press put it, between two frames.
      expectEach(
        rates(samples.slice(1)).filter((rate) => rate * way > 0),
        way * 1e10,
      );
    });
  });

  it.each<['l' | 'j', number]>([
    ['l', 700_000_000],
    ['j', 6_300_000_000],
  ])('skips what is idle, with %s', async (key, fromNs) => {
    // The five seconds between the bursts, less a tenth of a second on either side.
    const gapAt = TIMES.findIndex((timeNs, at) => TIMES[at + 1]! - timeNs > 2e9);
    const [cutFromNs, cutToNs] = [TIMES[gapAt]! + 1e8, TIMES[gapAt + 1]! - 1e8];
    await on(`at=${fromNs}`, async (page) => {
      await page.keyboard.press('g');
      await typeSpeed(page, '1x');
      await page.keyboard.press(key);
      const samples = await watched(page, 1000);
      const [first, last] = [samples[0]!, samples.at(-1)!];
      const way = key === 'l' ? 1 : -1;
      const wantedNs = (last.frameMs - first.frameMs) * 1e6 + (cutToNs - cutFromNs);
      expect(((last.timeNs - first.timeNs) * way) / wantedNs).toBeCloseTo(1, 3);
      for (const { timeNs } of samples) {
        expect(timeNs <= cutFromNs || timeNs >= cutToNs).toBe(true);
      }
      await page.keyboard.press('k');
      // Times are as they were recorded, on both sides of what was skipped.
      const [after, before] = key === 'l' ? ['Alt+.', 'Alt+,'] : ['Alt+,', 'Alt+.'];
      for (const side of [after, before]) {
        const stepped = await step(page, side);
        expect(TIMES).toContain(stepped);
      }
      expect(await numberAt(page, 'data-end-ns')).toBe(endNs);
    });
  });

  it('does not skip what is idle unless it is told to', async () => {
    await on('at=900000000&v=1e9ns', async (page) => {
      await page.keyboard.press('l');
      const samples = await watched(page, 800);
      expectEach(rates([samples[0]!, samples[5]!, samples.at(-1)!, samples[0]!]), 1e9);
    });
  });

  it.each<['l' | 'j', number, number]>([
    // The first burst is uneven, and its end and the idle seconds count as one event.
    ['l', TIMES[20]!, 50],
    ['j', TIMES[280]!, 50],
    // Through the idle seconds.
    ['l', TIMES[297]! + 1000, 20],
  ])('with %s from %d on passes %d events in each second', async (key, fromNs, eventsPerS) => {
    await on(`at=${fromNs}`, async (page) => {
      await typeSpeed(page, `${eventsPerS} ev/s`);
      await page.keyboard.press(key);
      const samples = await watched(page, 1000);
      const [first, last] = [samples[0]!, samples.at(-1)!];
      const way = key === 'l' ? 1 : -1;
      for (const { frameMs, timeNs } of samples.slice(1)) {
        const passed = eventsUntil(timeNs) - eventsUntil(first.timeNs);
        const wanted = ((frameMs - first.frameMs) / 1e3) * eventsPerS * way;
        expect(passed).toBeCloseTo(wanted, 3);
      }
      expect(Math.abs(eventsUntil(last.timeNs) - eventsUntil(first.timeNs))).toBeGreaterThan(10);
    });
  });

  it('plays all of it, or the range, in half a minute when the speed is automatic', async () => {
    await on('at=1000000000&v=1e9ns', async (page) => {
      await page.keyboard.press('u');
      expect(await numberAt(page, 'data-ns-per-s')).toBeCloseTo(endNs / 30, 0);
      await page.keyboard.press('l');
      const samples = await watched(page, 300);
      const [first, last] = [samples[0]!, samples.at(-1)!];
      expectEach(rates([first, last, first, last]), endNs / 30);
    });
    await on('at=1000000000&range=1000000000-4000000000&loop=1&v=auto', async (page) => {
      await page.keyboard.press('l');
      const samples = await watched(page, 300);
      const [first, last] = [samples[0]!, samples.at(-1)!];
      expectEach(rates([first, last, first, last]), 3e9 / 30);
    });
  });

  it('climbs the ladder of speeds with < and >, and with J and L pressed again', async () => {
    await on('at=5000000000&v=1e6ns', async (page) => {
      const seen: number[] = [];
      for (const key of ['>', '>', '>', '<', '<', '<', '<', 'j', 'j', 'l', 'l', 'l']) {
        await page.keyboard.press(key);
        seen.push((await numberAt(page, 'data-ns-per-s')) / 1e6);
      }
      expect(seen).toEqual([2, 5, 10, 5, 2, 1, 0.5, 0.5, 1, 1, 2, 5]);
      const samples = await watched(page, 0);
      expect(samples.length).toBeGreaterThan(0);
    });
  });

  it.each<['l' | 'j', number, number]>([
    ['l', endNs - 100_000_000, endNs],
    ['j', 100_000_000, 0],
  ])('stops at the end with %s, and plays again from the other one', async (key, fromNs, atNs) => {
    await on(`at=${fromNs}&v=1e9ns`, async (page) => {
      await page.keyboard.press(key);
      await page.locator('footer[data-mode="paused"]').waitFor();
      expect(await numberAt(page, 'data-time-ns')).toBe(atNs);
      await page.keyboard.press(key);
      expect(await mode(page)).toBe('playing');
      await page.keyboard.press('k');
      const againNs = await numberAt(page, 'data-time-ns');
      expect(Math.abs(againNs - atNs)).toBeGreaterThan(endNs / 2);
    });
  });

  it('steps along the events of a goroutine, and with Alt along those of all', async () => {
    const own = changes.filter(({ goid }) => goid === 11).map(({ timeNs }) => timeNs);
    await on(`at=${own[30]! + 1}&sel=g:11`, async (page) => {
      await page.locator('[data-selected-goid="11"]').waitFor();
      const seen: number[] = [];
      for (const key of ['.', '.', ',', ',', ',']) seen.push(await step(page, key));
      expect(seen).toEqual([own[31], own[32], own[31], own[30], own[29]]);
      // One goroutine's last event before the idle seconds, and the first after them.
      const at = TIMES.indexOf(own[29]!);
      const any: number[] = [];
      for (const key of ['Alt+.', 'Alt+.', 'Alt+,', 'Alt+,', 'Alt+,']) {
        any.push(await step(page, key));
      }
      expect(any).toEqual([1, 2, 1, 0, -1].map((by) => TIMES[at + by]));
    });
  });

  it('steps to no event beyond the first and the last', async () => {
    await on(`at=${TIMES[0]}`, async (page) => {
      await page.keyboard.press('Alt+,');
      expect(await step(page, 'Alt+.')).toBe(TIMES[1]);
    });
    await on(`at=${TIMES.at(-1)}`, async (page) => {
      await page.keyboard.press('Alt+.');
      expect(await step(page, 'Alt+,')).toBe(TIMES.at(-2));
    });
  });

  /** Press a key that moves the playhead; where to. */
  async function step(page: Page, key: string): Promise<number> {
    const before = await numberAt(page, 'data-time-ns');
    await page.keyboard.press(key);
    await page.waitForFunction(
      (ns) =>
        Number(document.querySelector<HTMLElement>('[data-time-ns]')?.dataset['timeNs']) !== ns,
      before,
    );
    return numberAt(page, 'data-time-ns');
  }
});
