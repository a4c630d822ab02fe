/** Numbers for people: grouped counts, bytes and seconds with their unit. */

/** `1234567` as `1,234,567`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** Bytes in the largest decimal unit that keeps them at or above 1, e.g. `61.2 MB`. */
export function formatBytes(byteCount: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = byteCount;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]!}`;
}

/** Nanoseconds as seconds, e.g. `1.93 s`; minutes and hours from a minute on, e.g. `2 min 05 s`. */
export function formatSeconds(ns: number): string {
  const seconds = ns / 1e9;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
  const minutes = Math.floor(seconds / 60);
  const rest = String(Math.floor(seconds % 60)).padStart(2, '0');
  if (minutes < 60) return `${minutes} min ${rest} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min ${rest} s`;
}

/**
 * Parse a duration such as `10s`, `500ms`, `2m`, `1h30m`; a bare number is seconds.
 *
 * @returns milliseconds, above 0; undefined when it is not a duration
 */
export function parseDurationMs(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return positive(Number(text) * 1000);
  const unitMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, value, , unit] of text.matchAll(/(\d+(\.\d+)?)(ms|s|m|h)/g)) {
    total += Number(value) * unitMs[unit!]!;
  }
  return positive(total);
}

function positive(value: number): number | undefined {
  return value > 0 ? value : undefined;
}
