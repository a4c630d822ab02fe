/**
 * The changes of state of every goroutine: what `spans` and `wakeups` are made of.
 *
 * A goroutine that lived before the recording begins with a row of the census, which has no
 * time. `seq` orders changes of one time as the file has them.
 *
 * This is text to be put into a view and not a view: DuckDB computes every window function a
 * view has, also those that a query does not ask for, and they are most of the cost.
 */
export const STATE_CHANGES = `(
  SELECT pid, goid, time_ns, seq, event = 'go_create' AS is_birth, by_goid, from_state, to_state,
    wait_reason, p, tid
  FROM scan_events(NULL, NULL, 'go_create,go_state,go_exit')
  UNION ALL
  SELECT pid, goid, NULL, NULL, false, NULL, NULL, state, wait_reason, NULL, NULL
  FROM recording_goroutines()
)`;

/** The window within which `lag` and `lead` are the neighbours in a goroutine's life. */
export const IN_LIFE = '(PARTITION BY pid, goid ORDER BY time_ns NULLS FIRST, seq NULLS FIRST)';
