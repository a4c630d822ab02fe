/** Dark or light: as the system says until the user chooses; the choice is remembered. */

export type ThemeName = 'dark' | 'light';

const STORAGE_KEY = 'xgotop.theme';

export class Theme {
  name = $state<ThemeName>('dark');

  constructor() {
    const system = window.matchMedia('(prefers-color-scheme: light)');
    this.#set(stored() ?? (system.matches ? 'light' : 'dark'));
    system.addEventListener('change', ({ matches }) => {
      if (stored() === undefined) this.#set(matches ? 'light' : 'dark');
    });
  }

  toggle(): void {
    this.#set(this.name === 'dark' ? 'light' : 'dark');
    try {
      localStorage.setItem(STORAGE_KEY, this.name);
    } catch {
      // Storage is switched off: the choice lasts as long as the page.
    }
  }

  #set(name: ThemeName): void {
    document.documentElement.dataset['theme'] = name;
    this.name = name;
  }
}

function stored(): ThemeName | undefined {
  try {
    const name = localStorage.getItem(STORAGE_KEY);
    return name === 'dark' || name === 'light' ? name : undefined;
  } catch {
    return undefined;
  }
}
