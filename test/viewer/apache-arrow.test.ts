/** Recordings as Arrow's own JavaScript library sees them in a real browser, without our viewer. */
import { build } from 'esbuild';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type * as Library from 'apache-arrow';
import type { RecordBatch } from 'apache-arrow';
import type { ZSTDDecoder } from 'zstddec';

import { describeReader } from '../readers/describe-reader.ts';
import type { Reader, Reading } from '../readers/describe-reader.ts';
import { readingOf } from '../readers/reading-of.ts';
import { hasBrowser, startBrowser } from './open-viewer.ts';

/** What the page has when the scripts have run. */
interface PageGlobals {
  Arrow: Pick<typeof Library, 'tableFromIPC' | 'compressionRegistry' | 'CompressionType'> & {
    ZSTDDecoder: typeof ZSTDDecoder;
  };
  readingOf: (batches: Iterable<RecordBatch>) => Reading;
}

/** With a codec for compacted recordings: the library has none of its own. */
const LIBRARY = "export * from 'apache-arrow'; export { ZSTDDecoder } from 'zstddec';";

/** The page asks for recordings as any page would; its requests are answered here. */
async function inPage(paths: readonly string[]): Promise<Record<string, Reading>> {
  const library = await build({
    stdin: { contents: LIBRARY, resolveDir: import.meta.dirname },
    ...{ bundle: true, format: 'iife', globalName: 'Arrow', write: false, platform: 'browser' },
  });
  const browser = await startBrowser();
  const readings: Record<string, Reading> = {};
  try {
    await browser.context.route('http://localhost/**', async (route) => {
      const name = basename(new URL(route.request().url()).pathname);
      const path = paths.find((path) => basename(path) === name);
      if (path !== undefined) await route.fulfill({ body: await readFile(path) });
      else await route.fulfill({ contentType: 'text/html', body: '<!doctype html>' });
    });
    await browser.on('http://localhost/', async (page) => {
      await page.addScriptTag({ content: library.outputFiles[0]!.text });
      await page.addScriptTag({ content: readingOf.toString() });
      await page.evaluate(async () => {
        const { Arrow } = globalThis as unknown as PageGlobals;
        const zstd = new Arrow.ZSTDDecoder();
        await zstd.init();
        const decode = (bytes: Uint8Array) => zstd.decode(bytes);
        Arrow.compressionRegistry.set(Arrow.CompressionType.ZSTD, { decode });
      });
      for (const path of paths) {
        readings[path] = await page.evaluate(async (name) => {
          const { Arrow, readingOf } = globalThis as unknown as PageGlobals;
          try {
            const table = await Arrow.tableFromIPC(fetch(`/${name}`));
            return readingOf(table.batches);
          } catch (error) {
            return { error: String(error) };
          }
        }, basename(path));
      }
    });
  } finally {
    await browser.close();
  }
  return readings;
}

const REFUSES: Record<Reader['takes'], Reader['refuses']> = {
  file: ({ ends }) => (ends === 'file' ? undefined : /Cannot read properties of null/),
  stream: ({ ends }) => (ends === 'inside a message' ? /Expected to read/ : undefined),
};
const isMissing = !hasBrowser();
for (const takes of ['file', 'stream'] as const) {
  describeReader(
    {
      name: `apache-arrow in Chromium, ${takes === 'file' ? 'file' : 'stream from byte 8'}`,
      takes,
      read: inPage,
      namesAre: /^Dictionary<Int\d+, Utf8>$/,
      refuses: REFUSES[takes],
    },
    isMissing,
  );
}
