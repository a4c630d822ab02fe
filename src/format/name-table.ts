/** A dictionary that grows: each string has the index at which it first came. Index 0 is "". */
export class NameTable {
  readonly values: string[] = [''];
  readonly #indices = new Map([['', 0]]);
  #writtenCount = 1;

  /** The name's index; a name not seen before gets the next one. */
  indexOf(name: string): number {
    let index = this.#indices.get(name);
    if (index === undefined) {
      index = this.values.length;
      this.values.push(name);
      this.#indices.set(name, index);
    }
    return index;
  }

  /** Values added since the last call, in the order of their indices. */
  takeNew(): string[] {
    const values = this.values.slice(this.#writtenCount);
    this.#writtenCount = this.values.length;
    return values;
  }
}
