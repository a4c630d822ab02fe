/** The replay server: who is let in, what is served, how growth is passed on. */
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { UserError } from '../../src/format/errors.ts';
import { createLiveFeed, type LiveFeed } from '../../src/replay/live-feed.ts';
import { startReplayServer, type ReplayServer } from '../../src/replay/replay-server.ts';

let folder: string;
let path: string;
const servers: ReplayServer[] = [];

/** Bytes that end like a recording does; the server looks at nothing else. */
function fileBytes(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 7) & 0xff;
  bytes.write('ARROW1', length - 6, 'latin1');
  return bytes;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xgotop-replay-'));
  path = join(folder, 'a run #1 100%.arrow');
});

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
  await rm(folder, { recursive: true });
});

async function serve(feed?: LiveFeed): Promise<{ base: URL; token: string }> {
  const server = await startReplayServer({
    recordingPath: path,
    ...(feed === undefined ? {} : { feed }),
  });
  servers.push(server);
  const base = new URL(server.url);
  return { base, token: base.searchParams.get('token')! };
}

/** Like fetch, but Host can be set. */
function get(
  url: URL,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: Buffer }> {
  return new Promise((done, failed) => {
    request(url, { headers, method, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        done({
          status: response.statusCode!,
          headers: response.headers,
          body: Buffer.concat(chunks),
        }),
      );
    })
      .on('error', failed)
      .end();
  });
}

it('puts 128 random bits into the URL and listens on loopback', async () => {
  await writeFile(path, fileBytes(100));
  const first = await serve();
  const second = await serve();
  expect(first.token).toMatch(/^[0-9a-f]{32}$/);
  expect(first.token).not.toBe(second.token);
  expect(first.base.hostname).toBe('127.0.0.1');
});

it.each<[string, string, Record<string, string>, string, number]>([
  ['the page with its token', '/?token=TOKEN', {}, 'GET', 200],
  ['the page without', '/', {}, 'GET', 403],
  ['the page with a wrong one', '/?token=00000000000000000000000000000000', {}, 'GET', 403],
  ['the page with a part of it', '/?token=0', {}, 'GET', 403],
  [
    'the recording with the token in a header',
    '/recording',
    { 'x-xgotop-token': 'TOKEN' },
    'GET',
    200,
  ],
  ['the recording without', '/recording', {}, 'GET', 403],
  [
    'the recording with the cookie for assets',
    '/recording',
    { cookie: 'xgotop-PORT=TOKEN' },
    'GET',
    403,
  ],
  ['an asset without', '/assets/none.js', {}, 'GET', 403],
  ['an asset with the cookie', '/assets/none.js', { cookie: 'a=b; xgotop-PORT=TOKEN' }, 'GET', 404],
  ['another name of this machine', '/?token=TOKEN', { host: 'localhost:PORT' }, 'GET', 200],
  ['a foreign name that leads here', '/?token=TOKEN', { host: 'evil.example:PORT' }, 'GET', 403],
  ['a foreign name without port', '/?token=TOKEN', { host: 'evil.example' }, 'GET', 403],
  ['a path out of the folder', '/assets/..%2f..%2f..%2fpackage.json?token=TOKEN', {}, 'GET', 404],
  ['a path that is nothing', '/nothing?token=TOKEN', {}, 'GET', 404],
  ['a method that changes something', '/recording?token=TOKEN', {}, 'POST', 405],
])('answers %s', async (_, path_, headers, method, status) => {
  await writeFile(path, fileBytes(100));
  const { base, token } = await serve();
  const fill = (text: string): string => text.replace('TOKEN', token).replace('PORT', base.port);
  const filled = Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, fill(v)]));
  const answer = await get(new URL(fill(path_), base), filled, method);
  expect(answer.status).toBe(status);
  expect(answer.headers['x-content-type-options']).toBe('nosniff');
  expect(answer.headers['access-control-allow-origin']).toBeUndefined();
});

it('lets the page run nothing but the files of this server', async () => {
  await writeFile(path, fileBytes(100));
  const { base } = await serve();
  const { headers, body } = await get(base);
  expect(headers['content-security-policy']).toContain("default-src 'self'");
  // WebAssembly decompresses; no text becomes a script.
  expect(
    String(headers['content-security-policy']).replace("'wasm-unsafe-eval'", ''),
  ).not.toContain('unsafe');
  expect(body.toString()).not.toMatch(/<script(?![^>]* src=)/);
  expect(headers['set-cookie']?.[0]).toMatch(/HttpOnly; SameSite=Strict; Path=\/assets\/$/);
});

it.each<[string, string, number, [number, number]]>([
  ['all', '', 200, [0, 1000]],
  ['the first byte', 'bytes=0-0', 206, [0, 1]],
  ['the middle', 'bytes=100-299', 206, [100, 300]],
  ['the tail', 'bytes=-6', 206, [994, 1000]],
  ['more than there is', 'bytes=990-5000', 206, [990, 1000]],
])('serves %s of the recording', async (_, range, status, [from, to]) => {
  const bytes = fileBytes(1000);
  await writeFile(path, bytes);
  const { base, token } = await serve();
  const answer = await get(
    new URL(`/recording?token=${token}`, base),
    range === '' ? {} : { range },
  );
  expect(answer.status).toBe(status);
  expect(answer.body).toEqual(bytes.subarray(from, to));
});

interface Received {
  bytes: Buffer;
  frames: number;
  text: string;
  code: number;
}

/** Everything a client gets until its connection is closed. */
function receive(url: URL, headers: Record<string, string> = {}): Promise<Received> {
  const live = new URL(url);
  live.protocol = 'ws:';
  return new Promise((done, failed) => {
    const chunks: Buffer[] = [];
    let text = '';
    const socket = new WebSocket(live, { headers });
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) chunks.push(data);
      else text += data.toString();
    });
    socket.on('close', (code) =>
      done({ bytes: Buffer.concat(chunks), frames: chunks.length, text, code }),
    );
    socket.on('error', failed);
  });
}

