/**
 * A window wider than what can be read for it, from the marks that are kept of its segments.
 *
 * A lane in which nothing happened in a segment stays as it was. Where segments were not read
 * lanes are drawn as they were before; the reply says where that is.
 */
import { STATES } from '../../../src/format/event-columns.ts';
import { DensityGrid } from './group-density.ts';
import { MarkList, type LaneMarks } from './lane-window.ts';
import { placeOf } from './segment.ts';
import { HIDDEN, type LaneStates, type SegmentMarks } from './segment-marks.ts';

const WAITING = STATES.indexOf('waiting');

/** A segment in the window; `kept` is undefined when it was not read. */
export interface CoarsePart {
  startNs: number;
  endNs: number;
  kept: SegmentMarks | undefined;
}

/** A span that is under way. */
interface Current {
  state: number;
  reason: number;
  sinceNs: number;
  goid: number;
}

/**
 * Marks of lanes over several segments.
 *
 * @param parts - in order, without a gap
 * @param begun - states of all lanes where the first part begins; undefined: nothing is known
 * @param bucketNs - shorter marks are joined
 * @param endNs - where the window ends; what goes on ends there
 */
export function coarseMarks(
  parts: readonly CoarsePart[],
  lanes: Int32Array,
  begun: LaneStates | undefined,
  bucketNs: number,
  endNs: number,
): LaneMarks {
  const joiner = new MarkJoiner(bucketNs);
  const laneFirst = new Uint32Array(lanes.length + 1);
  const current: Current = { state: 0, reason: 0, sinceNs: 0, goid: 0 };
  for (const [slot, lane] of lanes.entries()) {
    laneFirst[slot] = joiner.list.count;
    if (begun !== undefined && lane < begun.state.length) load(current, begun, lane);
    else current.state = 0;
    let isAfterGap = true;
    for (const { kept } of parts) {
      if (kept === undefined) {
        isAfterGap = true;
        continue;
      }
      const place = placeOf(kept.lanes, lane);
      if (place >= 0) {
        // What came before is known here even if it was not read.
        if (isAfterGap && kept.before.state[place] !== 0) load(current, kept.before, place);
        if (HIDDEN[current.state] === 0) joiner.span(current, kept.firstNs[place]!);
        const last = kept.marks.laneFirst[place + 1]!;
        for (let mark = kept.marks.laneFirst[place]!; mark < last; mark++) {
          if (kept.marks.startNs[mark]! < endNs) joiner.mark(kept.marks, mark);
        }
        load(current, kept.after, place);
      }
      isAfterGap = false;
    }
    if (HIDDEN[current.state] === 0 && current.sinceNs < endNs) joiner.span(current, endNs);
    joiner.flush();
  }
  laneFirst[lanes.length] = joiner.list.count;
  return joiner.list.finish(laneFirst);
}

/** The same for groups: how many of each one's goroutines are in each state. */
export function coarseDensities(
  parts: readonly CoarsePart[],
  groups: readonly { key: string; lanes: Int32Array }[],
  begun: LaneStates | undefined,
  window: { startNs: number; endNs: number; densityNs: number },
  laneCount: number,
): Map<string, DensityGrid> {
  const { startNs, endNs, densityNs } = window;
  const grids = new Map<string, DensityGrid>();
  const gridOfLane = new Int32Array(laneCount).fill(-1);
  const all = groups.map(({ key, lanes }, index) => {
    const grid = new DensityGrid(startNs, endNs, densityNs, STATES.length);
    grids.set(key, grid);
    for (const lane of lanes) if (lane < laneCount) gridOfLane[lane] = index;
    return grid;
  });
  if (groups.length === 0) return grids;
  const state = new Uint8Array(laneCount);
  const sinceNs = new Float64Array(laneCount);
  if (begun !== undefined) {
    const known = begun.state.subarray(0, laneCount);
    state.set(known);
    sinceNs.set(begun.sinceNs.subarray(0, laneCount));
  }
  for (const { kept } of parts) {
    if (kept === undefined) continue;
    const { marks, after } = kept;
    for (let place = 0; place < kept.lanes.length; place++) {
      const lane = kept.lanes[place]!;
      const grid = all[gridOfLane[lane] ?? -1];
      if (grid === undefined) continue;
      if (state[lane] !== 0) grid.add(state[lane]!, sinceNs[lane]!, kept.firstNs[place]!, 1);
      for (let mark = marks.laneFirst[place]!; mark < marks.laneFirst[place + 1]!; mark++) {
        const active = marks.count[mark] === 1 ? marks.state[mark]! : marks.activeState[mark]!;
        const share = marks.count[mark] === 1 ? 1 : marks.activeShare[mark]! / 255;
        grid.add(active, marks.startNs[mark]!, marks.endNs[mark]!, share);
        if (share < 1) grid.add(WAITING, marks.startNs[mark]!, marks.endNs[mark]!, 1 - share);
      }
      state[lane] = HIDDEN[after.state[place]!] === 0 ? after.state[place]! : 0;
      sinceNs[lane] = after.sinceNs[place]!;
    }
  }
  for (let lane = 0; lane < laneCount; lane++) {
    if (state[lane] !== 0) all[gridOfLane[lane]!]?.add(state[lane]!, sinceNs[lane]!, endNs, 1);
  }
  return grids;
}

