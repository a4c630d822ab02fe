/**
 * The seam between whoever writes a recording and whoever shows it while it grows.
 *
 * The writer appends the bytes it has just written to the file; the server passes them on.
 * Only the newest bytes are held: a client that is behind is served from the file.
 */

/** What the server needs to know of a growing recording. */
export interface LiveFeed {
  /** The recording grew by these bytes, in the order of the file. They are not copied. */
  append(chunks: readonly Uint8Array[]): void;
  /** Nothing follows: the recording is closed. */
  end(): void;
  /** Bytes of the recording so far. */
  readonly byteLength: number;
  readonly hasEnded: boolean;
  /** The newest bytes, when `byteOffset` lies within them; undefined: read the file. */
  tail(byteOffset: number): readonly Uint8Array[] | undefined;
  /** Be called after every append and after the end; returns how to stop that. */
  subscribe(onChange: () => void): () => void;
}

/** Newest bytes kept for the clients that are up to date: some seconds of a busy program. */
const TAIL_BYTES = 8 * 1024 * 1024;

/**
 * A feed for `startReplayServer`.
 *
 * @param byteLength - bytes the file holds already
 */
export function createLiveFeed(byteLength = 0): LiveFeed {
  const tail: Uint8Array[] = [];
  let tailBytes = 0;
  let hasEnded = false;
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  return {
    append(chunks) {
      for (const chunk of chunks) {
        tail.push(chunk);
        tailBytes += chunk.byteLength;
        byteLength += chunk.byteLength;
      }
      while (tailBytes > TAIL_BYTES) tailBytes -= tail.shift()!.byteLength;
      tell();
    },
    end() {
      hasEnded = true;
      tell();
    },
    get byteLength() {
      return byteLength;
    },
    get hasEnded() {
      return hasEnded;
    },
    tail(byteOffset) {
      let at = byteLength - tailBytes;
      if (byteOffset < at) return undefined;
      const found: Uint8Array[] = [];
      for (const chunk of tail) {
        const end = at + chunk.byteLength;
        if (end > byteOffset)
          found.push(at >= byteOffset ? chunk : chunk.subarray(byteOffset - at));
        at = end;
      }
      return found;
    },
    subscribe(onChange) {
      listeners.add(onChange);
      return () => listeners.delete(onChange);
    },
  };
}
