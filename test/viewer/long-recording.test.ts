/** A recording longer than the page holds, in a real browser: read by ranges, piece by piece. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { closeSync, openSync, writevSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startReplayServer, type ReplayServer } from '../../src/replay/replay-server.ts';
import { kinWords } from '../../viewer/src/dock/kin-words.ts';
import { formatDuration } from '../../viewer/src/format/format-duration.ts';
import { formatTime } from '../../viewer/src/format/format-time.ts';
import { WAIT_REASONS } from '../format/sample-recording.ts';
import {
  changesOf,
  CHUNK_NS,
  CHUNK_ROWS,
  makeLongRecording,
  QUIET_GOID,
  type LongChange,
} from './long-recording.ts';
import { hasBrowser, numberAt, startBrowser, type TestBrowser } from './open-viewer.ts';

/** So many that the page does not hold them: more than eight million events. */
const CHUNKS = 124;

/** What the server answers of a recording's bytes: counted, and kept back when it is too much. */
class Gate {
  allowedBytes = Infinity;
  askedBytes = 0;
  readonly #held: Socket[] = [];

  readonly onrequest = (message: unknown): void => {
    const { request, socket } = message as { request: IncomingMessage; socket: Socket };
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    if (!/\/recording(\?|$)/.test(request.url ?? '') || to === undefined) return;
    this.askedBytes += Number(to) + 1 - Number(from);
    if (this.askedBytes <= this.allowedBytes) return;
    // What is written to it stays here until it is uncorked.
    socket.cork();
    this.#held.push(socket);
  };

  open(): void {
    this.allowedBytes = Infinity;
    for (const socket of this.#held.splice(0)) socket.uncork();
  }
}

describe.skipIf(!hasBrowser())('a recording longer than the page holds', () => {
  const gate = new Gate();
  let browser: TestBrowser;
  let folder: string;
  let server: ReplayServer;
  let eventCount: number;
  let sizeBytes: number;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xgotop-long-'));
    const path = join(folder, 'long.arrow');
    const file = openSync(path, 'w');
    eventCount = makeLongRecording(CHUNKS, (pieces) => writevSync(file, pieces));
    closeSync(file);
    sizeBytes = (await stat(path)).size;
    server = await startReplayServer({ recordingPath: path });
    subscribe('http.server.request.start', gate.onrequest);
    browser = await startBrowser();
  });

  afterAll(async () => {
    gate.open();
    unsubscribe('http.server.request.start', gate.onrequest);
    await browser.close();
    await server.close();
    await rm(folder, { recursive: true });
  });

  afterEach(() => gate.open());

  it('is one, or nothing here says anything', () => {
    expect(eventCount).toBeGreaterThan(8_000_000);
    expect(eventCount).toBe(CHUNKS * CHUNK_ROWS);
    expect(sizeBytes).toBeLessThan(400e6);
  });

