/**
 * Names that follow a gap in a recording: which numbers they have.
 *
 * A delta dictionary adds names to those before it and does not say how many these are. Where
 * some may be missing the part that comes with it tells: its rows have the numbers of the new
 * names, the lowest that of the first. docs/format.md, parts `functions` and `types`.
 */
import type { DictionaryColumn } from './event-columns.ts';
import type { PartRows } from './part-shapes.ts';

type NameColumn = 'func' | 'type';

interface Held {
  values: string[];
  /** Rows of the part that were there before. */
  knownRows: number;
  /** Lowest number of the rows since; Infinity: none. */
  lowest: number;
}

export class NameSalvage {
  readonly #dictionaries: Record<DictionaryColumn, string[]>;
  readonly #held = new Map<NameColumn, Held>();
  readonly #rowCounts: Record<NameColumn, number> = { func: 0, type: 0 };
  #isAfterGap = false;
  /** Bytes that were passed over and may have held names. */
  #gapBytes = 0;

  /** @param dictionaries - names are added to them */
  constructor(dictionaries: Record<DictionaryColumn, string[]>) {
    this.#dictionaries = dictionaries;
  }

  /** From here on names may be missing. @param gapBytes - that were passed over */
  begin(gapBytes: number): void {
    this.place();
    this.#isAfterGap = true;
    this.#gapBytes += gapBytes;
  }

  /**
   * Keep new names until their place is known.
   *
   * @returns whether they are kept; otherwise they are to be taken as they come
   */
  hold(
    isDelta: boolean,
    names: { column: DictionaryColumn; values: string[] } | undefined,
  ): boolean {
    const column = names?.column;
    if (!this.#isAfterGap || (column !== 'func' && column !== 'type')) return false;
    if (!isDelta) {
      this.#held.delete(column);
      return false;
    }
    this.#place(column);
    const knownRows = this.#rowCounts[column];
    this.#held.set(column, { values: names!.values, knownRows, lowest: Infinity });
    return true;
  }

  /** Part `functions` or `types` may have new rows. */
  see({ functions, types }: { functions: PartRows['functions'][]; types: PartRows['types'][] }) {
    this.#see('func', functions.length, (row) => functions[row]!.func);
    this.#see('type', types.length, (row) => types[row]!.type);
  }

  /** All that could tell has been seen. */
  place(): void {
    this.#place('func');
    this.#place('type');
  }

  #see(column: NameColumn, rowCount: number, numberOf: (row: number) => number): void {
    const held = this.#held.get(column);
    for (let row = held?.knownRows ?? rowCount; row < rowCount; row++) {
      held!.lowest = Math.min(held!.lowest, numberOf(row));
    }
    this.#rowCounts[column] = rowCount;
  }

  #place(column: NameColumn): void {
    const held = this.#held.get(column);
    if (held === undefined) return;
    this.#held.delete(column);
    const names = this.#dictionaries[column];
    // In a wrong place they would call things by another's name: rather none. A number further
    // away than names were lost is damage.
    const lostCount = held.lowest - names.length;
    if (lostCount < 0 || lostCount * NAME_BYTES > this.#gapBytes) return;
    this.#gapBytes -= lostCount * NAME_BYTES;
    while (names.length < held.lowest) names.push(`(lost: ${column} ${names.length})`);
    for (const name of held.values) names.push(name);
  }
}

/** What a name takes at least: its end in the column. */
const NAME_BYTES = 4;
