/**
 * How `xgotop mark` reaches a recorder: a socket for each recorder, in a folder of its user.
 *
 * A request and an answer are a line of JSON each. The folder lets nobody in but its owner,
 * which is all the protection there is, and enough.
 */
import { lstatSync, mkdirSync, readdirSync, unlinkSync } from 'node:fs';
import { createConnection, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { UserError } from '../format/errors.ts';

/** A line that is longer is refused; nobody reads a mark of more. */
export const MARK_TEXT_MAX = 1000;
const LINE_MAX = 16_384;
const ANSWER_MS = 2000;

interface Request {
  text: string;
  /** Absolute path of the recording that is meant; absent: whatever is recorded. */
  file?: string;
}

export interface Answer {
  /** Of the recording that has the mark; absent: another one was meant. */
  file?: string;
  timeNs?: number;
}

/** A recorder that may take marks. */
export interface Recorder {
  pid: number;
  socket: string;
}

/**
 * Take marks until it is closed.
 *
 * @param file - of the recording
 * @param mark - writes one and returns its time, ns since the recording started
 * @returns undefined where no socket can be made: recording goes on without
 */
export function acceptMarks(
  file: string,
  mark: (text: string) => number,
): { close(): void } | undefined {
  const own = resolve(file);
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    let line = '';
    socket.setEncoding('utf8').setTimeout(ANSWER_MS, () => socket.destroy());
    socket.on('error', () => undefined); // whoever asks may leave
    socket.on('data', (text: string) => {
      line += text;
      if (line.length > LINE_MAX) socket.destroy();
      else if (line.includes('\n')) socket.end(`${JSON.stringify(answer(line, own, mark))}\n`);
    });
  });
  try {
    const path = join(folder(), `${process.pid}.sock`);
    if (isThere(path)) unlinkSync(path); // of a dead process of the same number
    listen(server, path);
  } catch {
    return undefined;
  }
  // Nobody need stay for marks.
  server.unref();
  return { close: () => server.close() };
}

/** Recorders of this user; some may have ended without a word. */
export function runningRecorders(): Recorder[] {
  const path = folder();
  return readdirSync(path)
    .map((name) => ({ pid: Number(/^(\d+)\.sock$/.exec(name)?.[1]), socket: join(path, name) }))
    .filter(({ pid }) => Number.isInteger(pid))
    .sort((a, b) => a.pid - b.pid);
}

/**
 * Ask a recorder to mark.
 *
 * @returns undefined when it has ended
 * @throws UserError when it does not answer
 */
export function sendMark({ pid, socket }: Recorder, request: Request): Promise<Answer | undefined> {
  return new Promise((done, fail) => {
    let line = '';
    const connection = createConnection(socket);
    connection.setEncoding('utf8');
    connection.setTimeout(ANSWER_MS, () => connection.destroy());
    connection.on('connect', () => connection.write(`${JSON.stringify(request)}\n`));
    connection.on('data', (text: string) => (line += text));
    connection.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') done(undefined);
      else fail(new UserError(`recorder ${pid} cannot be reached: ${error.message}`));
    });
    connection.on('close', () => {
      const parsed = parse(line) as Answer | undefined;
      if (parsed) done(parsed);
      else fail(new UserError(`recorder ${pid} does not answer`));
    });
  });
}

function answer(line: string, own: string, mark: (text: string) => number): Answer {
  const { text, file } = (parse(line) ?? {}) as Partial<Record<keyof Request, unknown>>;
  if (typeof text !== 'string' || text === '' || text.length > MARK_TEXT_MAX) return {};
  if (file !== undefined && file !== own) return {};
  return { file: own, timeNs: mark(text) };
}

function parse(line: string): unknown {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @throws UserError when it is not this user's alone: in a folder where everyone may write
 *   another may have made it first
 */
function folder(): string {
  const { XDG_RUNTIME_DIR: runtime } = process.env;
  const uid = process.getuid?.() ?? 0;
  const path = runtime ? join(runtime, 'xgotop') : join(tmpdir(), `xgotop-${uid}`);
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const stat = lstatSync(path);
    if (stat.isDirectory() && stat.uid === uid && (stat.mode & 0o077) === 0) return path;
  } catch (error) {
    throw new UserError(`${path} cannot be made: ${(error as Error).message}`);
  }
  throw new UserError(`${path} is not a folder of this user alone`, `remove it: rm -r ${path}`);
}

/** The socket is made by the call, so it has the mask of this moment. */
function listen(server: Server, path: string): void {
  const mask = process.umask(0o177);
  try {
    server.listen(path);
    server.on('error', () => undefined);
  } finally {
    process.umask(mask);
  }
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
