/** The views of the recording's side tables. */
import { EVENTS } from '../../format/event-columns.ts';
import type { View, ViewColumn } from './view.ts';

const countColumns: ViewColumn[] = EVENTS.filter((name) => name !== '').map((name) => [
  `n_${name}`,
  'BIGINT',
  'events',
  `events ${name} in it`,
]);

export const SIDE_VIEWS: readonly View[] = [
  {
    name: 'functions',
    meaning: 'functions that events name',
    columns: [
      ['func', 'ENUM', '', 'name'],
      ['file', 'VARCHAR', '', 'source file'],
      ['line', 'INTEGER', '', 'first line'],
      ['entry', 'BIGINT', 'address', 'first instruction, in the executable'],
    ],
    sql: 'SELECT * FROM recording_functions()',
  },
  {
    name: 'types',
    meaning: 'Go types that allocations name',
    columns: [
      ['type', 'ENUM', '', 'name'],
      ['go_kind', 'VARCHAR', '', 'struct, slice, map, ...'],
      ['size_bytes', 'BIGINT', 'bytes', 'size of one value'],
    ],
    sql: 'SELECT * FROM recording_types()',
  },
  {
    name: 'sites',
    meaning: 'places in the code that events name',
    columns: [
      ['site', 'INTEGER', '', 'number, as in events'],
      ['func', 'ENUM', '', 'function it is in'],
      ['file', 'VARCHAR', '', 'source file'],
      ['line', 'INTEGER', '', 'line'],
      ['pc', 'BIGINT', 'address', 'program counter, in the executable'],
    ],
    sql: 'SELECT * FROM recording_sites()',
  },
  {
    name: 'processes',
    meaning: 'programs that the recorded processes executed, in the order in which they were met',
    columns: [
      ['pid', 'INTEGER', '', 'process'],
      ['parent_pid', 'INTEGER', '', 'process that started it; NULL unknown'],
      ['comm', 'VARCHAR', '', 'its name'],
      ['command', 'VARCHAR', '', 'its arguments, as a JSON array'],
      ['started_ns', 'BIGINT', 'ns', 'its first event; NULL before the recording'],
      ['ended_ns', 'BIGINT', 'ns', 'it ended, or executed another program; NULL it went on'],
      ['exit_code', 'INTEGER', '', 'NULL unknown, or none'],
      ['exit_signal', 'INTEGER', '', 'signal that ended it; NULL none'],
      ['bias', 'BIGINT', 'bytes', "what the loader added to the executable's addresses"],
      ['host', 'VARCHAR', '', 'machine it ran on'],
      ['recording', 'VARCHAR', '', 'file that was merged into this one; NULL not a merge'],
      ['recorded_pid', 'INTEGER', '', 'its number there; another one when two files had it'],
      ['recorded_from_ns', 'BIGINT', 'ns', 'when that recording began'],
      ['recorded_until_ns', 'BIGINT', 'ns', 'when it ended'],
    ],
    sql: "SELECT * REPLACE (nullif(recording, '') AS recording) FROM recording_processes()",
  },
  {
    name: 'probes',
    meaning: 'where the recorder was attached',
    columns: [
      ['event', 'VARCHAR', '', 'what it records'],
      ['function', 'VARCHAR', '', 'function of the runtime'],
      ['address', 'BIGINT', 'address', 'probed instruction, in the executable'],
      ['file_offset', 'BIGINT', 'bytes', 'the same in the file'],
      ['instruction', 'VARCHAR', '', 'what it is'],
      ['emulated', 'BOOLEAN', '', 'the kernel emulates it instead of single-stepping'],
      ['rule', 'VARCHAR', '', 'why this instruction'],
    ],
    sql: 'SELECT * FROM recording_probes()',
  },
  {
    name: 'loss',
    meaning: 'events that happened and could not be stored; durations across them may be wrong',
    columns: [
      ['cause', 'VARCHAR', '', 'ring_full, bad_read, stack_lost, overrun'],
      ['events', 'BIGINT', 'events', 'how many'],
      ['chunk', 'INTEGER', '', 'chunk that was being filled'],
      ['start_ns', 'BIGINT', 'ns', 'they were lost between this time'],
      ['end_ns', 'BIGINT', 'ns', 'and this one'],
    ],
    sql: 'SELECT * FROM recording_loss()',
  },
  {
    name: 'marks',
    meaning: 'what somebody said while it was recorded (xgotop mark, SIGUSR1)',
    columns: [
      ['time_ns', 'BIGINT', 'ns', 'since the recording started'],
      ['text', 'VARCHAR', '', 'what was said'],
    ],
    sql: 'SELECT * FROM recording_marks()',
  },
  {
    name: 'labels',
    meaning: 'profiler labels that goroutines were given or inherited; needs the group labels',
    columns: [
      ['time_ns', 'BIGINT', 'ns', 'from when on'],
      ['pid', 'INTEGER', '', 'process'],
      ['goid', 'BIGINT', '', 'goroutine'],
      ['key', 'VARCHAR', '', 'NULL: it has none from now on, or they could not be read'],
      ['value', 'VARCHAR', '', ''],
      [
        'inherited',
        'BOOLEAN',
        '',
        "its creator's, when it was created; false they were set; NULL it had them before the recording",
      ],
    ],
    // UNION, not UNION ALL: it ends even where a damaged file has goroutines create each other.
    sql: `WITH RECURSIVE changes AS MATERIALIZED (
  SELECT time_ns, seq, pid, goid, object, seq < 0 AS is_older,
    lead(time_ns) OVER (PARTITION BY pid, goid ORDER BY time_ns, seq) AS until_ns
  FROM (
    SELECT time_ns, seq, pid, goid, object FROM scan_events(NULL, NULL, 'go_labels')
    UNION ALL
    SELECT 0, -1, pid, goid, labels FROM recording_goroutines() WHERE labels IS NOT NULL
  )
), created AS MATERIALIZED (
  SELECT c.time_ns, c.seq, c.pid, c.goid, c.by_goid, first.until_ns
  FROM scan_events(NULL, NULL, 'go_create') c
  LEFT JOIN (SELECT pid, goid, min(time_ns) AS until_ns FROM changes GROUP BY ALL) first
    ON first.pid = c.pid AND first.goid = c.goid
  WHERE c.pid IN (SELECT pid FROM changes)
), held AS (
  SELECT *, CASE WHEN NOT is_older THEN false END AS inherited FROM changes
  UNION
  SELECT c.time_ns, c.seq, c.pid, c.goid, h.object, false, c.until_ns, true
  FROM held h JOIN created c ON c.pid = h.pid AND c.by_goid = h.goid AND c.time_ns >= h.time_ns
    AND (h.until_ns IS NULL OR c.time_ns < h.until_ns)
  WHERE h.object IS NOT NULL
)
SELECT e.time_ns, e.pid, e.goid, l.key, l.value, e.inherited
FROM held e
LEFT JOIN (
  SELECT *, lead(set_ns) OVER (PARTITION BY pid, object ORDER BY set_ns) AS next_ns FROM (
    SELECT time_ns AS set_ns, pid, object, list({'key': key, 'value': value}) AS labels
    FROM recording_labels() GROUP BY ALL
  )
) s ON s.pid = e.pid AND s.object = e.object AND e.time_ns >= s.set_ns
  AND (s.next_ns IS NULL OR e.time_ns < s.next_ns)
LEFT JOIN LATERAL (
  SELECT label.key AS key, label.value AS value FROM (SELECT unnest(s.labels) AS label)
) l ON true
ORDER BY e.time_ns, e.seq, l.key`,
  },
  {
    name: 'metrics',
    meaning: "the recorder's own life, about once a second; all since the start",
    columns: [
      ['time_ns', 'BIGINT', 'ns', 'since the recording started'],
      ['events', 'BIGINT', 'events', 'recorded'],
      ['lost', 'BIGINT', 'events', 'lost'],
      ['recorder_cpu_ns', 'BIGINT', 'ns', 'CPU time the recorder took'],
      ['target_cpu_ns', 'BIGINT', 'ns', 'CPU time the program took'],
      ['target_rss_bytes', 'BIGINT', 'bytes', 'memory the program held'],
      ['file_bytes', 'BIGINT', 'bytes', 'size of the recording'],
    ],
    sql: 'SELECT * FROM recording_metrics()',
  },
  {
    name: 'chunks',
    meaning: 'the pieces of the file; its index',
    columns: [
      ['chunk', 'INTEGER', '', 'number from 0'],
      ['file_offset', 'BIGINT', 'bytes', 'where its message is'],
      ['size_bytes', 'BIGINT', 'bytes', 'length of its message'],
      ['events', 'BIGINT', 'events', 'rows'],
      ['start_ns', 'BIGINT', 'ns', 'its earliest event'],
      ['end_ns', 'BIGINT', 'ns', 'its latest event'],
      ['goroutines', 'BIGINT', 'goroutines', 'alive at its start'],
      ...countColumns,
      ['lost', 'BIGINT', 'events', 'lost while it was filled'],
    ],
    sql: 'SELECT * FROM recording_chunks()',
  },
  {
    name: 'meta',
    meaning: 'facts about the recording',
    columns: [
      ['key', 'VARCHAR', '', 'program, pid, go_version, host, start_unix_ns, end_ns, ...'],
      ['value', 'VARCHAR', '', 'as text'],
    ],
    sql: 'SELECT * FROM recording_meta()',
  },
];
