/**
 * A value over time of which the mean and the most of any stretch are found by bisection, so
 * that drawing it costs as much as there are pixels, however many changes there are.
 */

export class CounterCurve {
  /** Where the value changes, in order, and the end. */
  readonly #timeNs: Float64Array;
  /** The value times ns, from the first time to each of them. */
  readonly #sum: Float64Array;
  readonly #most: Float64Array;
  /** The most of pairs of stretches, of pairs of those, and so on; made when it is first asked. */
  #madeTree: Float64Array | undefined;
  readonly #count: number;

  /**
   * @param timeNs - one more than there are stretches
   * @param sum - the value times ns, up to each time
   * @param most - the highest value of each stretch
   */
  constructor(timeNs: Float64Array, sum: Float64Array, most: Float64Array) {
    this.#timeNs = timeNs;
    this.#sum = sum;
    this.#most = most;
    this.#count = most.length;
  }

  /**
   * A value that stays from each time to the next.
   *
   * @param timeNs - in order, one for each value
   * @param endNs - how long the last one stays
   */
  static ofSteps(timeNs: Float64Array, value: Float64Array, endNs: number): CounterCurve {
    const count = timeNs.length;
    const edges = new Float64Array(count + 1);
    edges.set(timeNs);
    edges[count] = Math.max(endNs, timeNs[count - 1] ?? 0);
    const sum = new Float64Array(count + 1);
    for (let i = 0; i < count; i++) sum[i + 1] = sum[i]! + value[i]! * (edges[i + 1]! - edges[i]!);
    return new CounterCurve(edges, sum, value);
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** The value at a time; NaN where there is none. */
  valueAt(timeNs: number): number {
    const times = this.#timeNs;
    const count = this.#count;
    if (count === 0 || timeNs < times[0]! || timeNs > times[count]!) return Number.NaN;
    // At the very end one wants to see the last value.
    let at = Math.min(count - 1, this.#after(timeNs) - 1);
    while (at > 0 && times[at + 1]! === times[at]!) at--;
    const lengthNs = times[at + 1]! - times[at]!;
    return lengthNs > 0 ? (this.#sum[at + 1]! - this.#sum[at]!) / lengthNs : this.#most[at]!;
  }

  /** The mean over what of a stretch there is; NaN where there is none. */
  meanBetween(fromNs: number, toNs: number): number {
    const count = this.#count;
    if (count === 0) return Number.NaN;
    const from = Math.max(fromNs, this.#timeNs[0]!);
    const to = Math.min(toNs, this.#timeNs[count]!);
    if (to > from) return (this.#sumAt(to) - this.#sumAt(from)) / (to - from);
    return fromNs === toNs ? this.valueAt(fromNs) : Number.NaN;
  }

  /** The highest value of a stretch, what held when it began included; NaN where there is none. */
  mostBetween(fromNs: number, toNs: number): number {
    const count = this.#count;
    if (count === 0 || toNs < this.#timeNs[0]! || fromNs > this.#timeNs[count]!) return Number.NaN;
    const tree = this.#tree;
    let most = -Infinity;
    let left = Math.max(0, this.#after(fromNs) - 1);
    // What begins where the stretch ends is not part of it.
    let right = Math.max(left + 1, Math.min(count, this.#before(toNs)));
    if (left >= count) left = count - 1;
    if (right > count) right = count;
    for (left += count, right += count; left < right; left >>= 1, right >>= 1) {
      if ((left & 1) === 1) most = Math.max(most, tree[left++]!);
      if ((right & 1) === 1) most = Math.max(most, tree[--right]!);
    }
    return most;
  }

  /** A binary tree in an array: the leaves are its second half. */
  get #tree(): Float64Array {
    if (this.#madeTree !== undefined) return this.#madeTree;
    const count = this.#count;
    const tree = new Float64Array(2 * count);
    tree.set(this.#most, count);
    for (let node = count - 1; node > 0; node--) {
      tree[node] = Math.max(tree[2 * node]!, tree[2 * node + 1]!);
    }
    return (this.#madeTree = tree);
  }

  #sumAt(timeNs: number): number {
    const times = this.#timeNs;
    const at = Math.max(0, Math.min(this.#count - 1, this.#after(timeNs) - 1));
    const lengthNs = times[at + 1]! - times[at]!;
    if (lengthNs === 0) return this.#sum[at]!;
    const share = (timeNs - times[at]!) / lengthNs;
    return this.#sum[at]! + (this.#sum[at + 1]! - this.#sum[at]!) * share;
  }

  /** Index of the first time after `timeNs`, the end not among them. */
  #after(timeNs: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#timeNs[middle]! <= timeNs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Index of the first time at or after `timeNs`, the end not among them. */
  #before(timeNs: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#timeNs[middle]! < timeNs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
