/**
 * The program that a recording starts: held before its first instruction, then watched until its
 * exit is known.
 */
import type { GoTarget } from './go-target.ts';
import type { Native, StoppedChild } from './native.ts';
import { spawnStopped } from './session-setup.ts';

/** How a child ended: its exit code, or the signal that killed it. */
export type ChildExit = NonNullable<ReturnType<Native['reap']>>;

export class LaunchedChild {
  readonly #native: Native;
  readonly #child: StoppedChild;
  #exit: ChildExit | undefined;

  /** @throws Error with `code` when no process can be started */
  constructor(native: Native, target: GoTarget) {
    this.#native = native;
    this.#child = spawnStopped(native, target);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** How it ended; undefined until `reap` has seen it. */
  get exit(): ChildExit | undefined {
    return this.#exit;
  }

  /** Let it execute the program. Throws with `code` when that fails. */
  release(): void {
    this.#child.release();
  }

  /** @returns true once: when it has ended since the last call */
  reap(): boolean {
    if (this.#exit !== undefined) return false;
    this.#exit = this.#native.reap(this.pid);
    return this.#exit !== undefined;
  }

  /** A child that never ran must not stay behind. */
  abandon(): void {
    this.#native.kill(this.pid, 9);
    this.#native.reap(this.pid);
  }
}
