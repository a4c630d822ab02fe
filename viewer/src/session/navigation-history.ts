/** Where one has looked, to go back to and forward again, as browsers do with pages. */
export class NavigationHistory<View> {
  #views: View[] = [];
  #at = -1;
  readonly #isSame: (a: View, b: View) => boolean;

  /** @param isSame - whether two views are one place */
  constructor(isSame: (a: View, b: View) => boolean) {
    this.#isSame = isSame;
  }

  /** One came to rest here. Whoever has gone back and then looks elsewhere loses the way forward. */
  note(view: View): void {
    const current = this.#views[this.#at];
    if (current !== undefined && this.#isSame(current, view)) return;
    this.#views = [...this.#views.slice(Math.max(0, this.#at + 1 - MOST), this.#at + 1), view];
    this.#at = this.#views.length - 1;
  }

  /** The view before (-1) or after (1) this one; undefined when there is none. */
  go(direction: 1 | -1): View | undefined {
    const view = this.#views[this.#at + direction];
    if (view !== undefined) this.#at += direction;
    return view;
  }
}

/** Views that are kept. */
const MOST = 100;
