/**
 * What the playhead moves evenly along: the recording's time, or its time without the idle
 * stretches, or its events. An axis turns times into units of that and back; it only says how
 * the playhead gets from one time to another and never changes a time.
 */

export interface PlayAxis {
  /** Rises with the time, or stays. */
  toUnits: (timeNs: number) => number;
  toTimeNs: (units: number) => number;
}

/** Stretches of time, in order, that do not overlap. */
export interface Stretches {
  startNs: Float64Array;
  endNs: Float64Array;
}

/** Time as it is. */
export const TIME_AXIS: PlayAxis = { toUnits: (timeNs) => timeNs, toTimeNs: (units) => units };

/** A stretch in which nothing happens is skipped when it would last longer, s of the viewer. */
const PATIENCE_S = 0.5;
/** What is still played before and after a skipped stretch, s of the viewer. */
const MARGIN_S = 0.1;

/** The parts of idle stretches that are skipped at a speed. */
export function cutsAt(idle: Stretches, nsPerS: number): Stretches {
  const startNs: number[] = [];
  const endNs: number[] = [];
  for (let i = 0; i < idle.startNs.length; i++) {
    if (idle.endNs[i]! - idle.startNs[i]! <= PATIENCE_S * nsPerS) continue;
    startNs.push(idle.startNs[i]! + MARGIN_S * nsPerS);
    endNs.push(idle.endNs[i]! - MARGIN_S * nsPerS);
  }
  return { startNs: Float64Array.from(startNs), endNs: Float64Array.from(endNs) };
}

/** Time without the cuts. */
export function axisWithCuts({ startNs, endNs }: Stretches): PlayAxis {
  const count = startNs.length;
  if (count === 0) return TIME_AXIS;
  /** By cut: where it is on the axis, where the time before it has no other cuts. */
  const unitsAt = new Float64Array(count);
  let cutNs = 0;
  for (let i = 0; i < count; i++) {
    unitsAt[i] = startNs[i]! - cutNs;
    cutNs += endNs[i]! - startNs[i]!;
  }
  return {
    toUnits(timeNs) {
      const cut = lastAtOrBefore(startNs, timeNs);
      if (cut < 0) return timeNs;
      return unitsAt[cut]! + Math.max(0, timeNs - endNs[cut]!);
    },
    toTimeNs(units) {
      // Where a cut begins and where it ends is one unit: the playhead is after it then.
      const cut = lastAtOrBefore(unitsAt, units);
      return cut < 0 ? units : endNs[cut]! + (units - unitsAt[cut]!);
    },
  };
}

/** Times of every so-many-th event, in order. */
export interface EventTimes {
  timeNs: Float64Array;
  /** Events from one of them to the next. */
  stride: number;
}

/** Events counted: the playhead takes the same time from each to the next. */
export function axisOfEvents({ timeNs, stride }: EventTimes, endNs: number): PlayAxis {
  if (timeNs.length === 0) return TIME_AXIS;
  // The stretches before the first and after the last event count as one event each.
  const knots = new Float64Array(timeNs.length + 2);
  knots.set(timeNs, 1);
  knots[knots.length - 1] = Math.max(endNs, timeNs[timeNs.length - 1]!);
  const last = knots.length - 1;
  return {
    toUnits(at) {
      const knot = lastAtOrBefore(knots, at);
      if (knot < 0) return 0;
      if (knot >= last) return last * stride;
      const lengthNs = knots[knot + 1]! - knots[knot]!;
      return (knot + (lengthNs === 0 ? 0 : (at - knots[knot]!) / lengthNs)) * stride;
    },
    toTimeNs(units) {
      const place = Math.min(Math.max(units / stride, 0), last);
      const knot = Math.min(Math.floor(place), last - 1);
      return knots[knot]! + (place - knot) * (knots[knot + 1]! - knots[knot]!);
    },
  };
}

/** Index of the last value that is not above `value`; -1 when all are. */
function lastAtOrBefore(values: Float64Array, value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
