/** Along the chain of wakers by keys, and summing up a stretch of time, in a real browser. */
import { describe, expect, it } from 'vitest';
import { openRecording, STATES } from '../../src/format/index.ts';
import { LANE_COLUMNS, SpanBuilder } from '../../src/format/lanes/span-builder.ts';
import { sampleRecording } from '../format/sample-recording.ts';
import { allDrawn, hasBrowser, numberAt } from './open-viewer.ts';
import { servedViewer } from './served-viewer.ts';

const sample = sampleRecording();

describe.skipIf(!hasBrowser())('the viewer', () => {
  const viewer = servedViewer(() => sample.bytes);

  it('goes from a wait to who ended it and back, by keys and by a click', async () => {
    const recording = await openRecording(sample.source);
    const builder = new SpanBuilder();
    builder.addGoroutines(recording.goroutines);
    for (const { chunkIndex } of recording.chunks) {
      builder.addChunk(await recording.readEvents(chunkIndex, LANE_COLUMNS));
    }
    const { spans } = builder;
    const lane = builder.laneOfGoid.get(44)!;
    let span = spans.laneOffset[lane]!;
    while (
      STATES[spans.state[span]!] !== 'waiting' ||
      [0, 44].includes(spans.goid[span + 1]!) ||
      spans.startNs[span] === spans.startNs[span + 1]
    ) {
      span++;
    }
    const startNs = spans.startNs[span]!;
    const waker = spans.goid[span + 1]!;
    const wakerLane = builder.laneOfGoid.get(waker)!;
    const wakerSpan = spans.at(wakerLane, spans.startNs[span + 1]!);
    await viewer.browser.on(`${viewer.url}#at=${startNs}&sel=g:44`, async (page) => {
      await allDrawn(page);
      const on = (goid: number, ns: number) =>
        page.locator(`[data-selected-goid="${goid}"][data-span-start-ns="${ns}"]`).waitFor();
      await on(44, startNs);
      await page.keyboard.press('[');
      await on(waker, spans.startNs[wakerSpan]!);
      await page.keyboard.press(']');
      await on(44, startNs);
      await page.getByRole('button', { name: 'follow' }).click();
      await on(waker, spans.startNs[wakerSpan]!);
    });
  });

  it('sums up what a drag is drawn over, on the ruler and with Shift over lanes', async () => {
    await viewer.browser.on(viewer.url, async (page) => {
      await allDrawn(page);
      const box = (await page.locator('canvas[data-drawn-event-count]').boundingBox())!;
      const wholeNs = await numberAt(page, 'data-window-span-ns');
      const ruler = (await page.getByLabel('Ruler').boundingBox())!;
      const [from, to] = [box.x + box.width / 4, box.x + box.width / 2];
      const drag = async (fromY: number, toY: number): Promise<void> => {
        await page.mouse.move(from, fromY);
        await page.mouse.down();
        await page.mouse.move(to, toY, { steps: 4 });
        await page.mouse.up();
      };
      await drag(ruler.y + 15, ruler.y + 15);
      await page.locator('[data-area-start-ns]').waitFor();
      expect((await numberAt(page, 'data-area-start-ns')) / wholeNs).toBeCloseTo(0.25, 2);
      expect((await numberAt(page, 'data-area-end-ns')) / wholeNs).toBeCloseTo(0.5, 2);
      const all = await numberAt(page, 'data-area-goroutines');
      await page.getByRole('tab', { name: 'Selection', selected: true }).waitFor();
      // A longest span: a click goes there.
      await page.getByLabel('Selection').locator('ol button').first().click();
      await page.locator('[data-selected-goid]').waitFor();
      await page.getByRole('tab', { name: 'Span', selected: true }).waitFor();
      await page.keyboard.press('Escape');
      expect(await page.getByRole('tab').count()).toBe(0);
      await page.keyboard.down('Shift');
      await drag(box.y + 200, box.y + 230);
      await page.keyboard.up('Shift');
      await page.locator('[data-area-goroutines]').waitFor();
      const some = await numberAt(page, 'data-area-goroutines');
      expect(some).toBeGreaterThan(0);
      expect(some).toBeLessThan(Math.min(all, 4));
    });
  });
});
