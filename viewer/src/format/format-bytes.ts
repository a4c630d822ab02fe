/** Sizes for people: four digits at most. */

/** e.g. `24 B`, `1.50 KiB`, `12.3 MiB`. */
export function formatBytes(sizeBytes: number): string {
  let [value, unit] = [sizeBytes, 'B'];
  for (const larger of ['KiB', 'MiB', 'GiB', 'TiB']) {
    if (value < 1024) break;
    [value, unit] = [value / 1024, larger];
  }
  if (unit === 'B') return `${value} B`;
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${unit}`;
}
