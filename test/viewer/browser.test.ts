/** The viewer in a real browser, on recordings served by the real server. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRecording, STATES } from '../../src/format/index.ts';
import { LANE_COLUMNS, SpanBuilder } from '../../src/format/lanes/span-builder.ts';
import { startReplayServer, type ReplayServer } from '../../src/replay/replay-server.ts';
import { formatDuration } from '../../viewer/src/format/format-duration.ts';
import { formatTime } from '../../viewer/src/format/format-time.ts';
import { sampleRecording, WAIT_REASONS, type Sample } from '../format/sample-recording.ts';
import {
  allDrawn,
  artefact,
  drop,
  hasBrowser,
  numberAt,
  startBrowser,
  type TestBrowser,
} from './open-viewer.ts';

const WAITING = STATES.indexOf('waiting');
const BUILT_PAGE = fileURLToPath(new URL('../../viewer/dist/index.html', import.meta.url));

/** The spans of a recording, as the page should know them. */
async function spansOf(sample: Sample): Promise<SpanBuilder> {
  const recording = await openRecording(sample.source);
  const builder = new SpanBuilder();
  builder.addGoroutines(recording.goroutines);
  for (const { chunkIndex } of recording.chunks) {
    builder.addChunk(await recording.readEvents(chunkIndex, LANE_COLUMNS));
  }
  return builder;
}

/** The recording's bytes, a name in it replaced by another of the same length. */
function withName(bytes: Uint8Array, name: string, by: string): Uint8Array {
  const changed = Buffer.from(bytes);
  const [from, to] = [Buffer.from(name), Buffer.from(by)];
  if (from.length !== to.length) throw new RangeError(`${by} is not as long as ${name}`);
  for (let at = changed.indexOf(from); at >= 0; at = changed.indexOf(from, at + 1)) {
    to.copy(changed, at);
  }
  return changed;
}

