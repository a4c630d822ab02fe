/**
 * The changes of state of every goroutine with their neighbours in its life: what `spans`
 * and `wakeups` are made of. Not one of the documented views.
 *
 * A goroutine that lived before the recording begins with a row of the census, at time 0.
 * `seq` orders changes of one time as the file has them.
 */
export const STATE_CHANGES_SQL = `WITH changes AS (
  SELECT pid, goid, time_ns, seq, event = 'go_create' AS is_birth, false AS is_census,
    by_goid, from_state, to_state, wait_reason, p, tid
  FROM scan_events(NULL, NULL, 'go_create,go_state,go_exit')
  UNION ALL
  SELECT pid, goid, 0, -1, false, true, NULL, NULL, state, wait_reason, NULL, NULL
  FROM recording_goroutines()
)
SELECT *,
  row_number() OVER life = 1 AS is_first,
  lag(time_ns) OVER life AS previous_ns,
  lag(wait_reason) OVER life AS previous_reason,
  lag(is_census, 1, true) OVER life AS previous_is_census,
  lead(time_ns) OVER life AS next_ns,
  lead(from_state) OVER life AS next_from_state,
  lead(to_state) OVER life AS next_state,
  lead(is_birth, 1, false) OVER life AS next_is_birth
FROM changes
WINDOW life AS (PARTITION BY pid, goid ORDER BY time_ns, seq)`;
