/**
 * Passes a growing recording on to the browsers that watch it.
 *
 * A client gets the bytes in order, from the offset it asked for, as binary frames, then the
 * text {"ended":true}. Only the newest bytes are pushed, and only so many wait in a socket: a
 * client that wants older ones, because it came late or reads slowly, is told {"behind":N}, and
 * its connection closed. It reads up to byte N of the file by ranges, at its own pace, and comes
 * again. So neither the recorder nor the other clients can feel it, and nothing is held for it.
 */
import { stat } from 'node:fs/promises';
import type { WebSocket } from 'ws';
import type { LiveFeed } from './live-feed.ts';

/** Bytes that may wait in a client's socket before it is left alone until they are gone. */
const FULL_BYTES = 2 * 1024 * 1024;
/** A frame is this long, or as long as what was appended at once. */
const FRAME_BYTES = 1024 * 1024;
/** What was announced is not in the file yet: look again. */
const RETRY_MS = 20;

/**
 * Serve one client until it leaves, falls behind, or the recording has ended.
 *
 * @param byteOffset - first byte it wants; within the recording
 * @returns when no more is sent to it
 */
export async function feedClient(
  socket: WebSocket,
  feed: LiveFeed,
  recordingPath: string,
  byteOffset: number,
): Promise<void> {
  let sent = byteOffset;
  let wake: () => void = () => undefined;
  const unsubscribe = feed.subscribe(() => wake());
  socket.once('close', () => wake());
  try {
    while (socket.readyState === socket.OPEN) {
      const fresh = feed.tail(sent);
      if (fresh === undefined) {
        const behind = Math.min(feed.byteLength, (await stat(recordingPath)).size);
        if (behind > sent) {
          socket.send(JSON.stringify({ behind }));
          socket.close(1000);
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      } else if (sent < feed.byteLength) {
        const bytes = frameOf(fresh);
        sent += bytes.byteLength;
        await sendAll(socket, bytes);
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
  }
}

/** The first of the pieces, in one; only they are copied. */
function frameOf(pieces: readonly Uint8Array[]): Uint8Array {
  let count = 0;
  let byteLength = 0;
  while (count < pieces.length && byteLength < FRAME_BYTES) {
    byteLength += pieces[count++]!.byteLength;
  }
  return count === 1 ? pieces[0]! : Buffer.concat(pieces.slice(0, count));
}

/** Send; when the socket is full, wait until these bytes have left it or it has closed. */
async function sendAll(socket: WebSocket, bytes: Uint8Array): Promise<void> {
  // The callback also comes, with an error, when the socket closes first; the caller looks.
  const left = new Promise<void>((resolve) => socket.send(bytes, () => resolve()));
  if (socket.bufferedAmount > FULL_BYTES) await left;
}
