/** How far a verb is with the chunks of a recording: a line on a terminal, when it takes its time. */

/** Progress is shown from then on. */
const SILENT_MS = 2000;
const EVERY_MS = 200;

export class ChunkProgress {
  readonly #verb: string;
  #shownMs = performance.now() + SILENT_MS - EVERY_MS;
  #isShown = false;

  /** @param verb - what is done with them, e.g. `written` */
  constructor(verb: string) {
    this.#verb = verb;
  }

  /** @param chunkIndex - the one that is done */
  show(chunkIndex: number, chunkCount: number): void {
    const nowMs = performance.now();
    if (!process.stderr.isTTY || nowMs - this.#shownMs < EVERY_MS) return;
    this.#shownMs = nowMs;
    this.#isShown = true;
    const percent = Math.floor(((chunkIndex + 1) / chunkCount) * 100);
    process.stderr.write(`\r\x1b[K${percent} % ${this.#verb}`);
  }

  /** Take the line away. */
  end(): void {
    if (this.#isShown) process.stderr.write('\r\x1b[K');
  }
}
