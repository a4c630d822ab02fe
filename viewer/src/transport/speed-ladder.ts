/** Playback speeds: recording time per second of the viewer's time, on a logarithmic scale. */

/** 1 ns a second. */
export const SLOWEST_NS_PER_S = 1;
/** A hundred times as fast as it happened. */
export const FASTEST_NS_PER_S = 1e11;

const DECADES = Math.log10(FASTEST_NS_PER_S / SLOWEST_NS_PER_S);

/** The ladder that keys climb: rungs of 1, 2, 5, slowest first. */
export const SPEEDS: readonly number[] = Array.from({ length: DECADES * 3 + 1 }, (_, i) =>
  Math.round(SLOWEST_NS_PER_S * 10 ** Math.floor(i / 3) * [1, 2, 5][i % 3]!),
);

/** The next rung above (`direction` 1) or below (-1); the end of the ladder stays. */
export function nextSpeed(nsPerS: number, direction: 1 | -1): number {
  return direction === 1
    ? (SPEEDS.find((speed) => speed > nsPerS * 1.000001) ?? FASTEST_NS_PER_S)
    : (SPEEDS.findLast((speed) => speed < nsPerS / 1.000001) ?? SLOWEST_NS_PER_S);
}

/** A speed moved into what can be played. */
export function clampSpeed(nsPerS: number): number {
  return Math.min(Math.max(nsPerS, SLOWEST_NS_PER_S), FASTEST_NS_PER_S);
}

/** Where a speed stands on the slider, from 0 (slowest) to 1 (fastest). */
export function positionOf(nsPerS: number): number {
  return Math.log10(clampSpeed(nsPerS) / SLOWEST_NS_PER_S) / DECADES;
}

/** The speed at a place of the slider, rounded to two digits, as nobody drags more exactly. */
export function speedAt(position: number): number {
  const nsPerS = SLOWEST_NS_PER_S * 10 ** (position * DECADES);
  return clampSpeed(Number(nsPerS.toPrecision(2)));
}

/** How long `auto` takes for all that it plays, s. */
const AUTO_S = 30;

/** A speed at which a stretch of the recording is played in half a minute. */
export function autoSpeed(lengthNs: number): number {
  return clampSpeed(lengthNs / AUTO_S);
}
