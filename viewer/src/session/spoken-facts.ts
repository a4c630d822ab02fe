/** The state of a session as sentences to be told when they change. */
import { stateWords } from '../dock/state-words.ts';
import { countOf } from '../format/format-count.ts';
import { formatDuration } from '../format/format-duration.ts';
import { formatTime, plainSpaces } from '../format/format-time.ts';
import { functionOf } from '../lanes/lane-table.ts';
import { describeSpeed } from '../transport/speed.ts';
import type { Summary } from '../worker/protocol.ts';
import type { Facts } from './announcer.ts';
import type { ViewerSession } from './viewer-session.svelte.ts';

/** While the playhead moves by itself nothing is told of where it is. */
export function spokenFacts(session: ViewerSession, summary: Summary): Facts {
  const { transport, window, lanes, range, failure } = session;
  const isStill = transport.mode === 'paused';
  const { isLooping, isSkippingIdle, direction, speed } = transport;
  const pace = describeSpeed(speed, transport.nsPerS, 1);
  const resolutionNs = Math.max(1, window.spanNs / 1e4);
  const facts: Facts = {
    failure: failure ?? '',
    mode: {
      paused: 'paused',
      playing: direction === 1 ? 'playing' : 'playing backwards',
      following: 'following the running program',
    }[transport.mode],
    selection: selectionWords(session, summary),
    playhead: isStill ? `playhead at ${formatTime(transport.playheadNs, resolutionNs)}` : '',
    window: isStill
      ? `window of ${formatDuration(window.spanNs)} from ${formatTime(window.startNs, resolutionNs)}`
      : '',
    speed: speed.kind === 'auto' ? 'automatic speed' : `speed ${pace.replace(/\/s$/, ' a second')}`,
    loop: isLooping ? 'repeating' : 'not repeating',
    idle: isSkippingIdle ? 'skipping what is idle' : 'not skipping what is idle',
    range:
      range === undefined
        ? 'no range'
        : `range from ${formatTime(range.startNs, resolutionNs)}, ${formatDuration(range.endNs - range.startNs)} long`,
    grouping: `grouped by ${lanes.grouping}, ${lanes.order}`,
    found: lanes.filterText === '' ? '' : `${countOf(session.shownCount, 'goroutine')} found`,
    pinned: `${lanes.pinned.size} pinned`,
    hidden: lanes.hiddenCount === 0 ? 'nothing hidden' : `${lanes.hiddenCount} hidden`,
  };
  return Object.fromEntries(Object.entries(facts).map(([name, text]) => [name, plainSpaces(text)]));
}

function selectionWords({ selection }: ViewerSession, summary: Summary): string {
  if (selection === undefined) return 'nothing selected';
  const { span } = selection;
  const state = stateWords(span, summary.waitReasons).replace(' · ', ': ');
  const length = span.isOpen ? 'not ended' : `for ${formatDuration(span.endNs - span.startNs)}`;
  return `selected goroutine ${span.goid}, ${functionOf(summary, span.lane)}, ${state}, ${length}`;
}
