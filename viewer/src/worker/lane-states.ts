/** The state of every goroutine at one time: for groups by state. */
import type { SpanStore } from '../../../src/format/lanes/span-store.ts';

export interface LaneStates {
  timeNs: number;
  /** By lane, index into STATES; 0 where there is nothing. */
  state: Uint8Array<ArrayBuffer>;
}

export function laneStates(store: SpanStore, timeNs: number): LaneStates {
  const state = new Uint8Array(store.laneCount);
  for (let lane = 0; lane < state.length; lane++) {
    const span = store.at(lane, timeNs);
    if (span >= 0) state[lane] = store.state[span]!;
  }
  return { timeNs, state };
}