  it('is overviewed before a twentieth of it has been sent', async () => {
    gate.askedBytes = 0;
    gate.allowedBytes = sizeBytes / 20;
    await browser.on(server.url, async (page) => {
      await page.locator('[data-most-goroutines]').waitFor();
      expect(await numberAt(page, 'data-event-count')).toBe(eventCount);
      expect(await numberAt(page, 'data-most-goroutines')).toBe(201);
      expect(await numberAt(page, 'data-end-ns')).toBe(CHUNKS * CHUNK_NS);
      // There is a picture, from one end to the other, and not of one colour.
      await page.waitForFunction(() => {
        const canvas = document.querySelector<HTMLCanvasElement>('[aria-label="Overview"] canvas')!;
        const { width, height } = canvas;
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, width, height);
        const pixels = new Uint32Array(data.buffer);
        const ends = [0.02, 0.5, 0.98].map((part) => {
          const column = new Set<number>();
          for (let y = 0; y < height; y++)
            column.add(pixels[y * width + Math.floor(part * width)]!);
          return column.size;
        });
        return ends.every((size) => size > 1);
      });
      gate.open();
    });
  });

  it('is drawn coarsely first, and sharply when its bytes have come', async () => {
    const startNs = 40.2 * CHUNK_NS;
    await openAt(startNs, 0.1 * CHUNK_NS, '', async (page) => {
      await drawn(page, startNs - 0.1 * CHUNK_NS, false);
      // Wider from there on: pieces that nobody has looked at yet.
      const spanNs = 3 * CHUNK_NS;
      const fromNs = Math.round(startNs - 0.1 * CHUNK_NS);
      gate.allowedBytes = 0;
      await page.evaluate(
        (hash) => {
          location.hash = hash;
        },
        `#t=${fromNs + spanNs}&z=${spanNs}`,
      );
      await drawn(page, fromNs, true);
      gate.open();
      await drawn(page, fromNs, false);
    });
  });

  it.each([3, 80, 122])(
    'is sharp after a jump into chunk %d, with the spans of its rows',
    async (chunk) => {
      const changes = changesOf(chunk, CHUNKS);
      const woken = changes[3 * 12_345]!;
      const own = spansOf(changes, woken.goid);
      const span = own.findIndex(({ fromNs }) => fromNs === woken.timeNs);
      const startNs = woken.timeNs - 1000;
      await openAt(0, 1e6, '', async (page) => {
        await page.evaluate((hash) => {
          location.hash = hash;
        }, `#t=${startNs}&z=4000&at=${woken.timeNs}&sel=g:${woken.goid}`);
        await page.locator(`[data-selected-goid="${woken.goid}"]`).waitFor();
        await drawn(page, startNs - 4000, false);
        const picture = (await page.locator('canvas[data-drawn-event-count]').boundingBox())!;
        const row = (await page
          .getByRole('row', { name: `goroutine ${woken.goid},`, selected: true })
          .boundingBox())!;
        for (const { fromNs, toNs, words } of own.slice(span - 1, span + 3)) {
          const middleNs = (Math.max(fromNs, startNs) + Math.min(toNs, startNs + 4000)) / 2;
          const x = picture.x + ((middleNs - startNs) / 4000) * picture.width;
          await page.mouse.move(x, row.y + 9);
          const tooltip = page.getByRole('tooltip');
          await tooltip.getByText(words).waitFor();
          const text = await tooltip.textContent();
          expect(text).toContain(formatTime(fromNs));
          expect(text).toContain(formatDuration(toNs - fromNs));
        }
      });
    },
  );

  it('tells of a span what is around it and what was recorded with it', async () => {
    const chunk = 60;
    const turn = 9000;
    const changes = changesOf(chunk, CHUNKS);
    const wait = changes[3 * turn + 2]!;
    const end = changes[3 * (turn + 200)]!;
    const woken = changes[3 * (turn + 1)]!;
    expect([end.goid, woken.byGoid]).toEqual([wait.goid, wait.goid]);
    const lengthNs = end.timeNs - wait.timeNs;
    // Its like: waits for the same reason that ended in this chunk, of every other worker.
    const reasonOf = new Map<number, LongChange>();
    for (const change of changesOf(chunk - 1, CHUNKS)) reasonOf.set(change.goid, change);
    const lengths: number[] = [];
    for (const change of changes) {
      const before = reasonOf.get(change.goid)!;
      reasonOf.set(change.goid, change);
      const isLike = before.reason === wait.reason && change.goid % 2 === wait.goid % 2;
      if (isLike) lengths.push(change.timeNs - before.timeNs);
    }
    lengths.sort((a, b) => a - b);
    const kin = {
      count: lengths.length,
      shorterCount: lengths.filter((each) => each < lengthNs).length,
      medianNs: lengths[lengths.length >> 1]!,
      longestNs: lengths.at(-1)!,
    };
    const hash = `&at=${wait.timeNs + 1}&sel=g:${wait.goid}`;
    await openAt(wait.timeNs - 1e5, 1e6, hash, async (page) => {
      const dock = page.getByLabel('Selection');
      await page.locator(`[data-span-start-ns="${wait.timeNs}"]`).waitFor();
      await dock.getByText('Woke or started').waitFor();
      await dock.getByText('worker.go:22').waitFor();
      const text = (await dock.textContent())!.replaceAll(/\s+/g, ' ');
      for (const fact of [
        `waiting · ${WAIT_REASONS[wait.reason]}`,
        formatDuration(lengthNs),
        `woken by g${end.byGoid}`,
        `P${turn % 4} · thread ${100 + (turn % 4)}`,
        `Woke or started 1 g${woken.goid}`,
        'main.feed worker.go:22main.worker main.go:11',
        kinWords(kin, lengthNs)!,
      ]) {
        expect(text).toContain(fact.replaceAll(/\s+/g, ' '));
      }
      // Along the chain of wakers, and back.
      await page.keyboard.press('[');
      await page.locator(`[data-selected-goid="${end.byGoid}"]`).waitFor();
      await page.keyboard.press(']');
      await page.locator(`[data-span-start-ns="${wait.timeNs}"]`).waitFor();
      // From event to event, and the one that never changed.
      await page.keyboard.press('.');
      await page.locator(`[data-span-start-ns="${end.timeNs}"]`).waitFor();
      expect(await numberAt(page, 'data-time-ns')).toBe(end.timeNs);
    });
  });

  it('knows where a span that goes through all of it begins and ends', async () => {
    const endNs = changesOf(CHUNKS - 1, CHUNKS).at(-3)!.timeNs;
    const at = 55 * CHUNK_NS;
    await openAt(at, 1e6, `&at=${at}&sel=g:${QUIET_GOID}`, async (page) => {
      await page.locator('[data-span-start-ns="0"]').waitFor();
      const dock = (await page.getByLabel('Selection').textContent())!;
      expect(dock).toContain(formatDuration(endNs));
      await page.keyboard.press('.');
      await page.locator(`[data-span-start-ns="${endNs}"]`).waitFor();
    });
  });

  it('sums up a stretch of time that is drawn on the ruler', async () => {
    const chunk = 100;
    const startNs = chunk * CHUNK_NS + 3e7;
    await openAt(startNs, 1e6, '', async (page) => {
      await drawn(page, startNs - 1e6, false);
      const ruler = (await page.locator('[aria-label="Ruler"] .ticks').boundingBox())!;
      await page.mouse.move(ruler.x + 300, ruler.y + 10);
      await page.mouse.down();
      await page.mouse.move(ruler.x + 700, ruler.y + 10, { steps: 4 });
      await page.mouse.up();
      await page.locator('[data-area-start-ns]').waitFor();
      // While it is dragged parts of it are summed up.
      const lengthNs = async () =>
        (await numberAt(page, 'data-area-end-ns')) - (await numberAt(page, 'data-area-start-ns'));
      await expect.poll(lengthNs, { timeout: 20_000 }).toBeCloseTo((400 / ruler.width) * 1e6, -1);
      const fromNs = await numberAt(page, 'data-area-start-ns');
      const toNs = await numberAt(page, 'data-area-end-ns');
      expect(await numberAt(page, 'data-area-goroutines')).toBe(201);
      const wanted = sumsOf(changesOf(chunk - 1, CHUNKS), changesOf(chunk, CHUNKS), fromNs, toNs);
      await page.waitForFunction(
        (count) => document.querySelectorAll('[data-area-ns]').length === count,
        wanted.length,
      );
      const told = await page
        .locator('[data-area-ns]')
        .evaluateAll((items) => items.map((item) => Number(item.getAttribute('data-area-ns'))));
      for (const [at, ns] of wanted.entries()) expect(told[at]).toBeCloseTo(ns, 0);
    });
  });

  it('is grouped by the states at the playhead', async () => {
    const changes = changesOf(33, CHUNKS);
    const running = changes[3 * 4000 + 1]!;
    const runnable = changes[3 * 4321]!;
    // The many that wait are closed: the others are on screen then.
    const grouped = 'by=state&close=(state+waiting)';
    await openAt(
      running.timeNs - 500,
      1000,
      `&at=${running.timeNs + 1}&${grouped}`,
      async (page) => {
        await group(page, 'running', 1);
        await group(page, 'waiting', 200);
        await page.getByRole('row', { name: `goroutine ${running.goid},` }).waitFor();
        await page.evaluate(
          (hash) => {
            location.hash = hash;
          },
          `#t=${runnable.timeNs - 500}&z=1000&at=${runnable.timeNs + 1}&${grouped}`,
        );
        await group(page, 'runnable', 1);
        await group(page, 'waiting', 200);
      },
    );
  });

  /** Open it at a window. */
  async function openAt(
    startNs: number,
    spanNs: number,
    more: string,
    act: (page: Page) => Promise<void>,
  ): Promise<void> {
    const hash = `#t=${Math.round(startNs)}&z=${Math.round(spanNs)}${more}`;
    await browser.on(server.url + hash, async (page) => {
      await page.locator('canvas[data-drawn-event-count]').waitFor();
      await act(page);
    });
  }
});

