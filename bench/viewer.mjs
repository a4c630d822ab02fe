/**
 * How soon does the viewer show a recording, however long it is, how smoothly, in how much memory?
 *
 * A real browser on the real server: time from asking for the page to the first lanes, to a sharp
 * picture after a jump of the overview, frame times while panning, zooming and playing, and
 * the memory of the browser's processes. Without a graphics card, as in most virtual machines.
 *
 *   node bench/viewer.mjs [million events] [goroutines]     needs `npm run build` and Chromium
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { startReplayServer } from '../dist/src/replay/replay-server.js';
import { writeLongRecording } from './long-recording.mjs';

const MILLIONS = Number(process.argv[2] ?? 10);
const GOROUTINES = Number(process.argv[3] ?? 1000);
const JUMPS = [0.31, 0.77, 0.52, 0.12, 0.93];
const FRAMES = 200;

const folder = mkdtempSync(join(tmpdir(), 'xgotop-viewer-'));
const path = join(folder, 'long.arrow');
const profile = join(folder, 'profile');
let browser;
let server;
try {
  const events = writeLongRecording(path, MILLIONS * 1e6, GOROUTINES);
  server = await startReplayServer({ recordingPath: path });
  browser = await chromium.launchPersistentContext(profile, {
    executablePath: ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((each) => existsSync(each)),
    viewport: { width: 1440, height: 860 },
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  }); // prettier-ignore
  console.log(`${cpus().length} × ${cpus()[0].model}, load ${loadavg()[0].toFixed(1)}; ${events} events, ${GOROUTINES} goroutines, ${(statSync(path).size / 1e9).toFixed(2)} GB`); // prettier-ignore
  const page = await browser.newPage();
  await page.addInitScript(watchDrawing);
  await page.goto(server.url, { waitUntil: 'commit' });
  await page.waitForFunction(() => window.drawing?.lanesMs !== undefined, null, { timeout: 120_000 }); // prettier-ignore
  console.log('ms to the overview, to the first lanes', await page.evaluate(() => [window.drawing.overviewMs, window.drawing.lanesMs].map(Math.round).join(', '))); // prettier-ignore
  const whole = await page.evaluate(() => Number(document.querySelector('[data-window-span-ns]').dataset.windowSpanNs)); // prettier-ignore
  await page.waitForTimeout(2000);
  for (let zoom = 0; zoom < 40; zoom++) {
    const span = await page.evaluate(() => Number(document.querySelector('[data-window-span-ns]').dataset.windowSpanNs)); // prettier-ignore
    if (span < Math.min(whole, 20e6)) break;
    await page.keyboard.press('w');
  }
  await page.waitForTimeout(500);
  const closed = page.locator('button[aria-expanded="false"]');
  if ((await closed.count()) > 0) await closed.first().click();
  const jumps = [];
  for (const part of JUMPS) jumps.push(await page.evaluate(jump, part));
  report('ms from a jump to its sharp picture', jumps);
  report('frame in ms: panning', await page.evaluate(frames, [FRAMES, { deltaX: 12 }]));
  report('frame in ms: zooming', await page.evaluate(frames, [FRAMES, { deltaY: 20, ctrlKey: true }])); // prettier-ignore
  report('frame in ms: scrolling lanes', await page.evaluate(frames, [FRAMES, undefined]));
  await page.keyboard.press('Space');
  report('frame in ms: playing', await page.evaluate(frames, [FRAMES, null]));
  console.log(`the page's process has ${rendererMib().toFixed(0)} MiB resident, ${await page.evaluate(() => document.querySelector('[data-status]')?.textContent ?? 'all read')}`); // prettier-ignore
} finally {
  await browser?.close();
  await server?.close();
  rmSync(folder, { recursive: true });
}

/** In the page: when the overview and when lanes were first drawn. */
function watchDrawing() {
  const drawing = (window.drawing = {});
  const look = () => {
    if (document.querySelector('[data-most-goroutines]')) drawing.overviewMs ??= performance.now();
    if (document.querySelector('[data-drawn-event-count]')) drawing.lanesMs = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

/** In the page: click into the overview, wait until the picture is of there and sharp. */
async function jump(part) {
  const strip = document.querySelector('[aria-label="Overview"] .strip');
  const canvas = document.querySelector('canvas[data-drawn-start-ns]');
  const before = canvas.dataset.drawnStartNs;
  const { left, top, width } = strip.getBoundingClientRect();
  strip.setPointerCapture = () => {};
  const at = { clientX: left + part * width, clientY: top + 30, bubbles: true, pointerId: 1 };
  const started = performance.now();
  strip.dispatchEvent(new PointerEvent('pointerdown', at));
  strip.dispatchEvent(new PointerEvent('pointerup', at));
  while (canvas.dataset.drawnStartNs === before || canvas.dataset.drawnIsCoarse === 'true') {
    await new Promise(requestAnimationFrame);
    if (performance.now() - started > 20_000) return Infinity;
  }
  return performance.now() - started;
}

/** In the page: how long frames take while the wheel turns, lanes scroll (undefined) or it plays (null). */
async function frames([count, wheel]) {
  const picture = document.querySelector('.picture');
  const scroller = document.querySelector('.scroller');
  const times = [];
  let last = await new Promise(requestAnimationFrame);
  for (let frame = 0; frame < count; frame++) {
    const sign = frame < count / 2 ? 1 : -1;
    if (wheel) {
      const turned = { ...wheel, deltaX: sign * (wheel.deltaX ?? 0), deltaY: sign * (wheel.deltaY ?? 0) }; // prettier-ignore
      picture.dispatchEvent(
        new WheelEvent('wheel', { ...turned, bubbles: true, cancelable: true }),
      );
    } else if (wheel === undefined) scroller.scrollTop += sign * 90;
    const now = await new Promise(requestAnimationFrame);
    times.push(now - last);
    last = now;
  }
  return times;
}

/** Resident memory of the largest renderer of this browser, MiB. */
function rendererMib() {
  let most = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      if (!command.includes('--type=renderer') || !command.includes(profile)) continue;
      const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
      most = Math.max(most, Number(rss?.[1] ?? 0) / 1024);
    } catch {
      // It ended meanwhile.
    }
  }
  return most;
}

function report(name, values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
  console.log(`${name.padEnd(40)} p50 ${at(0.5).toFixed(1)}  p95 ${at(0.95).toFixed(1)}  most ${at(1).toFixed(1)}`); // prettier-ignore
}
