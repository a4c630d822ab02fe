/** The viewer beside a recording that is being made: one feed between writer and server. */
import { createLiveFeed } from '../replay/live-feed.ts';
import { startReplayServer } from '../replay/replay-server.ts';
import { LOOPBACK, warnOfExposure } from './bind-address.ts';

export interface LiveView {
  url: string;
  /** For the session's `onBytes`. */
  append: (pieces: readonly Uint8Array[]) => void;
  /** The recording is complete. */
  end(): void;
  close(): Promise<void>;
}

/**
 * Serve a recording that this process writes.
 *
 * @param path - its file
 * @param host - address to listen on; loopback when undefined
 * @throws UserError when the port is taken or the viewer was not built
 */
export async function liveView(
  path: string,
  port: number | undefined,
  host: string | undefined,
): Promise<LiveView> {
  const feed = createLiveFeed();
  const server = await startReplayServer({
    recordingPath: path,
    feed,
    port: port ?? 0,
    host: host ?? LOOPBACK,
  });
  warnOfExposure(host ?? LOOPBACK);
  return {
    url: server.url,
    // The pieces are views of buffers that are filled again; the feed keeps its bytes.
    append: (pieces) => feed.append(pieces.map((piece) => piece.slice())),
    end: () => feed.end(),
    close: () => server.close(),
  };
}
