/** Points in time since the recording's start, in seconds with thin groups of three digits. */

/** Thin space that does not break: U+202F. */
export const THIN_SPACE = '\u202f';

/** Numbers without their thin spaces, which screen readers take for ends of numbers. */
export function plainSpaces(text: string): string {
  return text.replaceAll(THIN_SPACE, '');
}

/**
 * A time in seconds, e.g. `6.203 112 4 s`.
 *
 * @param timeNs - ns since the recording started; exact up to 2^53
 * @param resolutionNs - digits finer than this are left out; 1 shows every nanosecond
 */
export function formatTime(timeNs: number, resolutionNs = 1): string {
  const decimals = Math.min(9, Math.max(0, Math.ceil(9 - Math.log10(Math.max(1, resolutionNs)))));
  // Seconds and their rest each on its own: together they have more digits than a float.
  const unitNs = 10 ** (9 - decimals);
  const roundedNs = Math.round(Math.abs(timeNs) / unitNs) * unitNs;
  const restNs = roundedNs % 1e9;
  const whole = (roundedNs - restNs) / 1e9;
  const fraction = decimals === 0 ? '' : String(restNs / unitNs).padStart(decimals, '0');
  const sign = timeNs < 0 ? '−' : '';
  const groups = fraction.match(/\d{1,3}/g)?.join(THIN_SPACE) ?? '';
  return `${sign}${whole}${groups === '' ? '' : '.'}${groups} s`;
}

/** A wall clock time, e.g. `2026-11-23 14:02:11 UTC`. */
export function formatWallClock(unixNs: bigint): string {
  const date = new Date(Number(unixNs / 1_000_000n));
  return Number.isNaN(date.getTime())
    ? 'unknown time'
    : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
