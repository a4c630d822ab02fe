/**
 * The picture in the README: the viewer on the demo's recording.
 *
 *     npm run demo -- --no-serve && node scripts/screenshot.mjs [FILE]
 *
 * Needs Chromium, as the tests do. Shows the window in which most goroutines are started, its
 * first quarter played.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';
import { root } from './root.mjs';

const output = process.argv[2] ?? join(root, 'docs', 'viewer.png');
const recording = join(root, '.cache', 'demo.arrow');
const xgotop = [join(root, 'bin', 'xgotop')];

const [busiest] = JSON.parse(
  await answer([
    'query',
    recording,
    `SELECT min(time_ns) AS from_ns, max(time_ns) AS to_ns, arg_min(goid, time_ns) AS goid FROM (
       SELECT time_ns, goid, ntile(12) OVER (ORDER BY time_ns) AS part FROM events
       WHERE event = 'go_create') WHERE part = 6`,
    '--format',
    'json',
  ]),
);
const spanNs = Math.max(busiest.to_ns - busiest.from_ns, 1e6) * 2;
const atNs = busiest.from_ns + spanNs * 0.4;

const server = spawn(process.execPath, [...xgotop, 'replay', recording, '--no-open'], {
  stdio: ['ignore', 'pipe', 'ignore'],
});
const { value: url } = await createInterface({ input: server.stdout })
  [Symbol.asyncIterator]()
  .next();
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
try {
  const page = await browser.newPage({
    viewport: { width: 1440, height: 860 },
    colorScheme: 'dark',
  });
  const fragment = `#t=${busiest.from_ns}&z=${Math.round(spanNs)}&at=${Math.round(atNs)}&sel=g:${busiest.goid}`;
  await page.goto(url + fragment);
  await page.waitForSelector('[data-event-count]');
  await page.waitForSelector('[data-status]', { state: 'detached', timeout: 60_000 });
  await page.waitForTimeout(1000);
  await page.screenshot({ path: output });
} finally {
  await browser.close();
  server.kill('SIGINT');
}
process.stdout.write(`${output}\n`);

/** What `xgotop` prints. */
function answer(args) {
  const child = spawn(process.execPath, [...xgotop, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (piece) => (text += piece));
  return new Promise((resolve, reject) => {
    child.on('close', (code) => (code === 0 ? resolve(text) : reject(new Error(`exit ${code}`))));
  });
}
