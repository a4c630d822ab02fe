/** Which key does what, for the handler and for the help. Perfetto's habits and those of players. */

export type Action =
  | 'play'
  | 'previous-event'
  | 'next-event'
  | 'step-back'
  | 'step-forward'
  | 'slower'
  | 'faster'
  | 'start'
  | 'end'
  | 'zoom-in'
  | 'zoom-out'
  | 'pan-left'
  | 'pan-right'
  | 'wake-cause'
  | 'wake-effect'
  | 'lane-up'
  | 'lane-down'
  | 'fit'
  | 'search'
  | 'help'
  | 'escape';

/** Rows of the help: keys as they are written on them, and what they do. */
export const KEY_HELP: readonly { keys: string; does: string }[] = [
  { keys: 'Space', does: 'play or pause' },
  { keys: ', .', does: 'previous, next event of the selected goroutine, or of any' },
  { keys: '← →', does: 'playhead by 1 % of the window; Shift 10 %, Alt 0.1 %' },
  { keys: '< >', does: 'slower, faster' },
  { keys: 'Home End', does: 'start; end, of a live recording: follow it' },
  { keys: 'W S', does: 'zoom in, out' },
  { keys: 'A D', does: 'pan' },
  { keys: '[ ]', does: 'along the chain of wakers: to who woke the selected one; back, or on' },
  { keys: '↑ ↓', does: 'select the goroutine above, below' },
  { keys: 'F', does: 'fit the selected span; again: the whole recording' },
  { keys: '/ or Ctrl K', does: 'search' },
  { keys: 'Esc', does: 'clear selection, close this' },
  { keys: '?', does: 'this help' },
  { keys: 'Wheel', does: 'scroll lanes; with Ctrl zoom, with Shift pan' },
  { keys: 'Drag', does: 'pan; on the overview: choose a window' },
  { keys: 'Shift drag', does: 'sum up a stretch of time, in the lanes it is drawn over' },
  { keys: 'Ruler', does: 'click: playhead; drag: sum up a stretch of time' },
];

const ACTIONS: Record<string, Action> = {
  ' ': 'play',
  ',': 'previous-event',
  '.': 'next-event',
  ArrowLeft: 'step-back',
  ArrowRight: 'step-forward',
  ArrowUp: 'lane-up',
  ArrowDown: 'lane-down',
  '[': 'wake-cause',
  ']': 'wake-effect',
  '<': 'slower',
  '>': 'faster',
  Home: 'start',
  End: 'end',
  f: 'fit',
  F: 'fit',
  '/': 'search',
  '?': 'help',
  Escape: 'escape',
};

/** By place on the keyboard, as WASD means the place and not the letters. */
const PLACES: Record<string, Action> = {
  KeyW: 'zoom-in',
  KeyS: 'zoom-out',
  KeyA: 'pan-left',
  KeyD: 'pan-right',
};

interface Key {
  key: string;
  code: string;
  ctrlKey: boolean;
  metaKey: boolean;
}

/** What a key press means; undefined when nothing. */
export function actionOf({ key, code, ctrlKey, metaKey }: Key): Action | undefined {
  if (ctrlKey || metaKey) return key.toLowerCase() === 'k' ? 'search' : undefined;
  return ACTIONS[key] ?? PLACES[code];
}

/** How far an arrow goes, as a part of the window. */
export function stepFraction(keys: { shiftKey: boolean; altKey: boolean }): number {
  return keys.shiftKey ? 0.1 : keys.altKey ? 0.001 : 0.01;
}
