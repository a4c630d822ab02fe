/**
 * What a screen reader is told while one works: facts of the page that have changed, not more
 * often than it can say them. Of a fact that changed several times only the last is told.
 */

/** Between two tellings, ms: keys that repeat give one. */
const EVERY_MS = 600;

/** By name what holds now, in the order in which it is told; empty: nothing to say. */
export type Facts = Readonly<Record<string, string>>;

export class Announcer {
  readonly #say: (text: string) => void;
  /** What was last told, or was so from the beginning. */
  #told: Facts | undefined;
  #now: Facts = {};
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param say - puts a text where screen readers look for news */
  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  /** These facts hold now. What holds at first is not news. */
  tell(facts: Facts): void {
    this.#now = facts;
    this.#told ??= facts;
    if (this.#timer === undefined && this.#news().length > 0) {
      this.#timer = setTimeout(() => this.#flush(), EVERY_MS);
    }
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #flush(): void {
    this.#timer = undefined;
    const news = this.#news();
    this.#told = this.#now;
    if (news.length > 0) this.#say(news.join('; '));
  }

  #news(): string[] {
    return Object.entries(this.#now)
      .filter(([name, text]) => text !== '' && text !== this.#told?.[name])
      .map(([, text]) => text);
  }
}
