/**
 * How soon is a recording on screen, and does panning over it keep up with the display?
 *
 * A real browser on the real server: time from asking for the page to the first lanes drawn
 * and to everything read; then frame times while the window moves with every frame, at three
 * zooms, with the screen full of lanes. A frame has 16.7 ms at 60 Hz. Without a graphics card, as in
 * most virtual machines, this is the slow case.
 *
 *   node bench/pan.mjs [recording.arrow]     needs `npm run build` and Chromium
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { startReplayServer } from '../dist/src/replay/replay-server.js';

const SYNTHETIC = { events: 1_500_000, goroutines: 400, chunkRows: 65_536, seed: 7 };
const RUNS = 5;
const FRAMES = 240;
/** CSS pixels a frame: a quick drag. */
const STEP_PX = 12;
/** Presses of W before each measurement, on top of those before. */
const ZOOMS = [
  ['whole recording, a third of it', 3],
  ['hundredth', 10],
  ['ten-thousandth', 13],
];

const root = new URL('..', import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'xgotop-pan-'));
const path = process.argv[2] ?? (await synthetic());
const server = await startReplayServer({ recordingPath: path });
const browser = await chromium.launch({
  executablePath: ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((each) => existsSync(each)),
  args: [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});
try {
  console.log(`${cpus().length} × ${cpus()[0].model}, Chromium ${browser.version()}`);
  const firstMs = [];
  const allMs = [];
  let page;
  for (let run = 0; run < RUNS; run++) {
    await page?.close();
    page = await browser.newPage({ viewport: { width: 1440, height: 860 } });
    await page.addInitScript(watchDrawing);
    await page.goto(server.url, { waitUntil: 'commit' });
    await page.waitForFunction(() => window.drawing?.allMs !== undefined, null, {
      timeout: 120_000,
    });
    const drawing = await page.evaluate(() => window.drawing);
    firstMs.push(drawing.firstMs);
    allMs.push(drawing.allMs);
  }
  const fact = async (name) => Number(await page.locator(`[${name}]`).first().getAttribute(name));
  console.log(
    `${await fact('data-event-count')} events, ${await fact('data-lane-count')} goroutines\n`,
  );
  row('', 'minimum', 'median', 'p95', 'maximum');
  report(`first lanes drawn, ms (${RUNS} runs)`, firstMs);
  report(`everything read, ms`, allMs);
  // A large group is closed at first; open, its lanes fill the screen.
  const closed = page.locator('button[aria-expanded="false"]');
  if ((await closed.count()) > 0) await closed.first().click();
  for (const [name, presses] of ZOOMS) {
    for (let i = 0; i < presses; i++) await page.keyboard.press('w');
    await page.waitForTimeout(500);
    const frames = await page.evaluate(pan, { frames: FRAMES, stepPx: STEP_PX });
    report(`pan, frame in ms: ${name}`, frames);
  }
} finally {
  await browser.close();
  await server.close();
  rmSync(folder, { recursive: true });
}

/** In the page: remember when lanes were first drawn, and when all of them. */
function watchDrawing() {
  const drawing = (window.drawing = {});
  const look = () => {
    const drawn = document.querySelector('[data-drawn-event-count]')?.dataset.drawnEventCount;
    const told = document.querySelector('[data-event-count]')?.dataset.eventCount;
    const isReading = document.querySelector('[data-status="reading"]') !== null;
    if (Number(drawn) > 0) drawing.firstMs ??= performance.now();
    if (Number(drawn) > 0 && drawn === told && !isReading) drawing.allMs = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

/** In the page: move the window with every frame, there and back. */
async function pan({ frames, stepPx }) {
  const picture = document.querySelector('.picture');
  const times = [];
  let last = await new Promise(requestAnimationFrame);
  for (let frame = 0; frame < frames; frame++) {
    const deltaX = frame < frames / 2 ? stepPx : -stepPx;
    picture.dispatchEvent(new WheelEvent('wheel', { deltaX, bubbles: true, cancelable: true }));
    const now = await new Promise(requestAnimationFrame);
    times.push(now - last);
    last = now;
  }
  return times;
}

/** A recording made up for the purpose. */
async function synthetic() {
  const cache = new URL('.cache/', root);
  mkdirSync(cache, { recursive: true });
  const outfile = new URL('bench-sample.mjs', cache);
  await build({
    entryPoints: [new URL('test/format/sample-recording.ts', root).pathname],
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outfile: outfile.pathname,
    logLevel: 'error',
  });
  const { sampleRecording } = await import(pathToFileURL(outfile.pathname).href);
  const file = join(folder, 'synthetic.arrow');
  writeFileSync(file, sampleRecording(SYNTHETIC).bytes);
  return file;
}

function report(name, values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
  row(name, ...[0, 0.5, 0.95, 1].map((part) => at(part).toFixed(1)));
}

function row(name, ...cells) {
  console.log(name.padEnd(52) + cells.map((cell) => cell.padStart(10)).join(''));
}
