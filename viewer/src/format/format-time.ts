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
 * @param timeNs - ns since the recording started
 * @param resolutionNs - digits finer than this are left out; 1 shows every nanosecond
 */
export function formatTime(timeNs: number, resolutionNs = 1): string {
  const decimals = Math.min(9, Math.max(0, Math.ceil(9 - Math.log10(Math.max(1, resolutionNs)))));
  const [whole = '0', fraction = ''] = (Math.abs(timeNs) / 1e9).toFixed(decimals).split('.');
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
