/**
 * Passes a growing recording on to the browsers that watch it, each at its own pace.
 *
 * A client gets the file's bytes in order, from the offset it asked for, as binary frames;
 * then the text {"ended":true}. One that cannot keep up is not queued for: as long as its
 * socket is full nothing is sent, and what it missed is read from the file later.
 */
import { open, type FileHandle } from 'node:fs/promises';
import type { WebSocket } from 'ws';
import type { LiveFeed } from './live-feed.ts';

/** Bytes that may wait in a client's socket before it is left alone until they are gone. */
const FULL_BYTES = 4 * 1024 * 1024;
/** Bytes read from the file for one frame. */
const FRAME_BYTES = 1024 * 1024;
/** The bytes were announced but are not in the file yet: look again. */
const RETRY_MS = 20;

/**
 * Serve one client until it leaves or the recording has ended.
 *
 * @param byteOffset - first byte it wants; within the recording
 * @returns when the socket is closed
 */
export async function feedClient(
  socket: WebSocket,
  feed: LiveFeed,
  recordingPath: string,
  byteOffset: number,
): Promise<void> {
  let file: FileHandle | undefined;
  let sent = byteOffset;
  let wake: () => void = () => undefined;
  const unsubscribe = feed.subscribe(() => wake());
  socket.once('close', () => wake());
  const isOpen = (): boolean => socket.readyState === socket.OPEN;
  try {
    while (isOpen()) {
      if (sent < feed.byteLength) {
        const fresh = feed.tail(sent);
        if (fresh !== undefined) {
          const bytes = fresh.length === 1 ? fresh[0]! : Buffer.concat(fresh);
          sent += bytes.byteLength;
          await sendAll(socket, bytes);
          continue;
        }
        file ??= await open(recordingPath);
        const bytes = Buffer.alloc(Math.min(FRAME_BYTES, feed.byteLength - sent));
        const { bytesRead } = await file.read(bytes, 0, bytes.length, sent);
        if (bytesRead === 0) {
          await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
          continue;
        }
        sent += bytesRead;
        await sendAll(socket, bytes.subarray(0, bytesRead));
      } else if (feed.hasEnded) {
        socket.send('{"ended":true}');
        socket.close(1000);
        return;
      } else {
        await new Promise<void>((resolve) => (wake = resolve));
      }
    }
  } finally {
    unsubscribe();
    await file?.close();
  }
}

/** Send; when the socket is full, wait until these bytes have left it or it has closed. */
async function sendAll(socket: WebSocket, bytes: Uint8Array): Promise<void> {
  // The callback also comes, with an error, when the socket closes first; the caller looks.
  const left = new Promise<void>((resolve) => socket.send(bytes, () => resolve()));
  if (socket.bufferedAmount > FULL_BYTES) await left;
}
