/** What the command palette offers for what was typed: commands, choices, places to go to. */
import { formatTime } from '../format/format-time.ts';
import { parseTime } from '../format/parse-time.ts';
import type { Grouping } from '../lanes/lane-grouping.ts';
import { LANE_ORDERS, type LaneOrder } from '../lanes/lane-order.ts';
import { functionOf } from '../lanes/lane-table.ts';
import { ACTIONS, COMMANDS, keysText, type Action } from '../session/keys.ts';
import { describeSpeed, parseSpeed, type Speed } from '../transport/speed.ts';
import type { Summary } from '../worker/protocol.ts';
import { fuzzyScore } from './fuzzy-score.ts';

/** What an entry does. */
export type Target =
  | { kind: 'command'; action: Action }
  | { kind: 'goroutine'; lane: number }
  | { kind: 'function'; name: string }
  | { kind: 'mark' | 'time'; timeNs: number }
  | { kind: 'grouping'; grouping: Grouping }
  | { kind: 'order'; order: LaneOrder }
  | { kind: 'speed'; speed: Speed; direction: 1 | -1 };

export interface PaletteEntry {
  /** Stays the same while the recording grows. */
  id: string;
  text: string;
  /** Beside it: the keys, or what kind of place it is. */
  note: string;
  target: Target;
}

/** What there is to go to, and to choose from. */
export interface Places {
  summary: Pick<Summary, 'goid' | 'func' | 'functions' | 'endNs'>;
  marks: readonly { timeNs: number; text: string }[];
  groupings: readonly Grouping[];
}

/** More nobody reads. */
const MOST_ENTRIES = 80;
const MOST_GOROUTINES = 12;
const SPEED = /^\s*speed\s+/i;
/** Words before a place, as people say it: `go to g34`. */
const TO = /^\s*(?:go\s*to|go|to|@)\s+(?:(?:time|goroutine)\s+)?/i;

/**
 * Entries, the best first; without a text all commands and then places.
 *
 * @param functions - start functions, as `startFunctions` gives them
 */
export function paletteEntries(
  typed: string,
  places: Places,
  functions: readonly string[],
): PaletteEntry[] {
  const place = typed.replace(TO, '').trim();
  const scored: { entry: PaletteEntry; score: number }[] = [];
  const add = (entry: PaletteEntry, searched: string): void => {
    const score = fuzzyScore(typed, searched);
    if (score !== undefined) scored.push({ entry, score: typed.trim() === '' ? 0 : score });
  };
  for (const action of ACTIONS) {
    if (action === 'palette') continue;
    const { does, part } = COMMANDS[action];
    const note = keysText(action);
    add({ id: action, text: does, note, target: { kind: 'command', action } }, `${does} ${part}`);
  }
  for (const grouping of places.groupings) {
    const text = `group by ${grouping}`;
    add({ id: text, text, note: 'groups', target: { kind: 'grouping', grouping } }, text);
  }
  for (const order of LANE_ORDERS) {
    const text = `order by ${order}`;
    add({ id: text, text, note: 'order', target: { kind: 'order', order } }, text);
  }
  for (const [i, { timeNs, text }] of places.marks.entries()) {
    add(
      {
        id: `mark ${i}`,
        text: `go to mark ${text}`,
        note: formatTime(timeNs, 1e3),
        target: { kind: 'mark', timeNs },
      },
      `go to mark ${text}`,
    );
  }
  for (const name of functions) {
    add(
      {
        id: `function ${name}`,
        text: `go to ${name}`,
        note: 'start function',
        target: { kind: 'function', name },
      },
      `go to ${name}`,
    );
  }
  // Sorting is stable: what fits alike stays in the order of the table.
  scored.sort((a, b) => b.score - a.score);
  const found = scored.map(({ entry }) => entry);
  return [...goroutines(place, places), ...times(place, places), ...speeds(typed), ...found].slice(
    0,
    MOST_ENTRIES,
  );
}

/** Names of functions that goroutines began with, in the order in which they were first seen. */
export function startFunctions(summary: Places['summary']): string[] {
  const known = new Set<number>();
  const names = new Set<string>();
  for (const [lane, func] of summary.func.entries()) {
    if (known.has(func)) continue;
    known.add(func);
    names.add(functionOf(summary, lane));
  }
  return [...names];
}

/** Those whose number is what was typed, then those whose number begins so. */
function goroutines(place: string, { summary }: Places): PaletteEntry[] {
  const [, digits] = /^g?(\d+)$/i.exec(place) ?? [];
  if (digits === undefined) return [];
  const exact: number[] = [];
  const longer: number[] = [];
  for (const [lane, goid] of summary.goid.entries()) {
    const number = String(goid);
    if (number === digits) exact.push(lane);
    else if (longer.length < MOST_GOROUTINES && number.startsWith(digits)) longer.push(lane);
  }
  return [...exact, ...longer].slice(0, MOST_GOROUTINES).map((lane) => ({
    id: `goroutine ${lane}`,
    text: `go to g${summary.goid[lane]!} ${functionOf(summary, lane)}`,
    note: 'goroutine',
    target: { kind: 'goroutine', lane },
  }));
}

/** `2x`, `auto`; what could be a time as well is a speed when that is said: `speed 10 ms`. */
function speeds(typed: string): PaletteEntry[] {
  const said = typed.replace(SPEED, '');
  const read = parseSpeed(said);
  if (read === undefined || (said === typed && parseTime(typed) !== undefined)) return [];
  const { speed, direction } = read;
  const pace =
    speed.kind === 'auto'
      ? 'automatic'
      : describeSpeed(speed, speed.kind === 'fixed' ? speed.nsPerS : 0, direction);
  return [
    {
      id: 'speed',
      text: `speed ${pace}`,
      note: 'speed',
      target: { kind: 'speed', speed, direction },
    },
  ];
}

function times(place: string, { summary }: Places): PaletteEntry[] {
  const timeNs = parseTime(place);
  if (timeNs === undefined) return [];
  return [
    {
      id: 'time',
      text: `go to ${formatTime(timeNs)}`,
      note: timeNs > summary.endNs ? 'time, after the end' : 'time',
      target: { kind: 'time', timeNs },
    },
  ];
}
