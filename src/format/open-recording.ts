/**
 * Opens a recording: by its footer when it has one, else by walking its messages.
 *
 * A damaged footer is not the end: what a walk finds is given, with the damage beside it.
 */
import type { ByteSource } from './byte-source.ts';
import { endsWithFooter, readCompleteFile } from './complete-file.ts';
import { FormatError } from './errors.ts';
import type { DictionaryColumn, EventArrays, EventColumn } from './event-columns.ts';
import { decodeHead, metadataBytesAt, type DecodedMessage } from './message-decoder.ts';
import { MessageWalk, partBytes, type DamagedRange } from './message-walk.ts';
import { decodePart, goroutinesFromBatches } from './part-decoder.ts';
import { coalesce, RangeReader } from './range-reader.ts';
import type { RecordingContents } from './recording-contents.ts';
import type {
  ChunkInfo,
  FrameRow,
  FunctionRow,
  GoroutineColumns,
  LabelRow,
  MarkRow,
  MetricRow,
  ProbeRow,
  ProcessRow,
  Recording,
  RecordingMeta,
  SiteRow,
  StackColumns,
  TypeRow,
} from './recording.ts';
import type { StoredColumns } from './stored-columns.ts';

/**
 * Open a recording.
 *
 * @throws FormatError `not-a-recording`, `too-new`, `truncated` (not even a schema), `bad-value`
 */
export async function openRecording(source: ByteSource): Promise<Recording> {
  const byteLength = await source.size();
  const reader = new RangeReader(source, byteLength);
  let damage: FormatError | undefined;
  if (await endsWithFooter(reader)) {
    try {
      const contents = await readCompleteFile(reader);
      return new OpenedRecording(source, { contents, byteLength });
    } catch (error) {
      if (!(error instanceof FormatError) || error.code === 'too-new') throw error;
      damage = error;
    }
  }
  const walk = await MessageWalk.begin(reader);
  await walk.advance(reader);
  return new OpenedRecording(source, { walk, damage });
}

/**
 * Open what can be read of a damaged recording: messages that make no sense are passed over.
 *
 * Chunks behind a gap are numbered on, and names that were in it are called lost.
 *
 * @returns what was passed over as well, in order; empty when the bytes just end
 * @throws FormatError as `openRecording`: the schema must be there
 */
export async function salvageRecording(
  source: ByteSource,
): Promise<{ recording: Recording; gaps: readonly DamagedRange[] }> {
  const reader = new RangeReader(source, await source.size());
  const walk = await MessageWalk.begin(reader, true);
  await walk.advance(reader);
  return { recording: new OpenedRecording(source, { walk, damage: undefined }), gaps: walk.gaps };
}

/** How the recording was opened. */
type Opened =
  | { contents: RecordingContents; byteLength: number }
  | { walk: MessageWalk; damage: FormatError | undefined };

class OpenedRecording implements Recording {
  readonly #source: ByteSource;
  readonly #contents: RecordingContents;
  readonly #walk: MessageWalk | undefined;
  /** Why the footer could not be used though there is one. */
  readonly #footerDamage: FormatError | undefined;
  #isComplete: boolean;
  #completeBytes = 0;
  #refreshing: Promise<boolean> | undefined;

  constructor(source: ByteSource, opened: Opened) {
    this.#source = source;
    if ('walk' in opened) {
      this.#walk = opened.walk;
      this.#contents = opened.walk.contents;
      this.#footerDamage = opened.damage;
      this.#isComplete = false;
    } else {
      this.#contents = opened.contents;
      this.#completeBytes = opened.byteLength;
      this.#isComplete = true;
    }
  }

  get meta(): RecordingMeta {
    return this.#contents.meta;
  }
  get isComplete(): boolean {
    return this.#isComplete;
  }
  get byteLength(): number {
    return this.#isComplete ? this.#completeBytes : this.#walk!.byteOffset;
  }
  get damage(): FormatError | undefined {
    return this.#isComplete ? undefined : (this.#walk?.damage ?? this.#footerDamage);
  }
  get chunks(): readonly ChunkInfo[] {
    return this.#contents.chunks;
  }
  get columns(): StoredColumns {
    return this.#contents.layout.columns;
  }
  get dictionaries(): Record<DictionaryColumn, readonly string[]> {
    return this.#contents.dictionaries;
  }
  get functions(): readonly FunctionRow[] {
    return this.#contents.rows.functions;
  }
  get sites(): readonly SiteRow[] {
    return this.#contents.rows.sites;
  }
  get frames(): readonly FrameRow[] {
    return this.#contents.rows.frames;
  }
  get stacks(): StackColumns {
    return this.#contents.stacks;
  }
  get types(): readonly TypeRow[] {
    return this.#contents.rows.types;
  }
  get processes(): readonly ProcessRow[] {
    return this.#contents.rows.processes;
  }

