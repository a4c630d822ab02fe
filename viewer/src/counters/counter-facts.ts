/** What the tooltip says of a counter at the pointer. */
import { formatTime } from '../format/format-time.ts';
import type { TooltipFacts } from '../lanes/tooltip-facts.ts';
import { highestBetween, valueAt } from './counter-value.ts';
import type { Counter } from './counters.ts';
import { formatCounter } from './format-counter.ts';

/**
 * Facts for a time.
 *
 * @param nsPerPx - within so much around it lies the most that is told, where it is another
 * @param windowSpanNs - width of the window that is shown
 */
export function counterFacts(
  counter: Counter,
  timeNs: number,
  nsPerPx: number,
  windowSpanNs: number,
): TooltipFacts {
  const { name, what, unit, layers, limit } = counter;
  const value = valueAt(counter, timeNs, windowSpanNs);
  const rows: TooltipFacts['rows'] = [['at', formatTime(timeNs, Math.max(1, nsPerPx / 10))]];
  if (layers.length > 1) {
    for (const layer of layers.toReversed()) {
      const part = layer.curve.valueAt(timeNs);
      if (part > 0) rows.push([layer.name, formatCounter(part, unit)]);
    }
  }
  const fromNs = timeNs - nsPerPx / 2;
  const most = highestBetween(counter, fromNs, fromNs + nsPerPx, windowSpanNs);
  if (most > value * 1.001) rows.push(['most around here', formatCounter(most, unit)]);
  if (limit !== undefined) {
    rows.push([limit.name, formatCounter(limit.curve.valueAt(timeNs), unit)]);
  }
  rows.push(['what', what]);
  return { title: `${name} ${formatCounter(value, unit)}`, rows };
}
