/** Dark, light, or as the system says, which is what it is until the user chooses. Remembered. */

export type ThemeName = 'dark' | 'light';
export type ThemeChoice = ThemeName | 'system';

export const THEME_CHOICES: readonly ThemeChoice[] = ['system', 'light', 'dark'];

const STORAGE_KEY = 'xgotop.theme';

export class Theme {
  /** What is shown. */
  name = $state<ThemeName>('dark');
  choice = $state<ThemeChoice>('system');
  readonly #system = window.matchMedia('(prefers-color-scheme: light)');

  constructor() {
    this.choice = stored() ?? 'system';
    this.#show();
    this.#system.addEventListener('change', () => this.#show());
  }

  choose(choice: ThemeChoice): void {
    this.choice = choice;
    this.#show();
    try {
      localStorage.setItem(STORAGE_KEY, choice);
    } catch {
      // Storage is switched off: the choice lasts as long as the page.
    }
  }

  /** The next of the three. */
  toggle(): void {
    const next = (THEME_CHOICES.indexOf(this.choice) + 1) % THEME_CHOICES.length;
    this.choose(THEME_CHOICES[next]!);
  }

  #show(): void {
    const system = this.#system.matches ? 'light' : 'dark';
    this.name = this.choice === 'system' ? system : this.choice;
    document.documentElement.dataset['theme'] = this.name;
  }
}

function stored(): ThemeChoice | undefined {
  try {
    return THEME_CHOICES.find((choice) => choice === localStorage.getItem(STORAGE_KEY));
  } catch {
    return undefined;
  }
}
