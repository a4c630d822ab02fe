/** The stacks of a recording that a copy needs: each once, before what names it, with what it is part of. */
import type { StackColumns } from './recording.ts';

export class NeededStacks {
  readonly #stacks: StackColumns;
  /** Row by number, of those that were not taken yet. */
  readonly #rows: Map<number, number>;

  constructor(stacks: StackColumns) {
    this.#stacks = stacks;
    this.#rows = new Map(
      Array.from(stacks.stack, (number, row): [number, number] => [number, row]),
    );
  }

  /** Stacks that are named here and were not before, in the order of the original. */
  take(numbers: Iterable<number>): StackColumns {
    const { stack, parent, frame } = this.#stacks;
    const rows: number[] = [];
    for (const number of numbers) {
      let row = this.#rows.get(number);
      while (row !== undefined) {
        this.#rows.delete(stack[row]!);
        rows.push(row);
        row = this.#rows.get(parent[row]!);
      }
    }
    rows.sort((a, b) => a - b);
    const pick = (column: Int32Array) => Int32Array.from(rows, (row) => column[row]!);
    return { count: rows.length, stack: pick(stack), parent: pick(parent), frame: pick(frame) };
  }
}
