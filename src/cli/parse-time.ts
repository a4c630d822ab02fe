/** A time since the start of a recording, as an option says it. */
import { InvalidArgumentError } from 'commander';
import { parseDurationMs } from './format-quantity.ts';

/**
 * Parse `1.5s`, `200ms`, `0`.
 *
 * @returns ns
 * @throws InvalidArgumentError
 */
export function parseTimeNs(text: string): number {
  if (/^0+(\.0+)?(s|ms)?$/.test(text)) return 0;
  const small = /^(\d+(?:\.\d+)?)(us|µs|ns)$/.exec(text);
  if (small) return Math.round(Number(small[1]) * (small[2] === 'ns' ? 1 : 1000));
  const ms = parseDurationMs(text);
  if (ms === undefined) throw new InvalidArgumentError('not a time such as 1.5s, 200ms or 40us');
  return Math.round(ms * 1e6);
}
