/**
 * The picture in the README: the viewer on the demo's recording.
 *
 *     npm run demo -- --no-serve && node scripts/screenshot.mjs [FILE]
 *
 * Needs Chromium, as the tests do. Shows its liveliest few milliseconds, most of them played.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';
import { root } from './root.mjs';

const output = process.argv[2] ?? join(root, 'docs', 'viewer.png');
const recording = join(root, '.cache', 'demo.arrow');
const xgotop = [join(root, 'bin', 'xgotop')];

const WINDOW_NS = 1e6;
/** Goroutines that fit on the picture. */
const MOST = 28;

// The liveliest window with few enough goroutines.
const [liveliest] = JSON.parse(
  await answer([
    'query',
    recording,
    `WITH windows AS (
       SELECT time_ns // ${WINDOW_NS} * ${WINDOW_NS} AS from_ns, count(*) AS events,
         mode(goid) AS goid, count(DISTINCT goid) AS active
       FROM events WHERE event = 'go_state' GROUP BY 1)
     SELECT from_ns, any_value(windows.goid) AS goid FROM windows JOIN goroutines ON
       coalesce(created_ns, 0) < from_ns + ${WINDOW_NS} AND
       coalesce(exited_ns, 9e18) > from_ns
     GROUP BY from_ns HAVING count(*) <= ${MOST} ORDER BY any_value(active) DESC LIMIT 1`,
    '--format',
    'json',
  ]),
);
const fragment = `#t=${liveliest.from_ns}&z=${WINDOW_NS}&at=${liveliest.from_ns + WINDOW_NS * 0.7}&sel=g:${liveliest.goid}`;

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
