/**
 * The bytes of a growing recording from the server's WebSocket. When the connection breaks it
 * goes on from the last byte it has; when the server says that this client is behind, what was
 * missed is left to be read from the file, and it goes on after that.
 */
import { LiveSource } from './live-source.ts';
import type { RangeSource } from './range-source.ts';

const RETRY_MS = 500;
/** Connections that failed in a row before the stream counts as broken. */
const MOST_FAILURES = 20;

export interface LiveStreamEvents {
  /** Bytes were appended. */
  ongrow: () => void;
  /** The recording is complete. */
  onend: () => void;
  /** The server is gone. */
  onbroken: () => void;
}

/**
 * Connect.
 *
 * @param url - of the WebSocket, with the token in its query
 * @param file - the same recording by ranges
 */
export function openLiveStream(
  url: string,
  file: RangeSource,
  events: LiveStreamEvents,
): LiveSource {
  const source = new LiveSource(file);
  let failures = 0;
  let hasEnded = false;
  const connect = (): void => {
    const socket = new WebSocket(`${url}&from=${source.byteLength}`);
    let isBehind = false;
    socket.binaryType = 'arraybuffer';
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      failures = 0;
      if (data instanceof ArrayBuffer) {
        source.append(new Uint8Array(data));
        events.ongrow();
        return;
      }
      const told = JSON.parse(String(data)) as { ended?: true; behind?: number };
      if (told.ended === true) {
        hasEnded = true;
        events.onend();
      } else if (told.behind !== undefined && told.behind > source.byteLength) {
        isBehind = true;
        source.skipTo(told.behind);
        events.ongrow();
      }
    };
    socket.onclose = () => {
      if (hasEnded) return;
      if (isBehind) connect();
      else if (++failures > MOST_FAILURES) events.onbroken();
      else setTimeout(connect, RETRY_MS);
    };
  };
  connect();
  return source;
}
