/**
 * Columns of a chunk, read in calls that do not wait.
 *
 * The reader of src/format is asynchronous, as it must be in a browser; DuckDB's table
 * functions are asked for rows on the spot. This is the same reading for a local file: only the
 * wanted columns are read, and of a compressed chunk its head.
 */
import { ChunkLayout } from '../format/chunk-layout.ts';
import { FormatError } from '../format/errors.ts';
import type { EventArrays, EventColumn } from '../format/event-columns.ts';
import { decodeHead, metadataBytesAt, PREFIX_BYTES } from '../format/message-decoder.ts';
import type { ChunkInfo, Recording } from '../format/recording.ts';
import type { FileSource } from './file-source.ts';

/** What the table functions read events from. */
export interface EventReader {
  /**
   * @returns arrays of the chunk's row count, the caller's to keep
   * @throws FormatError `truncated` when the file has become shorter
   */
  readEvents(chunk: ChunkInfo, columns: readonly EventColumn[]): Partial<EventArrays>;
}

/** The Schema message is at this byte, always (docs/format.md, "Layout"). */
const SCHEMA_OFFSET = 8;

/**
 * Read the events of an opened recording from the file it was opened from.
 *
 * @param recording - its chunks have been checked against the file's length by its reader
 * @throws FormatError when the file's schema is not that of a recording
 */
export function createEventReader(
  recording: Pick<Recording, 'byteLength' | 'meta'>,
  source: Pick<FileSource, 'readSync'>,
): EventReader {
  const readExactly = (byteOffset: number, byteLength: number): Uint8Array<ArrayBuffer> => {
    // Against the length before allocating: offsets and lengths come from the file.
    const isInside = byteOffset >= 0 && byteOffset + byteLength <= recording.byteLength;
    const bytes = isInside ? source.readSync(byteOffset, byteLength) : undefined;
    if (bytes?.byteLength !== byteLength) {
      throw new FormatError('truncated', byteOffset, `${byteLength} bytes belong here`);
    }
    return bytes;
  };
  const metadataBytes = metadataBytesAt(readExactly(SCHEMA_OFFSET, PREFIX_BYTES), SCHEMA_OFFSET);
  const head =
    typeof metadataBytes === 'number'
      ? decodeHead(readExactly(SCHEMA_OFFSET, metadataBytes), SCHEMA_OFFSET)
      : undefined;
  if (head?.kind !== 'schema') {
    throw new FormatError('not-a-recording', SCHEMA_OFFSET, 'no schema');
  }
  const layout = new ChunkLayout(head.schema, recording.meta, SCHEMA_OFFSET);
  return {
    readEvents(chunk, columns) {
      const { byteOffset, metadataBytes: headBytes } = chunk;
      const chunkHead = layout.needsHead
        ? layout.decodedHead(chunk, readExactly(byteOffset, headBytes))
        : undefined;
      const wanted = layout.wanted(chunk, columns, chunkHead);
      return layout.arrays(chunk, columns, wanted, (region) =>
        readExactly(byteOffset + region.byteOffset, region.byteLength),
      );
    },
  };
}
