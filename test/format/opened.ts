/** Opening bytes that are in memory, and reading all that a recording offers. */
import { MemorySource, openRecording } from '../../src/format/index.ts';
import type { EventArrays, Recording } from '../../src/format/index.ts';
import { EVENT_COLUMN_NAMES } from '../../src/format/index.ts';

/** @param bytes - not copied */
export function sourceOf(bytes: Uint8Array): MemorySource {
  const source = new MemorySource();
  source.append(bytes);
  return source;
}

export function openBytes(bytes: Uint8Array): Promise<Recording> {
  return openRecording(sourceOf(bytes));
}

/** All columns of all chunks. */
export async function allEvents(recording: Recording): Promise<EventArrays[]> {
  const chunks: EventArrays[] = [];
  for (const { chunkIndex } of recording.chunks) {
    chunks.push(await recording.readEvents(chunkIndex, EVENT_COLUMN_NAMES));
  }
  return chunks;
}
