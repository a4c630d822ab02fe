/**
 * Follows a recording that another process writes: its size is looked at ten times a
 * second, until the footer's magic is its last bytes.
 */
import { open, type FileHandle } from 'node:fs/promises';
import type { LiveFeed } from './live-feed.ts';

const POLL_MS = 100;
const END_MAGIC = 'ARROW1';
/** The shortest file with a footer: magic, a schema, a footer. Shorter ones end by chance. */
const SHORTEST_BYTES = 64;
/** Read in one piece and passed on; a longer stretch is left to be read from the file. */
const READ_BYTES = 4 * 1024 * 1024;

/** Whether a file has its footer, i.e. nothing will be appended to it. */
export async function hasFooter(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    return await endsWithMagic(file, size);
  } finally {
    await file.close();
  }
}

async function endsWithMagic(file: FileHandle, sizeBytes: number): Promise<boolean> {
  if (sizeBytes < SHORTEST_BYTES) return false;
  const last = Buffer.alloc(END_MAGIC.length);
  await file.read(last, 0, last.length, sizeBytes - last.length);
  return last.toString('latin1') === END_MAGIC;
}

/**
 * Append to the feed whatever the file gains.
 *
 * A file that never gets its footer is followed for as long as somebody looks: one cannot
 * tell a killed recorder from a quiet program.
 *
 * @param onError - the file cannot be read any more; following has stopped
 * @returns how to stop
 */
export function followFile(
  path: string,
  feed: LiveFeed,
  onError: (error: unknown) => void,
): () => Promise<void> {
  let isStopped = false;
  let wake: () => void = () => undefined;
  const run = async (): Promise<void> => {
    const file = await open(path);
    try {
      while (!isStopped) {
        const { size } = await file.stat();
        while (feed.byteLength < size) {
          const bytes = Buffer.alloc(Math.min(READ_BYTES, size - feed.byteLength));
          const { bytesRead } = await file.read(bytes, 0, bytes.length, feed.byteLength);
          if (bytesRead === 0) break;
          feed.append([bytes.subarray(0, bytesRead)]);
        }
        if (await endsWithMagic(file, size)) {
          feed.end();
          return;
        }
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, POLL_MS);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    } finally {
      await file.close();
    }
  };
  const done = run().catch(onError);
  return async () => {
    isStopped = true;
    wake();
    await done;
  };
}
