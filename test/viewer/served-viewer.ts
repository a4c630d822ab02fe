/** A recording on the real server and a real browser, for all tests of a `describe`. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { startReplayServer, type ReplayServer } from '../../src/replay/replay-server.ts';
import { startBrowser, type TestBrowser } from './open-viewer.ts';

/** Both are there while tests run, and not before. */
export interface ServedViewer {
  readonly browser: TestBrowser;
  /** Of the page, with its token. */
  readonly url: string;
  /** Of the recording, with room for others; removed at the end. */
  readonly folder: string;
}

/** To be called where tests are described. @param bytes - of the recording */
export function servedViewer(bytes: () => Uint8Array): ServedViewer {
  let folder: string;
  let server: ReplayServer;
  let browser: TestBrowser;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xgotop-viewer-'));
    const path = join(folder, 'run.arrow');
    await writeFile(path, bytes());
    server = await startReplayServer({ recordingPath: path });
    browser = await startBrowser();
  });

  afterAll(async () => {
    await browser.close();
    await server.close();
    await rm(folder, { recursive: true });
  });

  return {
    get browser() {
      return browser;
    },
    get url() {
      return server.url;
    },
    get folder() {
      return folder;
    },
  };
}
