/** What `xgotop compact` makes of a recording, in memory. */
import { crc32 } from 'node:zlib';
import { zstdCompress } from '../../src/cli/zstd-compress.ts';
import { RecordingCompaction, type RecordingPieces } from '../../src/format/index.ts';
import { openBytes } from './opened.ts';

/** The bytes of a copy. */
export async function bytesOfCopy(copy: RecordingPieces): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  // The pieces are views that the next chunk overwrites.
  for await (const more of copy.pieces()) pieces.push(...more.map((piece) => piece.slice()));
  return new Uint8Array(Buffer.concat(pieces));
}

export async function compacted(bytes: Uint8Array): Promise<Uint8Array> {
  const compress = await zstdCompress(6);
  const recording = await openBytes(bytes);
  return bytesOfCopy(new RecordingCompaction(recording, { history: 'compacted', compress, crc32 }));
}
