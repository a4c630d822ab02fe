/**
 * The replay server: the viewer's files, the recording by byte ranges, and its growth.
 *
 * It understands nothing of the recording's bytes; the page does. It listens on loopback
 * and answers only who knows the token in its URL. Paths: `/` the page, `/assets/` its
 * scripts and styles, `/recording` the file, `/recording/state` what is known of it,
 * `/live` the WebSocket.
 */
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import send from 'send';
import { WebSocketServer, type WebSocket } from 'ws';
import { UserError } from '../format/errors.ts';
import {
  assetCookieName,
  cookieValue,
  createToken,
  givenToken,
  hostIsOurs,
  securityHeaders,
  tokenMatches,
} from './access.ts';
import { followFile, hasFooter } from './file-follower.ts';
import { feedClient } from './live-clients.ts';
import { createLiveFeed, type LiveFeed } from './live-feed.ts';

export interface ReplayServerOptions {
  /** The file; with a feed, the one that the feed's bytes are written to. */
  recordingPath: string;
  /** Given when this process writes the recording. Without it a file that has no footer is followed. */
  feed?: LiveFeed;
  /** TCP port; 0, the default, takes a free one. */
  port?: number;
  /** Address to listen on; 127.0.0.1 by default. */
  host?: string;
}

export interface ReplayServer {
  /** Where to point a browser, with the token. */
  url: string;
  /** Stop listening, close all connections. */
  close(): Promise<void>;
}

/**
 * Start to serve a recording and the viewer.
 *
 * @throws UserError when the file cannot be read, the viewer was not built or the port is taken
 */
export async function startReplayServer(options: ReplayServerOptions): Promise<ReplayServer> {
  const host = options.host ?? '127.0.0.1';
  const recordingPath = resolve(options.recordingPath);
  const viewerPath = findViewer();
  await checkReadable(recordingPath);

  let feed = options.feed;
  let stopFollowing: (() => Promise<void>) | undefined;
  if (feed === undefined && !(await hasFooter(recordingPath))) {
    const followed = createLiveFeed();
    feed = followed;
    stopFollowing = followFile(recordingPath, followed, () => followed.end());
  }

  const token = createToken();
  const server = createServer();
  const port = await listen(server, host, options.port ?? 0);
  const origin = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024 });

  /** Status to refuse with, or undefined when the request may go on. */
  const refusal = (request: IncomingMessage, url: URL, isAsset: boolean): number | undefined => {
    if (!hostIsOurs(request.headers.host, host, port)) return 403;
    // Browsers send it with what scripts ask for: only those of this page may.
    const from = request.headers.origin;
    if (from !== undefined && from !== `http://${request.headers.host ?? ''}`) return 403;
    if (tokenMatches(givenToken(request, url), token)) return undefined;
    const cookie = cookieValue(request.headers.cookie, assetCookieName(port));
    return isAsset && tokenMatches(cookie, token) ? undefined : 403;
  };

  server.on('request', (request, response) => {
    // Listening on all addresses, the page was loaded from one of them.
    const given = request.headers.host;
    const ours = given !== undefined && hostIsOurs(given, host, port) ? given : origin;
    for (const [name, value] of Object.entries(securityHeaders(ours))) {
      response.setHeader(name, value);
    }
    const url = requestUrl(request);
    const isAsset = url?.pathname.startsWith('/assets/') === true;
    const status = url === undefined ? 400 : refusal(request, url, isAsset);
    if (url === undefined || status !== undefined) {
      answer(response, status ?? 400);
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      answer(response, 405);
      return;
    }
    switch (url.pathname) {
      case '/':
        response.setHeader(
          'Set-Cookie',
          `${assetCookieName(port)}=${token}; HttpOnly; SameSite=Strict; Path=/assets/`,
        );
        {
          sendFile(request, response, viewerPath, '/index.html');
          return;
        }
      case '/recording':
        response.setHeader('Content-Type', 'application/vnd.apache.arrow.file');
        {
          sendFile(request, response, dirname(recordingPath), `/${basename(recordingPath)}`);
          return;
        }
      case '/recording/state':
        response.setHeader('Content-Type', 'application/json');
        response.setHeader('Cache-Control', 'no-store');
        response.end(
          JSON.stringify({ name: basename(recordingPath), isLive: feed?.hasEnded === false }),
        );
        return;
      default:
        if (isAsset) sendFile(request, response, viewerPath, url.pathname);
        else answer(response, 404);
    }
  });

  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const url = requestUrl(request);
    const status =
      url === undefined
        ? 403
        : (refusal(request, url, false) ??
          (url.pathname === '/live' && feed !== undefined ? undefined : 404));
    if (url === undefined || feed === undefined || status !== undefined) {
      socket.end(`HTTP/1.1 ${status ?? 404} ${status === 403 ? 'Forbidden' : 'Not Found'}\r\n\r\n`);
      return;
    }
    const growing = feed;
    const byteOffset = Number(url.searchParams.get('from') ?? '0');
    sockets.handleUpgrade(request, socket, head, (client: WebSocket) => {
      client.on('error', () => client.terminate());
      if (!Number.isSafeInteger(byteOffset) || byteOffset < 0 || byteOffset > growing.byteLength) {
        client.close(1008, 'from lies outside the recording');
        return;
      }
      feedClient(client, growing, recordingPath, byteOffset).catch(() => {
        client.close(1011, 'the recording could not be read');
      });
    });
  });

  return {
    url: `http://${origin}/?token=${token}`,
    async close() {
      for (const client of sockets.clients) client.terminate();
      const closed = new Promise((done) => server.close(done));
      server.closeAllConnections();
      await closed;
      await stopFollowing?.();
    },
  };
}

