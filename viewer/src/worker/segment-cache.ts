/** Segments that were read, those not used for the longest time dropped when they take too much. */
import type { Segment } from './segment.ts';

export class SegmentCache {
  readonly #budgetBytes: number;
  /** By number, the one used last at the end. */
  readonly #held = new Map<number, Segment>();
  sizeBytes = 0;

  /** @param budgetBytes - memory they may take together; one is held even if it takes more */
  constructor(budgetBytes: number) {
    this.#budgetBytes = budgetBytes;
  }

  get count(): number {
    return this.#held.size;
  }

  get(index: number): Segment | undefined {
    const segment = this.#held.get(index);
    if (segment === undefined) return undefined;
    this.#held.delete(index);
    this.#held.set(index, segment);
    return segment;
  }

  has(index: number): boolean {
    return this.#held.has(index);
  }

  add(index: number, segment: Segment): void {
    this.sizeBytes += segment.sizeBytes - (this.#held.get(index)?.sizeBytes ?? 0);
    this.#held.delete(index);
    this.#held.set(index, segment);
    for (const [oldest, { sizeBytes }] of this.#held) {
      if (this.sizeBytes <= this.#budgetBytes || oldest === index) break;
      this.#held.delete(oldest);
      this.sizeBytes -= sizeBytes;
    }
  }
}
