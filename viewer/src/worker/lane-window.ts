/**
 * What of some lanes is to be drawn in a window: their spans, and where spans are shorter
 * than a bucket of time (a power of two of ns, about a pixel) one mark for all of them, with
 * the state that took most of the time, the longest span's reason, the count, and what share
 * of the time was spent other than waiting or doing nothing.
 *
 * So a picture costs what its pixels cost, however many spans there are.
 */
import { STATES } from '../../../src/format/event-columns.ts';
import type { SpanStore } from '../../../src/format/lanes/span-store.ts';

const WAITING = STATES.indexOf('waiting');

/** The marks of the lanes asked for, one lane after the other. */
export interface LaneMarks {
  /** Index of each lane's first mark, and at the end the number of marks. */
  laneFirst: Uint32Array<ArrayBuffer>;
  startNs: Float64Array<ArrayBuffer>;
  endNs: Float64Array<ArrayBuffer>;
  /** Index into STATES. */
  state: Uint8Array<ArrayBuffer>;
  /** Index into the dictionary of `wait_reason`. */
  reason: Uint8Array<ArrayBuffer>;
  /** State other than `waiting` that took most time; 0 when there was none. */
  activeState: Uint8Array<ArrayBuffer>;
  /** Share of the mark's time spent in such states, 0 to 255. */
  activeShare: Uint8Array<ArrayBuffer>;
  /** Spans in the mark; 1 is a span itself. */
  count: Uint32Array<ArrayBuffer>;
  /** Longest span in the mark, ns. */
  longestNs: Float64Array<ArrayBuffer>;
  /** The goroutine that began the (longest) span; of a P, the one that runs. */
  goid: Float64Array<ArrayBuffer>;
}

/** Width of a bucket for a resolution: the power of two of ns at or above a pixel; at least 1. */
export function bucketFor(nsPerPx: number): number {
  return 2 ** Math.max(0, Math.ceil(Math.log2(Math.max(nsPerPx, 1))));
}

/**
 * Collect marks.
 *
 * @param lanes - lane numbers of the store
 * @param isHidden - by state: not drawn (nothing there, dead)
 * @param openEndNs - where spans that have not ended end for now
 */
export function laneMarks(
  store: SpanStore,
  lanes: Int32Array,
  startNs: number,
  endNs: number,
  bucketNs: number,
  openEndNs: number,
  isHidden: Uint8Array,
): LaneMarks {
  const marks = new MarkList();
  const laneFirst = new Uint32Array(lanes.length + 1);
  for (const [slot, lane] of lanes.entries()) {
    laneFirst[slot] = marks.count;
    const last = store.last(lane);
    if (last < 0) continue;
    const first = Math.max(store.at(lane, startNs), store.laneOffset[lane]!);
    addMarks(marks, store, lane, first, last, endNs, bucketNs, openEndNs, isHidden);
  }
  laneFirst[lanes.length] = marks.count;
  return marks.finish(laneFirst);
}

/**
 * Collect the marks of spans `first` to `last` of a lane.
 *
 * @param endNs - spans that begin here or later are left out
 */
export function addMarks(
  marks: MarkList,
  store: SpanStore,
  lane: number,
  first: number,
  last: number,
  endNs: number,
  bucketNs: number,
  openEndNs: number,
  isHidden: Uint8Array,
): void {
  const { timeOfState } = marks;
  let span = first;
  while (span <= last) {
    const spanStartNs = store.startNs[span]!;
    if (spanStartNs >= endNs) break;
    const spanEndNs = store.endNs(lane, span, openEndNs);
    if (spanEndNs - spanStartNs >= bucketNs) {
      if (isHidden[store.state[span]!] === 0) marks.addSpan(store, span, spanStartNs, spanEndNs);
      span++;
      continue;
    }
    // Short spans that begin within one bucket become one mark.
    const bucketEndNs = (Math.floor(spanStartNs / bucketNs) + 1) * bucketNs;
    timeOfState.fill(0);
    let count = 0;
    let longest = span;
    let longestNs = -1;
    let nextNs = spanStartNs;
    while (span <= last && nextNs < bucketEndNs) {
      const thisEndNs = store.endNs(lane, span, openEndNs);
      const lengthNs = thisEndNs - nextNs;
      if (lengthNs >= bucketNs) break;
      const state = store.state[span]!;
      if (isHidden[state] === 0) {
        timeOfState[state]! += lengthNs + 1e-3; // so that a span of 0 ns is not lost
        count++;
        if (lengthNs > longestNs) {
          longest = span;
          longestNs = lengthNs;
        }
      }
      nextNs = thisEndNs;
      span++;
    }
    if (count === 1) {
      marks.addSpan(store, longest, store.startNs[longest]!, store.startNs[longest]! + longestNs);
    } else if (count > 1) {
      const { reason, goid } = store;
      marks.addJoined(spanStartNs, nextNs, reason[longest]!, count, longestNs, goid[longest]!);
    }
  }
}

