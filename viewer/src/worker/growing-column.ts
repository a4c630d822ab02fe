/** Numbers that become more. */
import { grown } from '../../../src/format/lanes/span-store.ts';

export class GrowingColumn {
  count = 0;
  #values = new Float64Array(256);

  push(value: number): void {
    if (this.count === this.#values.length) {
      this.#values = grown(this.#values, new Float64Array(this.count * 2));
    }
    this.#values[this.count++] = value;
  }

  /** Leave out the second, the fourth, and so on. */
  keepEverySecond(): void {
    this.count = Math.ceil(this.count / 2);
    for (let i = 0; i < this.count; i++) this.#values[i] = this.#values[2 * i]!;
  }

  /** A copy. */
  values(): Float64Array {
    return this.#values.slice(0, this.count);
  }
}