function load(current: Current, states: LaneStates, at: number): void {
  current.state = states.state[at]!;
  current.reason = states.reason[at]!;
  current.sinceNs = states.sinceNs[at]!;
  current.goid = states.goid[at]!;
}

/** Puts marks that begin within one bucket together. */
class MarkJoiner {
  readonly list = new MarkList();
  readonly #bucketNs: number;
  /** What is being put together. */
  #count = 0;
  #startNs = 0;
  #endNs = 0;
  #bucketEndNs = 0;
  #reason = 0;
  #longestNs = -1;
  #goid = 0;
  /** How the only span in it was, when it is one. */
  #state = 0;

  constructor(bucketNs: number) {
    this.#bucketNs = bucketNs;
    this.list.timeOfState.fill(0);
  }

  span({ state, reason, sinceNs, goid }: Current, endNs: number): void {
    this.#add(sinceNs, endNs, reason, 1, endNs - sinceNs, goid, state, 1);
  }

  mark(marks: LaneMarks, at: number): void {
    const { startNs, endNs, state, reason, activeState, activeShare, count, longestNs, goid } =
      marks;
    const isOne = count[at] === 1;
    this.#add(
      startNs[at]!,
      endNs[at]!,
      reason[at]!,
      count[at]!,
      longestNs[at]!,
      goid[at]!,
      isOne ? state[at]! : activeState[at]!,
      isOne ? 1 : activeShare[at]! / 255,
    );
  }

  #add(
    startNs: number,
    endNs: number,
    reason: number,
    count: number,
    longestNs: number,
    goid: number,
    activeState: number,
    activeShare: number,
  ): void {
    const lengthNs = endNs - startNs;
    if (lengthNs >= this.#bucketNs || startNs >= this.#bucketEndNs) this.flush();
    if (this.#count === 0) {
      this.#startNs = startNs;
      this.#bucketEndNs = (Math.floor(startNs / this.#bucketNs) + 1) * this.#bucketNs;
      this.#longestNs = -1;
    }
    const { timeOfState } = this.list;
    timeOfState[activeState]! += lengthNs * activeShare + 1e-3;
    timeOfState[WAITING]! += lengthNs * (1 - activeShare);
    this.#endNs = endNs;
    this.#count += count;
    this.#state = activeState;
    if (longestNs > this.#longestNs) {
      this.#longestNs = longestNs;
      this.#reason = reason;
      this.#goid = goid;
    }
    if (lengthNs >= this.#bucketNs) this.flush();
  }

  flush(): void {
    const count = this.#count;
    this.#count = 0;
    if (count === 0) return;
    const { list } = this;
    if (count === 1) {
      const active = this.#state === WAITING ? 0 : this.#state;
      const share = active === 0 ? 0 : 255;
      list.timeOfState.fill(0);
      list.add(
        this.#startNs,
        this.#endNs,
        this.#state,
        this.#reason,
        active,
        share,
        1,
        this.#endNs - this.#startNs,
        this.#goid,
      );
      return;
    }
    const { timeOfState } = list;
    list.addJoined(this.#startNs, this.#endNs, this.#reason, count, this.#longestNs, this.#goid);
    timeOfState.fill(0);
  }
}
