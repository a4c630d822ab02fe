/** A recording that is made of others, as the bytes of its file: what every verb that copies gives. */
import type { FormatError } from './errors.ts';

/** What became of a chunk that could not be copied. */
export interface LeftOut {
  chunkIndex: number;
  rowCount: number;
  error: FormatError;
  /** Of several originals: which. */
  source?: string;
}

export interface RecordingPieces {
  /** Chunks there are to be copied, of all originals. */
  readonly sourceChunkCount: number;
  /** Rows written so far. */
  readonly rowCount: number;
  /** Chunks that could not be read or made no sense. */
  readonly leftOut: readonly LeftOut[];
  /**
   * The pieces of the file, in order; each array is to be written before the next is asked for.
   *
   * @param onChunk - told how many chunks of the originals are done
   * @throws what the sources throw
   */
  pieces(onChunk?: (doneCount: number) => void): AsyncIterable<Uint8Array[]>;
}
