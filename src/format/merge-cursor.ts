/** The rows of one recording that is merged: where it is, and which of them are on their way into a buffer. */
import { checkRows } from './chunk-rows.ts';
import { FormatError } from './errors.ts';
import { EVENT_COLUMN_NAMES, type EventArrays } from './event-columns.ts';
import { int64At, int64Words } from './lanes/int64-view.ts';
import type { PlacedInput } from './merged-facts.ts';
import type { LeftOut } from './recording-pieces.ts';
import type { ChunkInfo } from './recording.ts';

export class MergeCursor {
  /** Time of the next row, ns since the beginning of the merged recording; Infinity at the end. */
  headNs = -Infinity;
  readonly leftOut: LeftOut[] = [];
  readonly #input: PlacedInput;
  readonly #onChunk: (chunk: ChunkInfo) => void;
  #arrays: EventArrays | undefined;
  #times: Int32Array = new Int32Array();
  #row = 0;
  #nextChunk = 0;
  /** Rows that were taken, and the places that they are for. */
  readonly #rows: Int32Array;
  readonly #places: Int32Array;
  #takenCount = 0;

  /**
   * @param bufferRows - rows of the buffer
   * @param onChunk - told of each chunk when its first row is next
   */
  constructor(input: PlacedInput, bufferRows: number, onChunk: (chunk: ChunkInfo) => void) {
    this.#input = input;
    this.#onChunk = onChunk;
    this.#rows = new Int32Array(bufferRows);
    this.#places = new Int32Array(bufferRows);
  }

  /** The rows of the chunk that is read have all been taken. */
  get isAtEndOfChunk(): boolean {
    return this.#row >= this.#times.length / 2;
  }

  /** Read on, where the next row is not there yet. What was taken must have been settled. */
  async fill(): Promise<void> {
    const { recording, name } = this.#input;
    while (this.isAtEndOfChunk) {
      const chunk = recording.chunks[this.#nextChunk];
      if (chunk === undefined) {
        this.headNs = Infinity;
        return;
      }
      const { chunkIndex, byteOffset, rowCount } = chunk;
      this.#nextChunk++;
      this.#onChunk(chunk);
      try {
        const arrays = await recording.readEvents(chunkIndex, EVENT_COLUMN_NAMES);
        checkRows(arrays, recording.dictionaries, byteOffset, chunkIndex);
        this.#arrays = arrays;
        this.#times = int64Words(arrays.time_ns);
        this.#row = 0;
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        this.leftOut.push({ chunkIndex, rowCount, error, source: name });
      }
    }
    this.#look();
  }

  /** Take the next row. @param place - in the buffer. @returns whether more is to be read now */
  take(place: number): boolean {
    this.#rows[this.#takenCount] = this.#row++;
    this.#places[this.#takenCount++] = place;
    if (this.isAtEndOfChunk) return true;
    this.#look();
    return false;
  }

  /** Hand over what was taken, all of one chunk. */
  settle(move: (arrays: EventArrays, rows: Int32Array, places: Int32Array) => void): void {
    const count = this.#takenCount;
    this.#takenCount = 0;
    if (count === 0) return;
    move(this.#arrays!, this.#rows.subarray(0, count), this.#places.subarray(0, count));
  }

  #look(): void {
    this.headNs = int64At(this.#times, this.#row) + this.#input.shiftNs;
  }
}