  get probes(): readonly ProbeRow[] {
    return this.#contents.rows.probes;
  }
  get metrics(): readonly MetricRow[] {
    return this.#contents.rows.metrics;
  }
  get marks(): readonly MarkRow[] {
    return this.#contents.rows.marks;
  }
  get labels(): readonly LabelRow[] {
    return this.#contents.rows.labels;
  }
  get goroutines(): GoroutineColumns {
    return this.#contents.goroutines;
  }
  get end(): ReadonlyMap<string, string> {
    return this.#contents.end;
  }
  get endNs(): number {
    const { lastNs } = this.#contents;
    const endedNs = Number(this.end.get('ended_ns') ?? 0);
    return Number.isSafeInteger(endedNs) ? Math.max(lastNs, endedNs) : lastNs;
  }

  async readEvents<C extends EventColumn>(
    chunkIndex: number,
    columns: readonly C[],
  ): Promise<Pick<EventArrays, C>> {
    const chunk = this.#chunk(chunkIndex);
    const { layout } = this.#contents;
    const { byteOffset, metadataBytes, bodyBytes } = chunk;
    const reader = new RangeReader(this.#source, byteOffset + metadataBytes + bodyBytes);
    let head: DecodedMessage | undefined;
    if (layout.needsHead) {
      // The whole chunk is a small read then.
      await reader.prefetch([{ byteOffset, byteLength: metadataBytes + bodyBytes }]);
      head = layout.decodedHead(chunk, await reader.read(byteOffset, metadataBytes));
    }
    const wanted = layout.wanted(chunk, columns, head);
    const pieces = await Promise.all(
      coalesce(wanted).map(async (range) => ({
        byteOffset: range.byteOffset,
        bytes: await reader.read(byteOffset + range.byteOffset, range.byteLength),
      })),
    );
    return layout.arrays(chunk, columns, wanted, (region) => {
      const piece = pieces.findLast((candidate) => candidate.byteOffset <= region.byteOffset)!;
      const start = region.byteOffset - piece.byteOffset;
      return piece.bytes.subarray(start, start + region.byteLength);
    });
  }

  async readCheckpoint(
    chunkIndex: number,
  ): Promise<{ chunkIndex: number; goroutines: GoroutineColumns }> {
    const { byteOffset: chunkOffset, ...chunk } = this.#chunk(chunkIndex);
    const owner = this.chunks[chunk.checkpointChunk];
    const byteOffset = chunk.checkpointOffset;
    // It is behind the chunk before its own, or somebody would be made to read all between.
    const before = this.chunks[chunk.checkpointChunk - 1];
    const leastOffset =
      before === undefined ? 0 : before.byteOffset + before.metadataBytes + before.bodyBytes;
    if (owner === undefined || byteOffset < leastOffset || byteOffset >= owner.byteOffset) {
      throw new FormatError('bad-value', chunkOffset, `chunk ${chunkIndex} has no checkpoint`);
    }
    // Between a checkpoint and its chunk are at most a few small parts: one read for all.
    const byteLength = owner.byteOffset - byteOffset;
    const bytes = await new RangeReader(this.#source, owner.byteOffset).read(
      byteOffset,
      byteLength,
    );
    const metadataBytes = byteLength < 8 ? 'nothing' : metadataBytesAt(bytes, byteOffset);
    if (typeof metadataBytes === 'string' || metadataBytes > byteLength) {
      throw new FormatError('bad-value', byteOffset, 'no checkpoint where the index has one');
    }
    const message = decodeHead(bytes.subarray(0, metadataBytes), byteOffset);
    if (message.kind !== 'batch' || message.metadata.get('xgotop.part') !== 'checkpoint') {
      throw new FormatError('bad-value', byteOffset, 'no checkpoint where the index has one');
    }
    const part = bytes.subarray(metadataBytes, metadataBytes + partBytes(message));
    const goroutines = goroutinesFromBatches(
      'checkpoint',
      decodePart(part, byteOffset + metadataBytes),
    );
    return { chunkIndex: chunk.checkpointChunk, goroutines };
  }

  refresh(): Promise<boolean> {
    this.#refreshing ??= this.#advance().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #advance(): Promise<boolean> {
    const walk = this.#walk;
    if (walk === undefined || this.#isComplete) return false;
    const before = walk.byteOffset;
    const reader = new RangeReader(this.#source, await this.#source.size());
    if (reader.byteLength <= before) return false;
    await walk.advance(reader);
    // The footer repeats what the walk has seen; that it is there says the file is whole.
    if (walk.isAtEnd && this.#footerDamage === undefined && (await endsWithFooter(reader))) {
      this.#isComplete = true;
      this.#completeBytes = reader.byteLength;
    }
    return this.#isComplete || walk.byteOffset > before;
  }

  #chunk(chunkIndex: number): ChunkInfo {
    const chunk = this.chunks[chunkIndex];
    if (chunk === undefined) throw new RangeError(`there is no chunk ${chunkIndex}`);
    return chunk;
  }
}
