/**
 * The bytes of a growing recording from the server's WebSocket, appended in order to a
 * source in memory. When the connection breaks it goes on from the last byte it has.
 */
import { MemorySource } from '../../../src/format/memory-source.ts';

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
 */
export function openLiveStream(url: string, events: LiveStreamEvents): MemorySource {
  const source = new MemorySource();
  let failures = 0;
  let hasEnded = false;
  const connect = (): void => {
    const socket = new WebSocket(`${url}&from=${source.byteLength}`);
    socket.binaryType = 'arraybuffer';
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      failures = 0;
      if (data instanceof ArrayBuffer) {
        source.append(new Uint8Array(data));
        events.ongrow();
      } else if (data === '{"ended":true}') {
        hasEnded = true;
        events.onend();
      }
    };
    socket.onclose = () => {
      if (hasEnded) return;
      if (++failures > MOST_FAILURES) events.onbroken();
      else setTimeout(connect, RETRY_MS);
    };
  };
  connect();
  return source;
}