it.each<[string, number]>([
  ['from the first byte', 0],
  ['from the middle', 5000],
  ['from the end', 20_000],
])('passes a growing recording on %s, then says that it has ended', async (_, from) => {
  const bytes = fileBytes(40_000);
  await writeFile(path, bytes.subarray(0, 20_000));
  const feed = createLiveFeed(20_000);
  const { base, token } = await serve(feed);
  const received = receive(new URL(`/live?token=${token}&from=${from}`, base));
  for (let at = 20_000; at < 40_000; at += 1000) {
    const part = bytes.subarray(at, at + 1000);
    await appendFile(path, part);
    feed.append([part.subarray(0, 10), part.subarray(10)]);
    if (at % 5000 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  feed.end();
  const { bytes: got, text, code } = await received;
  expect(got.equals(bytes.subarray(from))).toBe(true);
  expect(text).toBe('{"ended":true}');
  expect(code).toBe(1000);
});

it('reads from the file what a client missed that is older than what is held', async () => {
  const bytes = fileBytes(12 * 1024 * 1024);
  await writeFile(path, bytes);
  const feed = createLiveFeed();
  feed.append([bytes.subarray(0, 6 * 1024 * 1024)]);
  feed.append([bytes.subarray(6 * 1024 * 1024)]);
  feed.end();
  const { base, token } = await serve(feed);
  const { bytes: got, frames } = await receive(new URL(`/live?token=${token}`, base));
  expect(got.equals(bytes)).toBe(true);
  expect(frames).toBeGreaterThan(5);
});

it('does not queue without bound for a client that does not read', async () => {
  const MiB = 1024 * 1024;
  await writeFile(path, Buffer.alloc(0));
  const feed = createLiveFeed();
  const { base, token } = await serve(feed);
  const live = new URL(`/live?token=${token}`, base);
  live.protocol = 'ws:';
  const socket = new WebSocket(live);
  await new Promise((resolve) => socket.once('open', resolve));
  socket.pause();
  const before = process.memoryUsage().arrayBuffers;
  // Bytes that only the feed knows: what is queued for the client would have to be held.
  for (let i = 0; i < 200; i++) {
    const part = Buffer.alloc(MiB, i);
    await appendFile(path, part);
    feed.append([part]);
    await new Promise((resolve) => setImmediate(resolve));
  }
  global.gc?.();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(120 * MiB);
  let got = 0;
  const done = new Promise((resolve) => socket.once('close', resolve));
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) got += data.length;
  });
  socket.resume();
  feed.end();
  await done;
  expect(got).toBe(200 * MiB);
});

it('follows a file that another process writes, until its footer is there', async () => {
  const bytes = fileBytes(3000);
  await writeFile(path, bytes.subarray(0, 1000));
  const { base, token } = await serve();
  const state = await get(new URL(`/recording/state?token=${token}`, base));
  expect(JSON.parse(state.body.toString())).toEqual({ name: 'a run #1 100%.arrow', isLive: true });
  const received = receive(new URL(`/live?token=${token}`, base));
  await appendFile(path, bytes.subarray(1000, 2500));
  await new Promise((resolve) => setTimeout(resolve, 150));
  await appendFile(path, bytes.subarray(2500));
  const { bytes: got, text } = await received;
  expect(got.equals(bytes)).toBe(true);
  expect(text).toBe('{"ended":true}');
});

it('does not follow a file that has its footer', async () => {
  await writeFile(path, fileBytes(3000));
  const { base, token } = await serve();
  const state = await get(new URL(`/recording/state?token=${token}`, base));
  expect(JSON.parse(state.body.toString())).toMatchObject({ isLive: false });
});

it.each<[string, string, Record<string, string>]>([
  ['no token', '/live', {}],
  ['only the cookie', '/live', { cookie: 'xgotop-PORT=TOKEN' }],
  ['a page of another server', '/live?token=TOKEN', { origin: 'http://127.0.0.1:1' }],
  ['another path', '/other?token=TOKEN', {}],
])('refuses a WebSocket with %s', async (_, target, headers) => {
  await writeFile(path, Buffer.alloc(10));
  const { base, token } = await serve(createLiveFeed());
  const fill = (text: string): string => text.replace('TOKEN', token).replace('PORT', base.port);
  const filled = Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, fill(v)]));
  await expect(receive(new URL(fill(target), base), filled)).rejects.toThrow(
    /Unexpected server response: 40[34]/,
  );
});

it.each(['-1', '11', '1.5', 'x', '1e99'])(
  'closes a WebSocket that asks for byte %s of 10',
  async (from) => {
    await writeFile(path, Buffer.alloc(10));
    const { base, token } = await serve(createLiveFeed(10));
    const { code, bytes } = await receive(new URL(`/live?token=${token}&from=${from}`, base));
    expect(code).toBe(1008);
    expect(bytes.length).toBe(0);
  },
);

it.each<[string, () => Promise<string>]>([
  ['is missing', () => Promise.resolve(join(folder, 'none.arrow'))],
  ['is a folder', () => Promise.resolve(folder)],
])('says in plain words that the recording %s', async (_, make) => {
  const recordingPath = await make();
  const failure = await startReplayServer({ recordingPath }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UserError);
  expect((failure as UserError).message).toContain(recordingPath);
});

it('says that a port is taken', async () => {
  await writeFile(path, fileBytes(100));
  const { base } = await serve();
  const failure = await startReplayServer({
    recordingPath: path,
    port: Number(base.port),
  }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UserError);
  expect((failure as UserError).hint).toContain('--port');
});
