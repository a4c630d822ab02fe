/**
 * The worker that owns the recording: opens it wherever it is, reads chunk after chunk,
 * tells the page what there is, and answers what the page asks for meanwhile.
 */
import type { ByteSource } from '../../../src/format/byte-source.ts';
import { FormatError } from '../../../src/format/errors.ts';
import { openRecording } from '../../../src/format/open-recording.ts';
import type { Recording } from '../../../src/format/recording.ts';
import { ShownNames, shownName } from '../format/shown-name.ts';
import { BlobSource } from '../source/blob-source.ts';
import { openLiveStream } from '../source/live-stream.ts';
import { RangeSource } from '../source/range-source.ts';
import { answerContext } from './answer-context.ts';
import type { ContextRequest } from './context-protocol.ts';
import { buffersOf, LaneStore } from './lane-store.ts';
import { PagedStore } from './paged-store.ts';
import type { FromWorker, SourceRequest, ToWorker } from './protocol.ts';
import { answerPagedContext } from './paged-context.ts';
import { laneStates } from './lane-states.ts';
import { indexSeries, SeriesReader } from './series-reader.ts';

/** While reading, the page is told this often, ms. */
const SUMMARY_EVERY_MS = 120;
/** A recording with more events is read piece by piece: spans of so many take about 500 MB. */
const MOST_HELD_EVENTS = 8_000_000;
/** Of such a one the page is told so often, ms. */
const PAGED_EVERY_MS = 500;
/** A live recording is shown at most this often, ms: well under the 200 ms one notices. */
const LIVE_EVERY_MS = 40;
/** With every so many goroutines it is shown a ms less often: the page goes through them all. */
const GOROUTINES_PER_MS = 100;

let recording: Recording | undefined;
let store: LaneStore | undefined;
let seriesReader: SeriesReader | undefined;
/** Instead of `store`, for a recording too long to be held. */
let paged: PagedStore | undefined;
const connection = { isLive: false, isBroken: false, isLoading: true };
let partRows = -1;
/** Time of the first event that the page was not told of yet. */
let freshFromNs: number | undefined;
const shown = {
  functions: new ShownNames(),
  waitReasons: new ShownNames(),
  kinds: new ShownNames(),
};

function post(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  self.postMessage(message, { transfer });
}

function postSummary(): void {
  const held = store ?? paged;
  if (held === undefined || recording === undefined) return;
  const { sites, probes } = recording;
  if (sites.length + probes.length !== partRows) {
    partRows = sites.length + probes.length;
    post({
      type: 'parts',
      parts: { sites: sites.map((site) => ({ ...site, file: shownName(site.file) })), probes },
    });
  }
  const summary = held.summary(connection);
  post({
    type: 'summary',
    summary: {
      ...summary,
      functions: shown.functions.of(summary.functions),
      waitReasons: shown.waitReasons.of(summary.waitReasons),
      kinds: shown.kinds.of(summary.kinds),
      freshFromNs,
    },
  });
  freshFromNs = undefined;
}

