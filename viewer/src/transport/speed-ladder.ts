/** Playback speeds: recording time per second of the viewer's time, on a ladder of 1, 2, 5. */

/** 1 µs a second. */
export const SLOWEST_NS_PER_S = 1e3;
/** Ten times as fast as it happened. */
export const FASTEST_NS_PER_S = 1e10;

const DECADES = Math.log10(FASTEST_NS_PER_S / SLOWEST_NS_PER_S);

/** All rungs, slowest first. */
export const SPEEDS: readonly number[] = Array.from({ length: DECADES * 3 + 1 }, (_, i) =>
  Math.round(SLOWEST_NS_PER_S * 10 ** Math.floor(i / 3) * [1, 2, 5][i % 3]!),
);

/** The next rung above (`direction` 1) or below (-1); the end of the ladder stays. */
export function nextSpeed(nsPerS: number, direction: 1 | -1): number {
  return direction === 1
    ? (SPEEDS.find((speed) => speed > nsPerS * 1.000001) ?? FASTEST_NS_PER_S)
    : (SPEEDS.findLast((speed) => speed < nsPerS / 1.000001) ?? SLOWEST_NS_PER_S);
}

/** Rung nearest to a speed on the logarithmic scale; for the slider's position. */
export function rungOf(nsPerS: number): number {
  let nearest = 0;
  for (const [rung, speed] of SPEEDS.entries()) {
    const isNearer =
      Math.abs(Math.log(speed / nsPerS)) < Math.abs(Math.log(SPEEDS[nearest]! / nsPerS));
    if (isNearer) nearest = rung;
  }
  return nearest;
}

/** A speed at which the window on screen is played in about ten seconds. */
export function speedFor(spanNs: number): number {
  return SPEEDS[rungOf(Math.min(Math.max(spanNs / 10, SLOWEST_NS_PER_S), FASTEST_NS_PER_S))]!;
}
