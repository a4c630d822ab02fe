/**
 * The page's whole state as the URL's fragment, so that a view can be passed on: each key is a
 * line of one table that says how it is written and read. What is missing, or makes no sense,
 * is left out.
 */
import { GROUPINGS, type Grouping } from '../lanes/lane-grouping.ts';
import { LANE_ORDERS, type LaneOrder } from '../lanes/lane-order.ts';
import { parseSpeed, writeSpeed, type Speed } from '../transport/speed.ts';

export interface UrlState {
  /** Left edge of the window, ns. */
  startNs?: number;
  /** Width of the window, ns. */
  spanNs?: number;
  playheadNs?: number;
  /** Of one of several processes, its process. */
  selectedPid?: number;
  selectedGoid?: number;
  /** Which of its spans: a time within it, ns; undefined: the one at the playhead. */
  selectedNs?: number;
  speed?: Speed;
  isBackwards?: boolean;
  isLooping?: boolean;
  isSkippingIdle?: boolean;
  /** What is played again and again, ns. */
  range?: { startNs: number; endNs: number };
  filterText?: string;
  grouping?: Grouping;
  order?: LaneOrder;
  /** Also goroutines that do not live within the window. */
  isShowingAll?: boolean;
  /** `12`, or `4312:12` of one of several processes. */
  pinned?: string[];
  hidden?: string[];
  hiddenGroups?: string[];
  /** Keys of groups that were opened or closed. */
  opened?: string[];
  closed?: string[];
}

interface Part {
  key: string;
  /** Undefined: not written. */
  write: (state: UrlState) => string | undefined;
  read: (text: string) => UrlState | undefined;
}

const PARTS: readonly Part[] = [
  time('t', 'startNs'),
  {
    key: 'z',
    write: ({ spanNs }) => timeText(spanNs, spanNs),
    read: (text) => {
      const spanNs = timeNumber(text);
      return spanNs !== undefined && spanNs > 0 ? { spanNs } : undefined;
    },
  },
  time('at', 'playheadNs'),
  {
    key: 'sel',
    write: ({ selectedGoid, selectedPid, selectedNs }) => {
      if (selectedGoid === undefined) return undefined;
      const process = selectedPid === undefined ? '' : `${selectedPid}:`;
      return `g:${process}${selectedGoid}${selectedNs === undefined ? '' : `@${selectedNs}`}`;
    },
    read: (text) => {
      const [, pid, goid, ns] = /^g:(?:(\d+):)?(\d+)(?:@(\d+))?$/.exec(text) ?? [];
      const selectedGoid = wholeNumber(goid);
      const selectedPid = wholeNumber(pid);
      const selectedNs = wholeNumber(ns);
      if (selectedGoid === undefined) return undefined;
      return {
        selectedGoid,
        ...(selectedPid !== undefined && { selectedPid }),
        ...(selectedNs !== undefined && { selectedNs }),
      };
    },
  },
  {
    key: 'v',
    write: ({ speed }) => speed && writeSpeed(speed),
    read: (text) => {
      const speed = parseSpeed(text)?.speed;
      return speed && { speed };
    },
  },
  flag('back', 'isBackwards'),
  flag('loop', 'isLooping'),
  flag('skip', 'isSkippingIdle'),
  {
    key: 'range',
    write: ({ range }) => range && `${Math.round(range.startNs)}-${Math.round(range.endNs)}`,
    read: (text) => {
      const [, from, to] = /^(\d+)-(\d+)$/.exec(text) ?? [];
      const [startNs, endNs] = [wholeNumber(from), wholeNumber(to)];
      return startNs !== undefined && endNs !== undefined && startNs < endNs
        ? { range: { startNs, endNs } }
        : undefined;
    },
  },
  {
    key: 'q',
    write: ({ filterText }) => (filterText === '' ? undefined : filterText),
    read: (filterText) => ({ filterText }),
  },
  {
    key: 'by',
    write: ({ grouping }) => (grouping === 'start function' ? undefined : grouping),
    read: (text) =>
      GROUPINGS.includes(text as Grouping) || text.startsWith('label ')
        ? { grouping: text as Grouping }
        : undefined,
  },
  {
    key: 'sort',
    write: ({ order }) => (order === 'first seen' ? undefined : order),
    read: (text) =>
      LANE_ORDERS.includes(text as LaneOrder) ? { order: text as LaneOrder } : undefined,
  },
  flag('all', 'isShowingAll'),
  list('pin', 'pinned'),
  list('hide', 'hidden'),
  list('hideg', 'hiddenGroups'),
  list('open', 'opened'),
  list('close', 'closed'),
];

/** `#t=…&z=…&at=…&sel=g:123&…`, times in ns: whole ones unless one looks very closely. */
export function writeUrlState(state: UrlState): string {
  const parts = PARTS.flatMap(({ key, write }) => {
    const text = write(state);
    return text === undefined ? [] : [`${key}=${encode(text)}`];
  });
  return `#${parts.join('&')}`;
}

/** The reverse. */
export function readUrlState(fragment: string): UrlState {
  const values = new URLSearchParams(fragment.replace(/^#/, ''));
  const state: UrlState = {};
  for (const { key, read } of PARTS) {
    const text = values.get(key);
    if (text !== null) Object.assign(state, read(text));
  }
  return state;
}

/** Readable where a fragment allows it. */
function encode(text: string): string {
  return encodeURIComponent(text)
    .replaceAll('%20', '+')
    .replaceAll('%3A', ':')
    .replaceAll('%40', '@')
    .replaceAll('%2C', ',')
    .replaceAll('%2F', '/');
}

function time(key: string, name: 'startNs' | 'playheadNs'): Part {
  return {
    key,
    write: (state) => timeText(state[name], state.spanNs),
    read: (text) => {
      const value = timeNumber(text);
      return value === undefined ? undefined : { [name]: value };
    },
  };
}

function flag(
  key: string,
  name: 'isBackwards' | 'isLooping' | 'isSkippingIdle' | 'isShowingAll',
): Part {
  return {
    key,
    write: (state) => (state[name] === true ? '1' : undefined),
    read: (text) => (text === '1' ? { [name]: true } : undefined),
  };
}

/** Values that may have any sign in them, as names of functions do: each encoded on its own. */
function list(key: string, name: 'pinned' | 'hidden' | 'hiddenGroups' | 'opened' | 'closed'): Part {
  return {
    key,
    write: (state) => {
      const values = state[name];
      return values === undefined || values.length === 0
        ? undefined
        : values.map((value) => value.replace(/[%,]/g, encodeURIComponent)).join(',');
    },
    read: (text) => {
      try {
        return { [name]: text.split(',').map(decodeURIComponent) };
      } catch {
        return undefined;
      }
    },
  };
}

/** In windows narrower than this half a ns can be seen. */
const CLOSE_NS = 10_000;

function timeText(valueNs: number | undefined, spanNs = Infinity): string | undefined {
  return valueNs === undefined
    ? undefined
    : String(Number(valueNs.toFixed(spanNs < CLOSE_NS ? 3 : 0)));
}

function timeNumber(text: string): number | undefined {
  if (!/^\d{1,16}(\.\d{1,3})?$/.test(text)) return undefined;
  const valueNs = Number(text);
  return valueNs <= Number.MAX_SAFE_INTEGER ? valueNs : undefined;
}

function wholeNumber(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}
