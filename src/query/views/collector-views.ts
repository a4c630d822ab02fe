/** The views about the garbage collector and about stopping the world. */
import type { View } from './view.ts';

/**
 * Pairs of events of one process as intervals. An interval whose beginning or end was not
 * recorded has NULL there.
 */
function intervals(begin: string, end: string, columns: string): string {
  return `WITH marks AS (
  SELECT pid, time_ns, seq, kind, event = '${begin}' AS is_begin,
    lag(event = '${begin}', 1, false) OVER process AS previous_is_begin,
    lead(event = '${end}', 1, false) OVER process AS next_is_end,
    lead(time_ns) OVER process AS next_ns
  FROM scan_events(NULL, NULL, '${begin},${end}')
  WINDOW process AS (PARTITION BY pid ORDER BY time_ns, seq)
)
SELECT ${columns}
FROM (
  SELECT *, CASE WHEN is_begin THEN time_ns END AS start_ns,
    CASE WHEN NOT is_begin THEN time_ns WHEN next_is_end THEN next_ns END AS end_ns
  FROM marks WHERE is_begin OR NOT previous_is_begin
)
ORDER BY time_ns, seq`;
}

export const COLLECTOR_VIEWS: readonly View[] = [
  {
    name: 'gc',
    meaning: 'cycles of the garbage collector: their concurrent mark phase',
    columns: [
      ['pid', 'INTEGER', '', 'process'],
      ['cycle', 'BIGINT', '', 'number within the recording, from 1'],
      ['start_ns', 'BIGINT', 'ns', 'NULL before the recording'],
      ['end_ns', 'BIGINT', 'ns', 'NULL after the recording'],
      ['duration_ns', 'BIGINT', 'ns', 'NULL when one of them is'],
    ],
    sql: intervals(
      'gc_begin',
      'gc_end',
      `pid, row_number() OVER (PARTITION BY pid ORDER BY time_ns, seq) AS cycle,
  start_ns, end_ns, end_ns - start_ns AS duration_ns`,
    ),
  },
  {
    name: 'stw',
    meaning: 'the world was stopped',
    columns: [
      ['pid', 'INTEGER', '', 'process'],
      ['start_ns', 'BIGINT', 'ns', 'the stop began; NULL before the recording'],
      ['end_ns', 'BIGINT', 'ns', 'about to be started again; NULL after the recording'],
      ['duration_ns', 'BIGINT', 'ns', 'NULL when one of them is'],
      ['reason', 'ENUM', '', "the runtime's reason"],
    ],
    sql: intervals(
      'stw_begin',
      'stw_end',
      'pid, start_ns, end_ns, end_ns - start_ns AS duration_ns, kind AS reason',
    ),
  },
];
