/**
 * What can be done, which key does it, and how that is called: the one table that the handler
 * of keys and the help are made from. Perfetto's habits and those of players.
 *
 * A key is written as on it, with the modifiers that must be held before it. `Key…` and `Digit…`
 * mean the place on the keyboard and not the letter, whatever else stands there.
 */

export interface Command {
  does: string;
  /** Pressed one of them. */
  keys: readonly [string, ...string[]];
  /** Heading in the help. */
  part: 'Playing' | 'Looking' | 'Lanes' | 'Page';
}

const TABLE = {
  play: { part: 'Playing', keys: ['Space'], does: 'play or pause' },
  'play-backwards': { part: 'Playing', keys: ['KeyJ'], does: 'play backwards; again: faster' },
  pause: { part: 'Playing', keys: ['KeyK'], does: 'pause' },
  'play-forwards': { part: 'Playing', keys: ['KeyL'], does: 'play forwards; again: faster' },
  'previous-event': {
    part: 'Playing',
    keys: [','],
    does: 'previous event of the selected goroutine',
  },
  'next-event': { part: 'Playing', keys: ['.'], does: 'next event of the selected goroutine' },
  'previous-any': { part: 'Playing', keys: ['Alt+,'], does: 'previous event of any goroutine' },
  'next-any': { part: 'Playing', keys: ['Alt+.'], does: 'next event of any goroutine' },
  'step-back': {
    part: 'Playing',
    keys: ['ArrowLeft', 'Shift+ArrowLeft', 'Alt+ArrowLeft'],
    does: 'playhead back by 1 % of the window; Shift 10 %, Alt 0.1 %',
  },
  'step-forward': {
    part: 'Playing',
    keys: ['ArrowRight', 'Shift+ArrowRight', 'Alt+ArrowRight'],
    does: 'playhead on by 1 % of the window; Shift 10 %, Alt 0.1 %',
  },
  slower: { part: 'Playing', keys: ['<'], does: 'slower' },
  faster: { part: 'Playing', keys: ['>'], does: 'faster' },
  'speed-auto': {
    part: 'Playing',
    keys: ['u'],
    does: 'automatic speed: all of it in half a minute',
  },
  'speed-events': { part: 'Playing', keys: ['e'], does: 'constant number of events per second' },
  'skip-idle': { part: 'Playing', keys: ['g'], does: 'skip stretches in which nothing happens' },
  loop: {
    part: 'Playing',
    keys: ['r'],
    does: 'repeat the range, the selected span, or everything',
  },
  'range-start': { part: 'Playing', keys: ['i'], does: 'the range begins at the playhead' },
  'range-end': { part: 'Playing', keys: ['o'], does: 'the range ends at the playhead' },
  'range-clear': { part: 'Playing', keys: ['Shift+o'], does: 'no range' },
  start: { part: 'Playing', keys: ['Home'], does: 'to the start' },
  end: { part: 'Playing', keys: ['End'], does: 'to the end; of a live recording: follow it' },
  'previous-mark': { part: 'Playing', keys: ['Shift+m'], does: 'previous mark' },
  'next-mark': { part: 'Playing', keys: ['m'], does: 'next mark' },
  'zoom-in': { part: 'Looking', keys: ['KeyW'], does: 'zoom in' },
  'zoom-out': { part: 'Looking', keys: ['KeyS'], does: 'zoom out' },
  'pan-left': { part: 'Looking', keys: ['KeyA'], does: 'look earlier' },
  'pan-right': { part: 'Looking', keys: ['KeyD'], does: 'look later' },
  fit: { part: 'Looking', keys: ['f'], does: 'fit the selected span; again: the whole recording' },
  undo: { part: 'Looking', keys: ['Ctrl+z', 'Backspace'], does: 'back to where one looked before' },
  redo: { part: 'Looking', keys: ['Ctrl+Shift+z', 'Shift+Backspace'], does: 'forward again' },
  'sum-up': { part: 'Looking', keys: ['v'], does: 'sum up what happens in the range, or window' },
  'wake-cause': { part: 'Lanes', keys: ['['], does: 'to the goroutine that woke the selected one' },
  'wake-effect': {
    part: 'Lanes',
    keys: [']'],
    does: 'back along the chain of wakers, or on to the goroutine that this one woke',
  },
  'lane-up': { part: 'Lanes', keys: ['ArrowUp'], does: 'the lane above' },
  'lane-down': { part: 'Lanes', keys: ['ArrowDown'], does: 'the lane below' },
  'lanes-up': { part: 'Lanes', keys: ['PageUp'], does: 'twenty lanes up' },
  'lanes-down': { part: 'Lanes', keys: ['PageDown'], does: 'twenty lanes down' },
  'first-lane': { part: 'Lanes', keys: ['Ctrl+Home'], does: 'the first lane' },
  'last-lane': { part: 'Lanes', keys: ['Ctrl+End'], does: 'the last lane' },
  'toggle-group': { part: 'Lanes', keys: ['Enter'], does: 'open or close the group' },
  pin: { part: 'Lanes', keys: ['p'], does: 'pin the goroutine above all others, or let it go' },
  hide: { part: 'Lanes', keys: ['h'], does: 'hide the goroutine, or the group' },
  unhide: { part: 'Lanes', keys: ['Shift+h'], does: 'show all that was hidden' },
  search: {
    part: 'Lanes',
    keys: ['/', 'Ctrl+k'],
    does: 'find by name, number or /regular expression/',
  },
  palette: {
    part: 'Page',
    keys: ['Ctrl+Shift+p', ':'],
    does: 'command palette: all of this by name; go to a goroutine, function, mark or time',
  },
  theme: { part: 'Page', keys: ['Shift+t'], does: 'theme: as the system, light, dark' },
  help: { part: 'Page', keys: ['?'], does: 'this help' },
  escape: { part: 'Page', keys: ['Escape'], does: 'clear the selection, close what is open' },
} as const satisfies Record<string, Command>;