/** Marks while they are collected. */
export class MarkList {
  count = 0;
  /** ns in each state of the mark that is being put together. */
  readonly timeOfState = new Float64Array(STATES.length);
  #startNs = new Float64Array(1024);
  #endNs = new Float64Array(1024);
  #state = new Uint8Array(1024);
  #reason = new Uint8Array(1024);
  #activeState = new Uint8Array(1024);
  #activeShare = new Uint8Array(1024);
  #spans = new Uint32Array(1024);
  #longestNs = new Float64Array(1024);
  #goid = new Float64Array(1024);

  addSpan(store: SpanStore, span: number, startNs: number, endNs: number): void {
    const { state, reason, goid } = store;
    const active = state[span] === WAITING ? 0 : state[span]!;
    const share = active === 0 ? 0 : 255;
    const lengthNs = endNs - startNs;
    this.add(startNs, endNs, state[span]!, reason[span]!, active, share, 1, lengthNs, goid[span]!);
  }

  /** Add a mark of several spans, whose states took `timeOfState`; that is used up. */
  addJoined(
    startNs: number,
    endNs: number,
    reason: number,
    spans: number,
    longestNs: number,
    goid: number,
  ): void {
    const { timeOfState } = this;
    const state = mostOf(timeOfState);
    timeOfState[WAITING] = 0;
    let activeNs = 0;
    for (const ns of timeOfState) activeNs += ns;
    const active = activeNs === 0 ? 0 : mostOf(timeOfState);
    const share = Math.ceil(Math.min(1, activeNs / Math.max(1, endNs - startNs)) * 255);
    this.add(startNs, endNs, state, reason, active, share, spans, longestNs, goid);
  }

  add(
    startNs: number,
    endNs: number,
    state: number,
    reason: number,
    activeState: number,
    activeShare: number,
    spans: number,
    longestNs: number,
    goid: number,
  ): void {
    const at = this.count++;
    if (at === this.#startNs.length) this.#grow(at * 2);
    this.#startNs[at] = startNs;
    this.#endNs[at] = endNs;
    this.#state[at] = state;
    this.#reason[at] = reason;
    this.#activeState[at] = activeState;
    this.#activeShare[at] = activeShare;
    this.#spans[at] = spans;
    this.#longestNs[at] = longestNs;
    this.#goid[at] = goid;
  }

  finish(laneFirst: Uint32Array<ArrayBuffer>): LaneMarks {
    const { count } = this;
    return {
      laneFirst,
      startNs: this.#startNs.slice(0, count),
      endNs: this.#endNs.slice(0, count),
      state: this.#state.slice(0, count),
      reason: this.#reason.slice(0, count),
      activeState: this.#activeState.slice(0, count),
      activeShare: this.#activeShare.slice(0, count),
      count: this.#spans.slice(0, count),
      longestNs: this.#longestNs.slice(0, count),
      goid: this.#goid.slice(0, count),
    };
  }

  #grow(length: number): void {
    const larger = <T extends { set(from: T): void }>(array: T, into: T): T => {
      into.set(array);
      return into;
    };
    this.#startNs = larger(this.#startNs, new Float64Array(length));
    this.#endNs = larger(this.#endNs, new Float64Array(length));
    this.#state = larger(this.#state, new Uint8Array(length));
    this.#reason = larger(this.#reason, new Uint8Array(length));
    this.#activeState = larger(this.#activeState, new Uint8Array(length));
    this.#activeShare = larger(this.#activeShare, new Uint8Array(length));
    this.#spans = larger(this.#spans, new Uint32Array(length));
    this.#longestNs = larger(this.#longestNs, new Float64Array(length));
    this.#goid = larger(this.#goid, new Float64Array(length));
  }
}

/** Index of the largest. */
function mostOf(values: Float64Array): number {
  let most = 0;
  for (let at = 1; at < values.length; at++) if (values[at]! > values[most]!) most = at;
  return most;
}
