/**
 * A name from a recording as it may be put on a page: whoever made the recording chose it.
 *
 * Text is never markup here, so that markup needs no care. What does: characters that hide, or
 * turn the order of those around them, and names so long that laying them out takes seconds.
 */

/** Longer names are cut. The longest that Go's own compiler gave a function of Kubernetes has 280. */
const MOST_CHARS = 500;

/** Control characters, zero-width ones, line separators, and those that change the direction. */
const HIDDEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** The name with hidden characters written as `\u202e`, cut with an ellipsis. */
export function shownName(name: string, mostChars = MOST_CHARS): string {
  const isLong = name.length > mostChars;
  // Not through the middle of a pair.
  const part = isLong ? name.slice(0, mostChars - 1).replace(/[\ud800-\udbff]$/, '') : name;
  const plain = part.replace(
    HIDDEN,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return isLong ? `${plain}…` : plain;
}

/** Shown names of a dictionary that grows: each is looked at once. */
export class ShownNames {
  readonly #shown: string[] = [];
  #of: readonly string[] = [];

  /** @returns the same array as long as the dictionary has not changed; not to be changed */
  of(names: readonly string[]): readonly string[] {
    // The dictionary of a recording that ends may have been read anew.
    if (names !== this.#of && names.length < this.#shown.length) this.#shown.length = 0;
    this.#of = names;
    for (let index = this.#shown.length; index < names.length; index++) {
      this.#shown.push(shownName(names[index]!));
    }
    return this.#shown;
  }
}