describe.skipIf(!hasBrowser())('the viewer', () => {
  let browser: TestBrowser;
  let folder: string;
  let path: string;
  let sample: Sample;
  let server: ReplayServer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xgotop-viewer-'));
    path = join(folder, 'run.arrow');
    sample = sampleRecording();
    await writeFile(path, sample.bytes);
    server = await startReplayServer({ recordingPath: path });
    browser = await startBrowser();
  });

  afterAll(async () => {
    await browser.close();
    await server.close();
    await rm(folder, { recursive: true });
  });

  it('says what the recording is of, how long, how many events and how many were lost', async () => {
    await browser.on(server.url, async (page) => {
      await allDrawn(page);
      const builder = await spansOf(sample);
      expect(await numberAt(page, 'data-event-count')).toBe(
        sample.chunks.reduce((sum, { rowCount }) => sum + rowCount, 0),
      );
      expect(await numberAt(page, 'data-lost-count')).toBe(18);
      expect(await numberAt(page, 'data-lane-count')).toBe(builder.spans.laneCount);
      const header = await page.locator('header').textContent();
      for (const fact of [`pid ${sample.meta.pid}`, sample.meta.goVersion, sample.meta.host]) {
        expect(header).toContain(fact);
      }
      await page.screenshot({ path: artefact('viewer-dark.png') });
      await page.getByRole('button', { name: 'Dark or light' }).click();
      await page.screenshot({ path: artefact('viewer-light.png') });
      await page.getByRole('button', { name: 'Dark or light' }).click();
    });
  });

  it.each([5_000_000, 20_000_000])('plays at %d ns a second by the clock', async (nsPerS) => {
    await browser.on(server.url, async (page) => {
      await allDrawn(page);
      const speed = page.getByRole('textbox', { name: 'Speed' });
      await speed.fill(`${nsPerS}ns/s`);
      await speed.press('Enter');
      expect(await numberAt(page, 'data-ns-per-s')).toBe(nsPerS);
      await page.keyboard.press('Space');
      const read = (): Promise<[number, number]> =>
        page.evaluate(
          () =>
            new Promise((done) => {
              requestAnimationFrame((nowMs) => {
                const readout = document.querySelector<HTMLElement>('[data-time-ns]');
                done([nowMs, Number(readout?.dataset['timeNs'])]);
              });
            }),
        );
      await page.waitForTimeout(200);
      const [fromMs, fromNs] = await read();
      await page.waitForTimeout(1500);
      const [toMs, toNs] = await read();
      const ratio = (toNs - fromNs) / (((toMs - fromMs) / 1000) * nsPerS);
      expect(ratio).toBeGreaterThan(0.9);
      expect(ratio).toBeLessThan(1.1);
      await page.keyboard.press('Space');
      const stoppedNs = await numberAt(page, 'data-time-ns');
      await page.waitForTimeout(100);
      expect(await numberAt(page, 'data-time-ns')).toBe(stoppedNs);
    });
  });

  it('shows of one span its state, reason, times and goroutine, in tooltip and dock', async () => {
    const builder = await spansOf(sample);
    const { spans } = builder;
    // A waiting span in the middle of a goroutine's life.
    const lane = builder.laneOfGoid.get(44) ?? 20;
    let span = spans.laneOffset[lane]! + 3;
    while (
      spans.state[span] !== WAITING ||
      [0, builder.goid[lane]!].includes(spans.goid[span + 1]!)
    ) {
      span++;
    }
    const startNs = spans.startNs[span]!;
    const endNs = spans.startNs[span + 1]!;
    const goid = builder.goid[lane]!;
    const reason = WAIT_REASONS[spans.reason[span]!]!;
    const lengthNs = endNs - startNs;
    const hash = `#t=${Math.round(startNs - lengthNs)}&z=${3 * lengthNs}&at=${startNs + 1}&sel=g:${goid}`;
    await browser.on(server.url + hash, async (page) => {
      await allDrawn(page);
      await page.locator(`[data-selected-goid="${goid}"]`).waitFor();
      expect(await numberAt(page, 'data-span-start-ns')).toBe(startNs);
      const dock = await page.getByLabel('Selection').textContent();
      expect(dock).toContain(`waiting · ${reason}`);
      expect(dock).toContain(formatDuration(lengthNs));
      const row = await page
        .getByRole('row', { name: `goroutine ${goid},`, selected: true })
        .boundingBox();
      const picture = await page.locator('canvas[data-drawn-event-count]').boundingBox();
      await page.mouse.move(picture!.x + picture!.width / 2, row!.y + 9);
      const wokenBy = `g${spans.goid[span + 1]!}`;
      await page.getByRole('tooltip').getByText('woken by').waitFor();
      const tooltip = await page.getByRole('tooltip').textContent();
      for (const fact of [
        `waiting · ${reason}`,
        `g${goid}`,
        formatTime(startNs),
        formatDuration(lengthNs),
        wokenBy,
        `thread ${spans.tid[span]!}`,
      ]) {
        expect(tooltip).toContain(fact);
      }
      await page.screenshot({ path: artefact('viewer-span.png') });
    });
  });

  it('steps from event to event of the selected goroutine', async () => {
    const builder = await spansOf(sample);
    const { spans } = builder;
    const lane = builder.laneOfGoid.get(44) ?? 20;
    const first = spans.laneOffset[lane]!;
    const wanted = [...spans.startNs.subarray(first + 1, first + 5)];
    await browser.on(
      `${server.url}#at=${spans.startNs[first]!}&sel=g:${builder.goid[lane]!}`,
      async (page) => {
        await allDrawn(page);
        await page.locator('[data-selected-goid]').waitFor();
        const seen: number[] = [];
        for (const { length } of [wanted]) {
          for (let i = 0; i < length; i++) {
            const before = await numberAt(page, 'data-time-ns');
            await page.keyboard.press('.');
            await page.waitForFunction(
              (ns) =>
                Number(document.querySelector<HTMLElement>('[data-time-ns]')?.dataset['timeNs']) !==
                ns,
              before,
            );
            seen.push(await numberAt(page, 'data-time-ns'));
          }
        }
        expect(seen).toEqual(wanted);
      },
    );
  });

  it('zooms at the pointer with Ctrl and the wheel, pans by a drag, fits with F', async () => {
    await browser.on(server.url, async (page) => {
      await allDrawn(page);
      const wholeNs = await numberAt(page, 'data-window-span-ns');
      const box = (await page.locator('canvas[data-drawn-event-count]').boundingBox())!;
      const [x, y] = [box.x + box.width / 4, box.y + 200];
      const under = async (): Promise<number> =>
        (await numberAt(page, 'data-window-start-ns')) +
        ((x - box.x) / box.width) * (await numberAt(page, 'data-window-span-ns'));
      const beforeNs = await under();
      await page.mouse.move(x, y);
      await page.keyboard.down('Control');
      await page.mouse.wheel(0, -1200);
      await page.keyboard.up('Control');
      await page.waitForFunction(
        (ns) =>
          Number(
            document.querySelector<HTMLElement>('[data-window-span-ns]')?.dataset['windowSpanNs'],
          ) < ns,
        wholeNs * 0.9,
      );
      const zoomedNs = await numberAt(page, 'data-window-span-ns');
      expect(Math.abs((await under()) - beforeNs)).toBeLessThan(zoomedNs / 200);
      const startNs = await numberAt(page, 'data-window-start-ns');
      await page.mouse.down();
      await page.mouse.move(x + 100, y, { steps: 4 });
      await page.mouse.up();
      const movedNs = startNs - (await numberAt(page, 'data-window-start-ns'));
      expect(movedNs / zoomedNs).toBeCloseTo(100 / box.width, 2);
      await page.keyboard.press('f');
      expect(await numberAt(page, 'data-window-span-ns')).toBe(wholeNs);
    });
  });

  it('finds goroutines by id and by function', async () => {
    const builder = await spansOf(sample);
    await browser.on(server.url, async (page) => {
      await allDrawn(page);
      await page.keyboard.press('/');
      await page.keyboard.type('g44');
      await page.waitForSelector('[data-lane-count="1"]');
      await page.keyboard.press('Enter');
      await page.locator('[data-selected-goid="44"]').waitFor();
      await page.keyboard.press('Control+k');
      await page.keyboard.type('main.worker');
      const func = (await openRecording(sample.source)).dictionaries.func.indexOf('main.worker');
      const count = builder.func
        .subarray(0, builder.spans.laneCount)
        .filter((each) => each === func).length;
      await page.waitForSelector(`[data-lane-count="${count}"]`);
      expect(count).toBeGreaterThan(1);
    });
  });

  it('closes a group and shows it as one row', async () => {
    await browser.on(server.url, async (page) => {
      await allDrawn(page);
      const before = await numberAt(page, 'data-row-count');
      const group = page.getByRole('row', { name: 'main.worker, ', expanded: true });
      await group.click();
      const after = await numberAt(page, 'data-row-count');
      expect(after).toBeLessThan(before);
      await page.getByRole('row', { name: 'main.worker, ', expanded: false }).click();
      expect(await numberAt(page, 'data-row-count')).toBe(before);
    });
  });

  it('opens from a folder, without any server, and shows a recording that is dropped', async () => {
    const cut = sampleRecording({ cutOff: true });
    await browser.on(pathToFileURL(BUILT_PAGE).href, async (page) => {
      await page.getByText('Drop a recording here').waitFor();
      await browser.context.setOffline(true);
      await drop(page, 'cut.arrow', cut.bytes);
      await allDrawn(page);
      expect(await numberAt(page, 'data-event-count')).toBe(
        cut.chunks.reduce((sum, { rowCount }) => sum + rowCount, 0),
      );
      expect(await page.locator('[data-status="cut"]').textContent()).toContain('cut off');
      await browser.context.setOffline(false);
    });
  });

  it.each<[string, Uint8Array, string]>([
    ['empty', new Uint8Array(0), 'truncated'],
    ['something else', Buffer.alloc(5000, 'not a recording '), 'not-a-recording'],
  ])('says what is wrong with a file that is %s', async (_, bytes, code) => {
    await browser.on(pathToFileURL(BUILT_PAGE).href, async (page) => {
      await drop(page, 'other.arrow', bytes);
      expect(await page.getByRole('alert').textContent()).toContain(code);
    });
  });

  it('shows names from a recording as text, whatever they are', async () => {
    const hostile = [
      ['main.(*server).handle', '<img src=x onerror=a>'],
      ['main.worker', '<img src=x>'],
      [sample.meta.host, '<b>'.padEnd(sample.meta.host.length, 'x')],
    ] as const;
    let { bytes } = sample;
    for (const [name, by] of hostile) bytes = withName(bytes, name, by);
    const hostilePath = join(folder, '<img src=x>.arrow');
    await writeFile(hostilePath, bytes);
    const hostileServer = await startReplayServer({ recordingPath: hostilePath });
    await browser.on(hostileServer.url, async (page) => {
      await allDrawn(page);
      for (const [, name] of hostile.slice(1)) {
        expect(await page.locator('body').textContent()).toContain(name);
      }
      // Through the search, the tooltip and the dock as well.
      await page.keyboard.press('/');
      await page.keyboard.type('onerror');
      await page.keyboard.press('Enter');
      await page.locator('[data-selected-goid]').waitFor();
      expect(await page.getByLabel('Selection').textContent()).toContain(hostile[0][1]);
      expect(await page.locator('img, b b, header b b').count()).toBe(0);
    });
    await hostileServer.close();
  });

  it('closes the help with Esc and has a name for every control', async () => {
    await browser.on(server.url, async (page) => {
      await allDrawn(page);
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keys' }).waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      const nameless = await page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>('button, input, select')]
          .filter(
            (control) =>
              control.textContent.trim() === '' &&
              !control.hasAttribute('aria-label') &&
              (control as HTMLInputElement).labels?.length !== 1,
          )
          .map(({ outerHTML }) => outerHTML),
      );
      expect(nameless).toEqual([]);
    });
  });
});