export type Action = keyof typeof TABLE;
export const COMMANDS: Readonly<Record<Action, Command>> = TABLE;
export const ACTIONS = Object.keys(TABLE) as Action[];

/** What a pointer does, for the help. */
export const POINTER_HELP: readonly { keys: string; does: string }[] = [
  { keys: 'Wheel', does: 'scroll lanes; with Ctrl zoom, with Shift pan' },
  { keys: 'Drag', does: 'pan; on the overview: choose a window, or move the playhead' },
  { keys: 'Shift drag', does: 'sum up a stretch of time, in the lanes it is drawn over' },
  { keys: 'Ruler', does: 'click: playhead; drag: sum up a stretch of time' },
];

/** A key press, as KeyboardEvent has it. */
export interface Key {
  key: string;
  code: string;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey?: boolean;
  altKey?: boolean;
}

/** By key, as written in the table. */
const BY_KEY = new Map<string, Action>(
  ACTIONS.flatMap((action) => COMMANDS[action].keys.map((key) => [key, action] as const)),
);

/** What a key press means; undefined when nothing. */
export function actionOf({
  key,
  code,
  ctrlKey,
  metaKey,
  shiftKey,
  altKey,
}: Key): Action | undefined {
  const isLetter = /^\p{L}$/u.test(key);
  const name = key === ' ' ? 'Space' : isLetter ? key.toLowerCase() : key;
  // Signs are what they are, however they are typed; of letters and other keys Shift is told.
  const isSign = key.length === 1 && !isLetter && key !== ' ';
  const shift = shiftKey === true || (isLetter && key !== key.toLowerCase());
  const held = (ctrlKey || metaKey ? 'Ctrl+' : '') + (shift && !isSign ? 'Shift+' : '');
  if (altKey === true) {
    // With Alt some keyboards give other signs: here the place tells.
    const sign = { Comma: ',', Period: '.' }[code] ?? name;
    return BY_KEY.get(`${held}Alt+${sign}`);
  }
  const place = ctrlKey || metaKey ? undefined : BY_KEY.get(code);
  return place ?? BY_KEY.get(held + name);
}

const KEY_NAMES: Record<string, string> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
};

/** Macs have another key for what Ctrl does elsewhere; `actionOf` takes either. */
export function isMac(): boolean {
  return typeof navigator !== 'undefined' && /Mac|iPad/.test(navigator.platform);
}

/** A key of the table as people write it, e.g. `Ctrl Shift P`, of a Mac `⌘ Shift P`. */
export function keyText(key: string, ofMac = isMac()): string {
  return key
    .split(/\+(?=.)/)
    .map((part) =>
      part === 'Ctrl' && ofMac
        ? '⌘'
        : (KEY_NAMES[part] ?? part.replace(/^Key/, '').replace(/^[a-z]$/, (c) => c.toUpperCase())),
    )
    .join(' ');
}

/** All keys of a command; those that do more or less of the same are in its words. */
export function keysText(action: Action, ofMac = isMac()): string {
  const [first, ...others] = COMMANDS[action].keys;
  const different = others.filter((key) => !key.endsWith(`+${first}`));
  return [first, ...different].map((key) => keyText(key, ofMac)).join(', ');
}

/** What a slider that has the focus takes for itself. */
export const SLIDER_KEYS: readonly string[] = [
  'ArrowLeft',
  'ArrowRight',
  'ArrowUp',
  'ArrowDown',
  'Home',
  'End',
  'PageUp',
  'PageDown',
];

/** How far an arrow goes, as a part of the window. */
export function stepFraction(keys: { shiftKey: boolean; altKey: boolean }): number {
  return keys.shiftKey ? 0.1 : keys.altKey ? 0.001 : 0.01;
}
