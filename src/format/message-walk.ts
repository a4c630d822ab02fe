/**
 * A recording without a footer: its messages from the first to the last whole one.
 *
 * Heads are read in windows, bodies only of dictionaries and small parts. The walk can be
 * continued when the file has grown. docs/format.md, "Layout".
 */
import { decodeChunkMetadata } from './chunk-metadata.ts';
import { FormatError } from './errors.ts';
import type { DecodedMessage } from './message-decoder.ts';
import { readHead, WINDOW_BYTES } from './message-head.ts';
import { findMessage } from './message-search.ts';
import { NameSalvage } from './name-salvage.ts';
import type { RangeReader } from './range-reader.ts';
import { RecordingContents } from './recording-contents.ts';
import { loadZstd } from './zstd.ts';

const MAGIC = 'ARROW1';
/** The magic at the start, padded. */
export const MAGIC_BYTES = 8;

type BatchMessage = Extract<DecodedMessage, { kind: 'batch' }>;

/** Bytes of a recording that say nothing, and why. */
export interface DamagedRange {
  byteOffset: number;
  byteLength: number;
  error: FormatError;
}

export class MessageWalk {
  readonly #contents: RecordingContents;
  #byteOffset: number;
  #checkpoint = { chunkIndex: -1, byteOffset: -1 };
  #isAtEnd = false;
  #damage: FormatError | undefined;
  readonly #gaps: DamagedRange[] = [];
  /** Names that follow a gap; undefined when nothing is passed over. */
  readonly #names: NameSalvage | undefined;

  private constructor(contents: RecordingContents, byteOffset: number, isSalvage: boolean) {
    this.#contents = contents;
    this.#byteOffset = byteOffset;
    this.#names = isSalvage ? new NameSalvage(contents.dictionaries) : undefined;
  }

  /**
   * Begin a walk: the magic and the Schema message.
   *
   * @param isSalvage - what is damaged is passed over, and said in `gaps`
   * @throws FormatError `not-a-recording`, `truncated`, `too-new`, `bad-value`
   */
  static async begin(reader: RangeReader, isSalvage = false): Promise<MessageWalk> {
    await checkMagic(reader);
    const message = await readHead(reader, MAGIC_BYTES);
    if (typeof message === 'string' || message.kind !== 'schema') {
      if (message === 'torn') {
        throw new FormatError('truncated', reader.byteLength, 'the schema is not whole');
      }
      throw new FormatError('not-a-recording', MAGIC_BYTES, 'no Schema message at byte 8');
    }
    const contents = new RecordingContents(message.schema, MAGIC_BYTES);
    if (contents.meta.compression !== undefined) await loadZstd();
    const byteOffset = MAGIC_BYTES + message.metadataBytes + message.bodyBytes;
    return new MessageWalk(contents, byteOffset, isSalvage);
  }

  get contents(): RecordingContents {
    return this.#contents;
  }

  /** Where the last whole message ends. */
  get byteOffset(): number {
    return this.#byteOffset;
  }

  /** The end-of-stream marker was reached. */
  get isAtEnd(): boolean {
    return this.#isAtEnd;
  }

  /** What stopped the walk, unless the bytes just ended. */
  get damage(): FormatError | undefined {
    return this.#damage;
  }

  /** What a salvage has passed over, in order; a torn message at the end too. */
  get gaps(): readonly DamagedRange[] {
    return this.#gaps;
  }