/** Read the chunks not yet taken in; the next one is on its way while one is taken in. */
async function readOn(everyMs: number): Promise<void> {
  if (recording === undefined || store === undefined) return;
  const { chunks } = recording;
  // The first chunk is shown at once.
  let toldAt = store.chunkCount === 0 ? -Infinity : performance.now();
  let next = store.chunkCount < chunks.length ? store.read(store.chunkCount) : undefined;
  while (next !== undefined) {
    const index = store.chunkCount;
    const columns = await next;
    next = index + 1 < recording.chunks.length ? store.read(index + 1) : undefined;
    // A failure is met when it is awaited; until then it must not count as unhandled.
    next?.catch(() => undefined);
    const chunk = recording.chunks[index]!;
    store.take(chunk, columns);
    if (chunk.rowCount > 0) freshFromNs ??= chunk.minNs;
    if (performance.now() - toldAt > everyMs) {
      postSummary();
      toldAt = performance.now();
      // Let requests for windows in between, also when nothing has to be waited for.
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
}

async function openSource(source: ByteSource, fileName: string): Promise<void> {
  recording = await openRecording(source);
  const { meta } = recording;
  const { program, comm, goVersion, host } = meta;
  const eventCount = recording.chunks.reduce((sum, { rowCount }) => sum + rowCount, 0);
  const isPaged = !connection.isLive && eventCount > MOST_HELD_EVENTS;
  if (isPaged) paged = new PagedStore(recording);
  else store = new LaneStore(recording);
  post({
    type: 'opened',
    opened: {
      meta: {
        ...meta,
        program: shownName(program),
        comm: shownName(comm),
        // In one line with the events that were lost, which must not be pushed out of it.
        goVersion: shownName(goVersion, 24),
        host: shownName(host, 28),
        groups: meta.groups.map((group) => shownName(group, 40)),
        // Nothing of these is shown.
        command: [],
        history: [],
      },
      fileName: shownName(fileName),
    },
  });
}

async function openStill(source: ByteSource, fileName: string): Promise<void> {
  await openSource(source, fileName);
  postSummary();
  if (paged === undefined) await readOn(SUMMARY_EVERY_MS);
  else await readPieces(paged);
  connection.isLoading = false;
  postSummary();
}

/** Read what nobody looks at, so that wide windows have it; answers come first. */
async function readPieces(pieces: PagedStore): Promise<void> {
  let toldAt = performance.now();
  while (!pieces.isDone) {
    await pieces.readOn();
    const everyMs = PAGED_EVERY_MS + pieces.table.laneCount / GOROUTINES_PER_MS;
    if (performance.now() - toldAt > everyMs) {
      postSummary();
      toldAt = performance.now();
    }
    do await new Promise((resolve) => setTimeout(resolve));
    while (pieces.isAnswering);
  }
}

function openLive(url: string, file: RangeSource, fileName: string): void {
  connection.isLive = true;
  let isBusy = false;
  let hasMore = false;
  const takeIn = async (): Promise<void> => {
    if (recording === undefined) {
      try {
        await openSource(source, fileName);
      } catch (error) {
        // The first bytes need not hold the whole schema.
        if (error instanceof FormatError && error.code === 'truncated' && connection.isLive) return;
        throw error;
      }
    } else {
      await recording.refresh();
    }
    await readOn(SUMMARY_EVERY_MS);
    connection.isLoading = false;
    postSummary();
  };
  const onChange = (): void => {
    hasMore = true;
    if (isBusy) return;
    isBusy = true;
    void (async () => {
      try {
        while (hasMore) {
          hasMore = false;
          const startedAt = performance.now();
          await takeIn();
          const laneCount = store?.builder.spans.laneCount ?? 0;
          const everyMs = LIVE_EVERY_MS + laneCount / GOROUTINES_PER_MS;
          const restMs = everyMs - (performance.now() - startedAt);
          if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
        }
      } catch (error) {
        fail(error);
      } finally {
        isBusy = false;
      }
    })();
  };
  const source = openLiveStream(url, file, {
    ongrow: onChange,
    onend: () => {
      connection.isLive = false;
      onChange();
    },
    onbroken: () => {
      connection.isLive = false;
      connection.isBroken = true;
      if (store === undefined) fail(new Error('the server cannot be reached'));
      else postSummary();
    },
  });
}

async function open(request: SourceRequest): Promise<void> {
  if (request.kind === 'file') {
    await openStill(new BlobSource(request.file), request.file.name);
    return;
  }
  const headers = { 'X-Xgotop-Token': request.token };
  const url = new URL('recording', request.baseUrl);
  const response = await fetch(new URL('recording/state', request.baseUrl), { headers });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  const { name, isLive } = (await response.json()) as { name: string; isLive: boolean };
  if (isLive) {
    const live = new URL('live', request.baseUrl);
    live.protocol = live.protocol.replace('http', 'ws');
    live.searchParams.set('token', request.token);
    openLive(live.href, new RangeSource(url.href, headers), name);
  } else {
    await openStill(new RangeSource(url.href, headers), name);
  }
}

function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  post({ type: 'failed', message: shownName(message) });
}

async function answerAround(request: ContextRequest): Promise<void> {
  if (recording === undefined) return;
  if (store !== undefined) post(await answerContext(request, recording, store));
  else if (paged !== undefined) post(await answerPagedContext(request, paged));
}

async function answerSeries(id: number): Promise<void> {
  let reply;
  if (recording !== undefined && paged !== undefined) reply = indexSeries(recording, paged.table);
  else if (recording !== undefined && store !== undefined) {
    try {
      seriesReader ??= new SeriesReader(recording);
      await seriesReader.readOn();
      const { builder, openEndNs } = store;
      const { pid, goid, spans } = builder;
      reply = seriesReader.series({ pid, goid, count: spans.laneCount }, openEndNs);
    } catch {
      // Damage is told by the first reading, which also reads these chunks.
    }
  }
  post({ type: 'series', id, reply });
}

self.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  switch (data.type) {
    case 'open':
      open(data.source).catch(fail);
      break;
    case 'window': {
      const held = store ?? paged;
      if (held === undefined) break;
      void answer(async () => {
        const reply = await held.window(data.request);
        post({ type: 'window', id: data.id, reply }, buffersOf(reply));
      });
      break;
    }
    case 'span':
      void answer(async () => {
        const reply = await (store ?? paged)?.span(data.lane, data.timeNs);
        post({ type: 'span', id: data.id, reply });
      });
      break;
    case 'states':
      void answer(async () => {
        const reply =
          store === undefined
            ? await paged?.states(data.timeNs)
            : laneStates(store.builder.spans, data.timeNs);
        post({ type: 'states', id: data.id, reply });
      });
      break;
    case 'series':
      void answerSeries(data.id);
      break;
    case 'step':
      void answer(async () => {
        const timeNs = await (store ?? paged)?.step(data.lane, data.timeNs, data.direction);
        post({ type: 'step', id: data.id, timeNs });
      });
      break;
    default:
      answerAround(data).catch(() => {
        // The bytes cannot be had any more; whoever waits for them is not left waiting.
        post({ type: data.type, id: data.id, reply: undefined });
      });
  }
});

/** Answer a question; what cannot be read for it is told. */
async function answer(say: () => Promise<void>): Promise<void> {
  try {
    await say();
  } catch (error) {
    fail(error);
  }
}
