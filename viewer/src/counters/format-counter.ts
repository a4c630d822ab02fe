/** Values of counters for people, with their units. */
import { formatBytes } from '../format/format-bytes.ts';
import { formatCount } from '../format/format-count.ts';
import type { CounterUnit } from './counters.ts';

/** e.g. `12`, `3.4`, `24.1 MiB`, `1.50 GiB/s`, `2.3 %`; a dash where there is no value. */
export function formatCounter(value: number, unit: CounterUnit): string {
  if (!Number.isFinite(value)) return '–';
  switch (unit) {
    case 'bytes':
      return formatBytes(Math.round(value));
    case 'bytes/s':
      return `${formatBytes(Math.round(value))}/s`;
    case 'percent':
      return `${value.toFixed(value < 10 ? 1 : 0)} %`;
    default: {
      // A mean of several counts has a fraction; a sum of times is whole only nearly.
      const isWhole = Math.abs(value - Math.round(value)) < 0.01 || value >= 100;
      return isWhole ? formatCount(Math.round(value)) : value.toFixed(1);
    }
  }
}
