/** Who woke whom: from the lanes, where every span knows the goroutine that began it. */
import type { Wake } from './context-protocol.ts';
import type { LanesWithSpans } from './lanes-with-spans.ts';

/** Arrows that can be told apart. */
export const MOST_WAKES = 64;

/** Lane of a goroutine of a process; -1 when the recording does not know it. */
export function laneOf(builder: LanesWithSpans, pid: number, goid: number): number {
  if (goid === 0) return -1;
  for (let lane = 0; lane < builder.spans.laneCount; lane++) {
    if (builder.goid[lane] === goid && builder.pid[lane] === pid) return lane;
  }
  return -1;
}

/** Who began a span; undefined when that was the scheduler, the goroutine itself, or is not known. */
export function begunBy(builder: LanesWithSpans, lane: number, span: number): Wake | undefined {
  const goid = builder.spans.goid[span]!;
  if (goid === builder.goid[lane]) return undefined;
  const fromLane = laneOf(builder, builder.pid[lane]!, goid);
  if (fromLane < 0) return undefined;
  return { fromLane, toLane: lane, timeNs: builder.spans.startNs[span]! };
}

/** What a goroutine did to others in a stretch of time, in the order of time. */
export function wakesOf(
  builder: LanesWithSpans,
  lane: number,
  startNs: number,
  endNs: number,
): { wakes: Wake[]; wakeCount: number } {
  const { spans } = builder;
  const goid = builder.goid[lane]!;
  const pid = builder.pid[lane]!;
  const wakes: Wake[] = [];
  for (let toLane = 0; toLane < spans.laneCount; toLane++) {
    if (toLane === lane || builder.pid[toLane] !== pid) continue;
    const last = spans.last(toLane);
    for (let span = firstFrom(builder, toLane, startNs); span <= last; span++) {
      const timeNs = spans.startNs[span]!;
      if (timeNs >= endNs) break;
      if (spans.goid[span] === goid) wakes.push({ fromLane: lane, toLane, timeNs });
    }
  }
  wakes.sort((a, b) => a.timeNs - b.timeNs);
  return { wakes: wakes.slice(0, MOST_WAKES), wakeCount: wakes.length };
}

/**
 * What came before a span in the chain of wakers: where the one was that woke the goroutine out
 * of it, or that last woke it before it.
 */
export function causeOf(builder: LanesWithSpans, lane: number, timeNs: number): Wake | undefined {
  const { spans } = builder;
  let span = spans.at(lane, timeNs);
  if (span < 0) return undefined;
  const first = spans.laneOffset[lane]!;
  // What ended it comes first: of a wait that is the answer.
  if (span < spans.last(lane)) {
    const ended = begunBy(builder, lane, span + 1);
    if (ended !== undefined) return ended;
  }
  for (; span >= first; span--) {
    const begun = begunBy(builder, lane, span);
    if (begun !== undefined) return begun;
  }
  return undefined;
}

/** The first that a goroutine woke or created from the beginning of a span on. */
export function effectOf(builder: LanesWithSpans, lane: number, timeNs: number): Wake | undefined {
  const { spans } = builder;
  const from = spans.at(lane, timeNs);
  if (from < 0) return undefined;
  const goid = builder.goid[lane]!;
  const pid = builder.pid[lane]!;
  let found: Wake | undefined;
  for (let toLane = 0; toLane < spans.laneCount; toLane++) {
    if (toLane === lane || builder.pid[toLane] !== pid) continue;
    const last = spans.last(toLane);
    for (let span = firstFrom(builder, toLane, spans.startNs[from]!); span <= last; span++) {
      const at = spans.startNs[span]!;
      if (found !== undefined && at >= found.timeNs) break;
      if (spans.goid[span] === goid) {
        found = { fromLane: lane, toLane, timeNs: at };
        break;
      }
    }
  }
  return found;
}

/** The lane's first span that begins at `timeNs` or later; one after its last when there is none. */
export function firstFrom({ spans }: LanesWithSpans, lane: number, timeNs: number): number {
  let low = spans.laneOffset[lane]!;
  let high = low + spans.laneSpans[lane]!;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (spans.startNs[middle]! < timeNs) low = middle + 1;
    else high = middle;
  }
  return low;
}
