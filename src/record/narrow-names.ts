/**
 * Names of a drained block in two bytes each, where the recording stores them so.
 *
 * The drain thread has four for them, because what has no name yet stands there as a large
 * negative number. A name beyond 32,767 is left out and counted.
 */
import { TYPE_WIDTH } from '../format/arrow-schema.ts';
import { type StoredColumns } from '../format/stored-columns.ts';
import type { WrittenEvents } from '../format/recording-writer.ts';
import { pageMemory } from './page-memory.ts';

const NAMED_COLUMNS = ['func', 'site', 'type'] as const;
const WIDTH = TYPE_WIDTH.int16;
const MAX_NUMBER = 32_767;

export class NarrowNames {
  readonly #columns: readonly (typeof NAMED_COLUMNS)[number][];
  /** By block, by column. */
  readonly #arrays: Int16Array<ArrayBuffer>[][] = [];
  /** Memory that begins on a page; undefined when there is nothing to make narrower. */
  readonly buffer: ArrayBuffer | undefined;
  #lostCount = 0;

  /** @param blockRows - a multiple of 32,768, so that each column begins on a page */
  constructor(columns: StoredColumns, blockCount: number, blockRows: number) {
    this.#columns = NAMED_COLUMNS.filter((column) => columns[column] === 'int16');
    const perBlock = this.#columns.length;
    if (perBlock === 0) return;
    const columnBytes = blockRows * WIDTH;
    // Untouched pages cost nothing, so that there is room for every block.
    const { buffer } = pageMemory(columnBytes * perBlock * blockCount);
    this.buffer = buffer;
    this.#arrays = Array.from({ length: blockCount }, (_, block) =>
      this.#columns.map((_, i) => {
        return new Int16Array(buffer, (block * perBlock + i) * columnBytes, blockRows);
      }),
    );
  }

  /** How often a name was left out so far. */
  get lostCount(): number {
    return this.#lostCount;
  }

  /**
   * The columns of a block with those names narrower; views of memory that is the block's.
   *
   * @param highestNumber - that can be among the names
   */
  of(
    blockIndex: number,
    events: WrittenEvents,
    rowCount: number,
    highestNumber: number,
  ): WrittenEvents {
    const narrow: Record<string, Int16Array<ArrayBuffer>> = {};
    for (const [i, column] of this.#columns.entries()) {
      const wide = (events[column] as Int32Array<ArrayBuffer>).subarray(0, rowCount);
      const values = this.#arrays[blockIndex]![i]!.subarray(0, rowCount);
      // Takes no time worth mentioning; to look at every row takes twenty times as long.
      values.set(wide);
      if (highestNumber > MAX_NUMBER) this.#lostCount += leaveOut(wide, values);
      narrow[column] = values;
    }
    return { ...events, ...narrow };
  }
}

/** @returns how many do not fit, and are 0 instead */
function leaveOut(wide: Int32Array, narrow: Int16Array): number {
  let lost = 0;
  for (let row = 0; row < wide.length; row++) {
    if (wide[row] === narrow[row]) continue;
    narrow[row] = 0;
    lost++;
  }
  return lost;
}
