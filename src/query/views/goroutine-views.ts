/**
 * The views about the lives of goroutines.
 *
 * A life is tiled by its spans: from its creation, or from 0 when that was not seen, to its
 * exit, or to the end of the recording. How they are made is in span-scan.ts.
 */
import { USER_START_FUNCTIONS } from '../../format/system-goroutine.ts';
import type { View } from './view.ts';

export const GOROUTINE_VIEWS: readonly View[] = [
  {
    name: 'spans',
    meaning: 'a stretch of time in which a goroutine had one state; they tile its life',
    columns: [
      ['pid', 'INTEGER', '', 'process'],
      ['goid', 'BIGINT', '', 'goroutine'],
      [
        'start_ns',
        'BIGINT',
        'ns',
        'since the recording started; 0 when it began before (of a merge: recorded_from_ns)',
      ],
      ['end_ns', 'BIGINT', 'ns', 'the end of the process or of the recording when it went on'],
      ['duration_ns', 'BIGINT', 'ns', 'end_ns - start_ns'],
      ['state', 'ENUM', '', 'runnable, running, syscall, waiting, ...'],
      ['wait_reason', 'ENUM', '', "the runtime's reason, of waiting"],
      ['p', 'SMALLINT', '', 'P it ran on, of running and syscall; NULL unknown'],
      ['tid', 'INTEGER', '', 'thread it ran on, of running and syscall'],
      [
        'next_state',
        'ENUM',
        '',
        'what ended it; NULL when the process or the recording ended first',
      ],
      ['is_whole', 'BOOLEAN', '', 'its beginning and its end were both recorded'],
    ],
    sql: `SELECT pid, goid, start_ns, end_ns, end_ns - start_ns AS duration_ns, state, wait_reason,
  p, tid, next_state, is_whole
FROM scan_spans()`,
  },
  {
    name: 'goroutines',
    meaning: 'one row for each goroutine',
    columns: [
      ['pid', 'INTEGER', '', 'process'],
      ['goid', 'BIGINT', '', "the runtime's number of it"],
      ['parent_goid', 'BIGINT', '', 'goroutine that created it; NULL unknown'],
      ['func', 'ENUM', '', 'function it started in'],
      ['file', 'ENUM', '', 'source file of the go statement'],
      ['line', 'INTEGER', '', 'line of the go statement'],
      ['created_ns', 'BIGINT', 'ns', 'NULL before the recording'],
      ['exited_ns', 'BIGINT', 'ns', 'NULL alive at the end'],
      ['state', 'ENUM', '', 'state at the end of the recording; NULL when it had exited'],
      ['running_ns', 'BIGINT', 'ns', 'time on a P'],
      ['runnable_ns', 'BIGINT', 'ns', 'time in a queue, ready to run'],
      ['syscall_ns', 'BIGINT', 'ns', 'time in system calls'],
      ['waiting_ns', 'BIGINT', 'ns', 'time blocked'],
      [
        'waited_since_ns',
        'BIGINT',
        'ns',
        'it waited when the recording began, about since this time; NULL otherwise or not known',
      ],
      ['stack', 'INTEGER', '', 'where it stood when the recording began (view stacks); NULL none'],
      ['is_system', 'BOOLEAN', '', "one of the runtime's own"],
    ],
    sql: `WITH lives AS (
  SELECT pid, goid, max(end_ns) AS last_ns, arg_max(state, end_ns) AS last_state,
    coalesce(sum(duration_ns) FILTER (state = 'running'), 0)::BIGINT AS running_ns,
    coalesce(sum(duration_ns) FILTER (state = 'runnable'), 0)::BIGINT AS runnable_ns,
    coalesce(sum(duration_ns) FILTER (state = 'syscall'), 0)::BIGINT AS syscall_ns,
    coalesce(sum(duration_ns) FILTER (state = 'waiting'), 0)::BIGINT AS waiting_ns
  FROM spans GROUP BY pid, goid
), created AS (
  SELECT pid, goid, min(time_ns) AS created_ns, arg_min(by_goid, time_ns) AS parent_goid,
    arg_min(func, time_ns) AS func, arg_min(file, time_ns) AS file, arg_min(line, time_ns) AS line
  FROM scan_events(NULL, NULL, 'go_create') GROUP BY pid, goid
), exited AS (
  SELECT pid, goid, max(time_ns) AS exited_ns
  FROM scan_events(NULL, NULL, 'go_exit') GROUP BY pid, goid
)
SELECT *,
  coalesce(func::VARCHAR LIKE 'runtime.%' AND func::VARCHAR NOT IN
    (${USER_START_FUNCTIONS.map((name) => `'${name}'`).join(', ')}), false) AS is_system
FROM (
  SELECT pid, goid,
    coalesce(created.parent_goid, census.parent_goid) AS parent_goid,
    coalesce(created.func, census.func) AS func,
    coalesce(created.file, census.file) AS file,
    coalesce(created.line, census.line) AS line,
    created_ns, exited_ns,
    CASE WHEN exited_ns IS NULL THEN last_state END AS state,
    running_ns, runnable_ns, syscall_ns, waiting_ns,
    census.since_ns AS waited_since_ns, census.stack AS stack
  FROM lives
  LEFT JOIN created USING (pid, goid)
  LEFT JOIN exited USING (pid, goid)
  LEFT JOIN recording_goroutines() AS census USING (pid, goid)
)`,
  },
];
