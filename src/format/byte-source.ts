/**
 * Where a recording's bytes come from: a file, a ranged URL, a dropped Blob, a
 * growing buffer. The readers of this room are handed one and do no I/O of their own.
 */
export interface ByteSource {
  /** Bytes there are now; may grow while a recording is written. */
  size(): Promise<number>;
  /**
   * @param byteOffset - from the start, within [0, size]
   * @returns up to `byteLength` bytes, fewer only at the end; the caller's to keep
   */
  read(byteOffset: number, byteLength: number): Promise<Uint8Array>;
}