  /** Take in the whole messages that follow. @throws what the source throws */
  async advance(reader: RangeReader): Promise<void> {
    this.#damage = undefined;
    let error: FormatError | undefined;
    do {
      error = await this.#advanceToDamage(reader);
    } while (this.#names !== undefined && (await this.#passOver(reader, error)));
    this.#names?.place();
    if (this.#names === undefined) this.#damage = error;
  }

  /** @returns what is wrong where it stopped; undefined at the end of the bytes */
  async #advanceToDamage(reader: RangeReader): Promise<FormatError | undefined> {
    try {
      for (;;) {
        const message = await readHead(reader, this.#byteOffset);
        this.#isAtEnd = message === 'end';
        if (message === 'nothing') {
          throw new FormatError('bad-value', this.#byteOffset, 'no message where one belongs');
        }
        if (typeof message === 'string') return undefined;
        await this.#take(reader, message);
        this.#byteOffset += message.metadataBytes + message.bodyBytes;
      }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      return error;
    }
  }

  /** Go on behind what is damaged. @returns whether there is something */
  async #passOver(reader: RangeReader, error: FormatError | undefined): Promise<boolean> {
    if (this.#isAtEnd || this.#byteOffset >= reader.byteLength) return false;
    const next = await findMessage(reader, this.#byteOffset);
    const byteLength = (next ?? reader.byteLength) - this.#byteOffset;
    const torn = new FormatError('truncated', this.#byteOffset, 'a message is not whole');
    this.#gaps.push({ byteOffset: this.#byteOffset, byteLength, error: error ?? torn });
    this.#byteOffset += byteLength;
    this.#names!.begin(byteLength);
    return next !== undefined;
  }

  async #take(reader: RangeReader, message: DecodedMessage): Promise<void> {
    const bodyOffset = message.byteOffset + message.metadataBytes;
    if (message.kind === 'dictionary') {
      const body = await reader.read(bodyOffset, message.bodyBytes, WINDOW_BYTES);
      if (this.#names?.hold(message.isDelta, this.#contents.names(message, body))) return;
      this.#contents.takeDictionary(message, body);
    } else if (message.kind === 'batch') {
      const part = message.metadata.get('xgotop.part');
      if (part === undefined) this.#takeChunk(reader, message);
      else if (part === 'checkpoint') {
        const chunkIndex = this.#contents.chunks.length;
        this.#checkpoint = { chunkIndex, byteOffset: message.byteOffset };
      } else if (RecordingContents.isHeld(part)) {
        const bytes = await reader.read(bodyOffset, partBytes(message), WINDOW_BYTES);
        const isDelta = message.metadata.get('xgotop.delta') === '1';
        this.#contents.takePart(part, isDelta, bytes, bodyOffset);
        this.#names?.see(this.#contents.rows);
      }
    } else throw new FormatError('bad-value', message.byteOffset, 'a second schema');
  }

  #takeChunk(reader: RangeReader, message: BatchMessage): void {
    const { byteOffset, metadataBytes, bodyBytes, metadata } = message;
    this.#contents.layout.checkHead(message);
    this.#names?.place();
    // With chunks missing before it, it has another number.
    const chunkIndex =
      this.#names === undefined
        ? Number(metadata.get('xgotop.chunk') ?? NaN)
        : this.#contents.chunks.length;
    this.#contents.takeChunk(
      {
        ...decodeChunkMetadata(metadata, byteOffset),
        chunkIndex,
        byteOffset,
        metadataBytes,
        bodyBytes,
        rowCount: message.batch.rowCount,
        checkpointChunk: this.#checkpoint.chunkIndex,
        checkpointOffset: this.#checkpoint.byteOffset,
      },
      reader.byteLength,
    );
  }
}

/**
 * Length of a part's side table, without the padding of the body.
 *
 * @throws FormatError `bad-value` when it passes the body
 */
export function partBytes(message: BatchMessage): number {
  const text = message.metadata.get('xgotop.bytes') ?? '';
  const byteLength = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (!(byteLength <= message.bodyBytes)) {
    throw new FormatError('bad-value', message.byteOffset, 'a part of no length');
  }
  return byteLength;
}

/** @throws FormatError `not-a-recording`, or `truncated` when the bytes end within the magic */
export async function checkMagic(reader: RangeReader): Promise<void> {
  if (reader.byteLength === 0) {
    throw new FormatError('truncated', 0, 'the file is empty, nothing was recorded');
  }
  const bytes = await reader.read(0, Math.min(MAGIC_BYTES, reader.byteLength), WINDOW_BYTES);
  const wanted = `${MAGIC}\0\0`.slice(0, bytes.byteLength);
  if (String.fromCharCode(...bytes) !== wanted) {
    throw new FormatError('not-a-recording', 0, 'it does not begin with ARROW1');
  }
  if (bytes.byteLength < MAGIC_BYTES) {
    throw new FormatError('truncated', bytes.byteLength, 'the magic is not whole');
  }
}
