/** Keys and what they mean. */
import { expect, it } from 'vitest';
import { actionOf, stepFraction, type Action } from '../../viewer/src/session/keys.ts';

it.each<[string, string, boolean, Action | undefined]>([
  [' ', 'Space', false, 'play'],
  [',', 'Comma', false, 'previous-event'],
  ['.', 'Period', false, 'next-event'],
  ['<', 'Comma', false, 'slower'],
  ['>', 'Period', false, 'faster'],
  ['w', 'KeyW', false, 'zoom-in'],
  ['W', 'KeyW', false, 'zoom-in'],
  ['z', 'KeyW', false, 'zoom-in'],
  ['q', 'KeyA', false, 'pan-left'],
  ['k', 'KeyK', true, 'search'],
  ['k', 'KeyK', false, 'pause'],
  ['j', 'KeyJ', false, 'play-backwards'],
  ['H', 'KeyH', false, 'unhide'],
  ['h', 'KeyH', false, 'hide'],
  ['s', 'KeyS', true, undefined],
  ['w', 'KeyW', true, undefined],
  ['/', 'Slash', false, 'search'],
  ['?', 'Slash', false, 'help'],
  ['Escape', 'Escape', false, 'escape'],
  ['x', 'KeyX', false, undefined],
])('%s (%s, Ctrl %s) means %s', (key, code, ctrlKey, action) => {
  expect(actionOf({ key, code, ctrlKey, metaKey: false })).toBe(action);
});

it('steps by a hundredth of the window, ten times more with Shift, less with Alt', () => {
  expect([
    stepFraction({ shiftKey: false, altKey: false }),
    stepFraction({ shiftKey: true, altKey: false }),
    stepFraction({ shiftKey: false, altKey: true }),
  ]).toEqual([0.01, 0.1, 0.001]);
});
