/** Counts with thin groups of three digits. */
import { THIN_SPACE } from './format-time.ts';

/** e.g. `3 182 447`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, THIN_SPACE);
}

/** e.g. `1 goroutine`, `2 goroutines`; of another plural `2 entries`. */
export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}
