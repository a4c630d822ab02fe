/** Durations and rates as people read them: a unit, four digits at most. */

const UNITS = [
  ['ns', 1],
  ['µs', 1e3],
  ['ms', 1e6],
  ['s', 1e9],
] as const;

/**
 * A duration with its unit, rounded to four digits, e.g. `9.114 ms`, `812 ns`, `3602 s`.
 *
 * @param ns - finite; negative ones keep their sign
 */
export function formatDuration(ns: number): string {
  const size = Math.abs(ns);
  // What rounds up to 1000 of a unit is said in the next one.
  const [unit, unitNs] = UNITS.find(([, each]) => size < each * 999.95) ?? UNITS[3];
  const value = size / unitNs;
  const digits = unitNs === 1 ? 0 : Math.max(0, 3 - Math.floor(Math.log10(Math.max(1, value))));
  // Trailing zeros say nothing, except that a number was rounded.
  const text = Number(value.toFixed(digits)).toString();
  return `${ns < 0 ? '−' : ''}${text} ${unit}`;
}

/** A speed as recording time per second, e.g. `10 ms / s`. */
export function formatSpeed(nsPerS: number): string {
  return `${formatDuration(nsPerS)}/s`;
}
