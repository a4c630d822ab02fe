/** How fast a recording is played: what can be chosen, and how that is written and typed. */
import { formatSpeed } from '../format/format-duration.ts';
import { clampSpeed } from './speed-ladder.ts';

export type Speed =
  /** Recording time per second. */
  | { kind: 'fixed'; nsPerS: number }
  /** Everything that is played, in half a minute. */
  | { kind: 'auto' }
  /** As many events in each second, however far apart they are. */
  | { kind: 'events'; eventsPerS: number };

const UNIT_NS: Record<string, number> = { ns: 1, us: 1e3, µs: 1e3, μs: 1e3, ms: 1e6, s: 1e9 };
const NUMBER = String.raw`(\d+(?:\.\d*)?|\.\d+)(?:e(\d{1,2}))?`;
const TIME = new RegExp(`^${NUMBER} ?(ns|us|µs|μs|ms|s)(?: ?/ ?s)?$`);
const FACTOR = new RegExp(`^${NUMBER} ?[x×]$`);
const EVENTS = new RegExp(`^${NUMBER} ?(?:ev|events?)(?: ?/ ?s)?$`);
/** Fastest by events; more than this is a blur. */
const MOST_EVENTS_PER_S = 1e6;

/**
 * What somebody typed: `10µs/s`, `10 ms`, `2x`, `0.001×`, `auto`, `500 ev/s`; with a minus
 * before it backwards.
 *
 * @returns undefined when it is no speed, also 0
 */
export function parseSpeed(text: string): { speed: Speed; direction: 1 | -1 } | undefined {
  const trimmed = text.trim().toLowerCase();
  const isBackwards = /^[-−]/.test(trimmed);
  const body = trimmed.replace(/^[-−] ?/, '').replace(/\s+/g, ' ');
  const speed = parseForwards(body);
  return speed && { speed, direction: isBackwards ? -1 : 1 };
}

function parseForwards(body: string): Speed | undefined {
  if (body === 'auto') return { kind: 'auto' };
  const events = EVENTS.exec(body);
  if (events !== null) {
    const eventsPerS = valueOf(events);
    if (!(eventsPerS > 0)) return undefined;
    return { kind: 'events', eventsPerS: Math.min(eventsPerS, MOST_EVENTS_PER_S) };
  }
  const factor = FACTOR.exec(body);
  const time = TIME.exec(body);
  const nsPerS =
    factor !== null
      ? valueOf(factor) * 1e9
      : time !== null
        ? valueOf(time) * UNIT_NS[time[3]!]!
        : NaN;
  return nsPerS > 0 ? { kind: 'fixed', nsPerS: clampSpeed(nsPerS) } : undefined;
}

function valueOf([, digits, exponent]: RegExpExecArray): number {
  return Number(digits) * 10 ** Number(exponent ?? 0);
}

/** As it is shown, and as `parseSpeed` understands it: `10 ms / s`, `500 ev/s`. */
export function describeSpeed(speed: Speed, nsPerS: number, direction: 1 | -1): string {
  const sign = direction === -1 ? '−' : '';
  if (speed.kind === 'events') return `${sign}${speed.eventsPerS} ev/s`;
  return `${sign}${formatSpeed(nsPerS)}`;
}

/** As it stands in the URL: `auto`, `1e6`, `500ev`. */
export function writeSpeed(speed: Speed): string {
  if (speed.kind === 'auto') return 'auto';
  return speed.kind === 'events' ? `${speed.eventsPerS}ev` : `${speed.nsPerS}ns`;
}