/** The picture has been drawn from an answer that begins at a time, coarse or sharp. */
async function drawn(page: Page, fromNs: number, isCoarse: boolean): Promise<void> {
  const from = String(Math.round(fromNs));
  await page
    .locator(`canvas[data-drawn-start-ns="${from}"][data-drawn-is-coarse="${isCoarse}"]`)
    .waitFor();
}

async function group(page: Page, name: string, count: number): Promise<void> {
  const header = page.getByRole('row', { name: `${name}, ${count} goroutines`, exact: true });
  await header.waitFor();
}

/** Stretches in one state, of a goroutine in a chunk, from its first change on. */
function spansOf(changes: readonly LongChange[], goid: number) {
  const own = changes.filter((change) => change.goid === goid);
  return own.slice(0, -1).map(({ timeNs, to, reason }, at) => ({
    fromNs: timeNs,
    toNs: own[at + 1]!.timeNs,
    words: to === 'waiting' ? `waiting · ${WAIT_REASONS[reason]}` : to,
  }));
}

/** Time by state and reason within a stretch, the most first. */
function sumsOf(
  before: readonly LongChange[],
  changes: readonly LongChange[],
  fromNs: number,
  toNs: number,
): number[] {
  const sums = new Map<string, number>();
  const last = new Map<number, { timeNs: number; key: string }>();
  const pass = (goid: number, untilNs: number): void => {
    const { timeNs, key } = last.get(goid)!;
    const lengthNs = Math.min(untilNs, toNs) - Math.max(timeNs, fromNs);
    if (lengthNs > 0) sums.set(key, (sums.get(key) ?? 0) + lengthNs);
  };
  last.set(QUIET_GOID, { timeNs: 0, key: `waiting ${changesOf(0, 1)[2]!.reason}` });
  for (const { timeNs, goid, to, reason } of [...before, ...changes]) {
    if (last.has(goid)) pass(goid, timeNs);
    last.set(goid, { timeNs, key: `${to} ${reason}` });
  }
  for (const goid of last.keys()) pass(goid, Infinity);
  return [...sums.values()].sort((a, b) => b - a);
}