/** The request's path and query; undefined when they are not a URL. */
function requestUrl(request: IncomingMessage): URL | undefined {
  const target = request.url ?? '';
  // The base only completes the path: its host is never looked at.
  return target.startsWith('/') && URL.canParse(`http://localhost${target}`)
    ? new URL(`http://localhost${target}`)
    : undefined;
}

function answer(response: ServerResponse, status: number): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(
    status === 403
      ? 'The address lacks its token. Open the one that xgotop printed.\n'
      : `${status}\n`,
  );
}

function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  root: string,
  path: string,
): void {
  send(request, encodeURI(path).replaceAll('?', '%3F').replaceAll('#', '%23'), {
    root,
    index: false,
    dotfiles: 'allow',
    // A file by the same name may be another recording next time.
    cacheControl: false,
  })
    .on('headers', (answered: ServerResponse) => answered.setHeader('Cache-Control', 'no-cache'))
    .on('error', (error: { status?: number }) => answer(response, error.status ?? 500))
    .on('directory', () => answer(response, 404))
    .pipe(response);
}

async function checkReadable(path: string): Promise<void> {
  try {
    const file = await open(path);
    const isFile = (await file.stat()).isFile();
    await file.close();
    if (isFile) return;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT')
      throw new UserError(`${path}: no such file`, undefined, { cause: error });
    if (code === 'EACCES') {
      throw new UserError(`${path}: not readable`, 'Its owner can change that with chmod.', {
        cause: error,
      });
    }
    throw error;
  }
  throw new UserError(`${path}: not a file`, 'Name the recording itself, e.g. run.arrow.');
}

/** The built viewer: next to src in a checkout, one level further up from dist/src. */
function findViewer(): string {
  for (const path of ['../../viewer/dist', '../../../viewer/dist']) {
    const folder = fileURLToPath(new URL(path, import.meta.url));
    if (existsSync(`${folder}/index.html`)) return folder;
  }
  throw new UserError('the viewer has not been built', 'Build it with: npm run build');
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((done, failed) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      failed(
        error.code === 'EADDRINUSE'
          ? new UserError(`port ${port} is in use`, 'Choose another with --port, or 0 for any.', {
              cause: error,
            })
          : new UserError(`cannot listen on ${host}: ${error.message}`, undefined, {
              cause: error,
            }),
      );
    });
    server.listen(port, host, () => done((server.address() as AddressInfo).port));
  });
}
