/**
 * The views that SQL sees, the product of this room.
 *
 * This is text alone: `xgotop query --views`, docs/query.md and the viewer's console show it,
 * the engine makes it, and a test compares it with what DuckDB says of the result.
 */
import { COLLECTOR_VIEWS } from './collector-views.ts';
import { EVENT_SELECTION, EVENT_VIEWS } from './event-views.ts';
import { GOROUTINE_VIEWS } from './goroutine-views.ts';
import { SIDE_VIEWS } from './side-views.ts';
import { STACK_VIEWS } from './stack-views.ts';
import type { View } from './view.ts';

export const VIEWS: readonly View[] = [
  ...EVENT_VIEWS,
  ...GOROUTINE_VIEWS,
  ...COLLECTOR_VIEWS,
  ...STACK_VIEWS,
  ...SIDE_VIEWS,
];

/** A table macro: a view that is given arguments. */
export interface Macro {
  /** With its parameters. */
  signature: string;
  meaning: string;
  sql: string;
}

export const MACROS: readonly Macro[] = [
  {
    signature: 'events_between(start_ns, end_ns)',
    meaning: 'events of [start_ns, end_ns); reads only the chunks they are in',
    sql: `SELECT ${EVENT_SELECTION}
FROM scan_events(start_ns::BIGINT, end_ns::BIGINT, NULL)`,
  },
  {
    signature: 'goroutines_at(at_ns)',
    meaning: 'spans of the goroutines alive at a time: who did what',
    sql: `SELECT * FROM spans
WHERE start_ns <= at_ns AND (end_ns > at_ns OR (next_state IS NULL AND end_ns = at_ns))`,
  },
];

/**
 * What makes the views, in an order in which each finds those it names.
 *
 * @param endNs - when the recording ends, ns since its start
 */
export function viewStatements(endNs: number): string[] {
  return [
    `CREATE MACRO recording_end_ns() AS ${endNs}::BIGINT`,
    ...VIEWS.map(({ name, sql }) => `CREATE VIEW ${name} AS ${sql}`),
    ...MACROS.map(({ signature, sql }) => `CREATE MACRO ${signature} AS TABLE ${sql}`),
  ];
}
