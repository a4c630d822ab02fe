/**
 * Deeds that each begin where the one before has led to, though that takes a moment: a key that
 * is pressed twice goes two steps, however fast.
 */

/** A key that is held must not go on for long after it was let go. */
const MOST_WAITING = 8;

export class InTurn {
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  /** Do it when those before are done; not at all when too many are waiting. */
  do(deed: () => Promise<void>): Promise<void> {
    if (this.#waiting >= MOST_WAITING) return this.#last;
    this.#waiting++;
    const done = this.#last.then(deed).finally(() => this.#waiting--);
    // One that fails is told to who asked for it, and holds up no other.
    this.#last = done.catch(() => undefined);
    return done;
  }
}
