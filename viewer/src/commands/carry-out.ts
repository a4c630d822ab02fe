/** Does what was chosen in the command palette, unless it is a command: those App.svelte does. */
import type { ViewerSession } from '../session/viewer-session.svelte.ts';
import type { Target } from './palette-entries.ts';

/** Do it. */
export function carryOut(on: ViewerSession, target: Exclude<Target, { kind: 'command' }>): void {
  switch (target.kind) {
    case 'goroutine':
      void on.goToLane(target.lane);
      break;
    case 'function':
      void on.goToFunction(target.name);
      break;
    case 'mark':
    case 'time':
      on.seek(target.timeNs);
      break;
    case 'grouping':
      on.lanes.grouping = target.grouping;
      break;
    case 'order':
      on.lanes.order = target.order;
      break;
    case 'speed':
      on.playback.chooseSpeed(target.speed, target.direction);
      break;
  }
}
