/**
 * Stacks that share their outer frames: each is a frame and the number of the stack without it.
 *
 * Numbers begin at 1; 0 is no stack. A program may have millions, so nodes are in typed arrays,
 * and which children there are is a hash table over them (open addressing, linear probing).
 */
import type { StackColumns } from '../format/recording.ts';

const FIRST_NODES = 1024;

export class StackForest {
  #parents = new Int32Array(FIRST_NODES);
  #frames = new Int32Array(FIRST_NODES);
  /** Numbers of nodes by the hash of parent and frame; 0 empty. Twice as long as the nodes. */
  #slots = new Int32Array(FIRST_NODES * 2);
  #count = 1;
  #taken = 1;

  /** The stack of `parent` with one more frame on it. */
  child(parent: number, frame: number): number {
    const slot = this.#slotOf(parent, frame);
    const known = this.#slots[slot]!;
    if (known !== 0) return known;
    const node = this.#count++;
    this.#parents[node] = parent;
    this.#frames[node] = frame;
    this.#slots[slot] = node;
    if (this.#count === this.#parents.length) this.#grow();
    return node;
  }

  /** Frames of a stack, innermost first. */
  *frames(stack: number): Generator<number> {
    for (let node = stack; node !== 0; node = this.#parents[node]!) yield this.#frames[node]!;
  }

  /** The nodes that are new since the last call. */
  takeNew(): StackColumns {
    const [from, to] = [this.#taken, this.#count];
    this.#taken = to;
    return {
      count: to - from,
      stack: Int32Array.from({ length: to - from }, (_, i) => from + i),
      parent: this.#parents.slice(from, to),
      frame: this.#frames.slice(from, to),
    };
  }

  #slotOf(parent: number, frame: number): number {
    const mask = this.#slots.length - 1;
    let slot = Math.imul(Math.imul(parent, 0x9e3779b1) ^ frame, 0x85ebca6b);
    slot = (slot ^ (slot >>> 15)) & mask;
    for (;;) {
      const node = this.#slots[slot]!;
      if (node === 0 || (this.#parents[node] === parent && this.#frames[node] === frame)) {
        return slot;
      }
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    const nodes = this.#parents.length * 2;
    const [parents, frames] = [this.#parents, this.#frames];
    this.#parents = new Int32Array(nodes);
    this.#parents.set(parents);
    this.#frames = new Int32Array(nodes);
    this.#frames.set(frames);
    this.#slots = new Int32Array(nodes * 2);
    for (let node = 1; node < this.#count; node++) {
      this.#slots[this.#slotOf(this.#parents[node]!, this.#frames[node]!)] = node;
    }
  }
}
