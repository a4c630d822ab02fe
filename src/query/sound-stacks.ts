/**
 * The rows of part `stacks` that make a forest, whatever a damaged file says.
 *
 * The views follow parents. A stack that is its own ancestor would be followed for ever, and a
 * number that occurs twice would double the rows at each step.
 */
import type { StackColumns } from '../format/recording.ts';

/** No recorder asks for as many frames; a chain of all stacks would have rows without number. */
const MAX_DEPTH = 1024;

/** @returns the first row of each number; a parent that is not before it, or too deep, is 0 */
export function soundStacks({ count, stack, parent, frame }: StackColumns): StackColumns {
  const depths = new Map<number, number>();
  const rows: number[] = [];
  const parents: number[] = [];
  for (let row = 0; row < count; row++) {
    const number = stack[row]!;
    if (number === 0 || depths.has(number)) continue;
    const depth = (depths.get(parent[row]!) ?? 0) + 1;
    const isRoot = depth === 1 || depth > MAX_DEPTH;
    depths.set(number, isRoot ? 1 : depth);
    rows.push(row);
    parents.push(isRoot ? 0 : parent[row]!);
  }
  const pick = (column: Int32Array) => Int32Array.from(rows, (row) => column[row]!);
  return {
    count: rows.length,
    stack: pick(stack),
    parent: Int32Array.from(parents),
    frame: pick(frame),
  };
}
