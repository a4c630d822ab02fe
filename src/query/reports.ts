/**
 * Named questions: `xgotop query FILE --report NAME`. Each is one SELECT over the views.
 *
 * Text alone, so that the viewer's console can offer it. Times are shown in milliseconds or
 * microseconds; who wants nanoseconds asks the views.
 */
export interface Report {
  name: string;
  /** One line. */
  meaning: string;
  sql: string;
}

const ms = (sumNs: string) => `(coalesce(${sumNs}, 0) / 1e6)::DECIMAL(18, 3)`;
const msOf = (ns: string) => `(${ns} / 1e6)::DECIMAL(18, 3)`;
const us = (ns: string) => `(${ns} / 1e3)::DECIMAL(18, 3)`;

export const REPORTS: readonly Report[] = [
  {
    name: 'goroutines',
    meaning: 'goroutines by the function they started in, and what they did with their time',
    sql: `SELECT func, count(*) AS goroutines,
  count(*) FILTER (exited_ns IS NULL) AS alive,
  ${ms('sum(running_ns)')} AS running_ms,
  ${ms('sum(runnable_ns)')} AS runnable_ms,
  ${ms('sum(syscall_ns)')} AS syscall_ms,
  ${ms('sum(waiting_ns)')} AS waiting_ms
FROM goroutines
GROUP BY func
ORDER BY running_ms DESC, goroutines DESC, func`,
  },
  {
    name: 'allocs-by-type',
    meaning: 'allocations by Go type and kind',
    sql: `SELECT type, kind, sum(weight)::BIGINT AS allocations,
  sum(size_bytes * weight)::BIGINT AS size_bytes,
  round(100 * sum(size_bytes * weight) / nullif(sum(sum(size_bytes * weight)) OVER (), 0), 1)
    AS percent
FROM allocs
GROUP BY type, kind
ORDER BY size_bytes DESC, allocations DESC, type, kind`,
  },
  {
    name: 'allocs-by-site',
    meaning: 'allocations by the place in the code',
    sql: `SELECT func, file, line, sum(weight)::BIGINT AS allocations,
  sum(size_bytes * weight)::BIGINT AS size_bytes,
  round(100 * sum(size_bytes * weight) / nullif(sum(sum(size_bytes * weight)) OVER (), 0), 1)
    AS percent
FROM allocs
GROUP BY func, file, line
ORDER BY size_bytes DESC, allocations DESC, func, file, line`,
  },
  {
    name: 'blocked',
    meaning: 'time spent blocked, by wait reason',
    sql: `SELECT wait_reason, count(*) AS times, count(DISTINCT (pid, goid)) AS goroutines,
  ${ms('sum(duration_ns)')} AS total_ms,
  ${us('avg(duration_ns) FILTER (is_whole)')} AS mean_us,
  ${us('max(duration_ns) FILTER (is_whole)')} AS longest_us
FROM spans
WHERE state = 'waiting'
GROUP BY wait_reason
ORDER BY total_ms DESC, wait_reason`,
  },
  {
    name: 'allocs-by-stack',
    meaning: 'allocations by the stack they were made on, recorded with --stacks alloc',
    sql: `SELECT path, sum(weight)::BIGINT AS allocations,
  sum(size_bytes * weight)::BIGINT AS size_bytes
FROM allocs JOIN stack_paths USING (stack)
GROUP BY path
ORDER BY size_bytes DESC, allocations DESC, path`,
  },
  {
    name: 'blocked-by-stack',
    meaning: 'time spent blocked by the stack that blocked, recorded with --stacks sched',
    sql: `SELECT path, spans.wait_reason, count(*) AS times,
  ${ms('sum(duration_ns)')} AS total_ms,
  ${us('max(duration_ns) FILTER (is_whole)')} AS longest_us
FROM spans
JOIN events ON events.pid = spans.pid AND events.goid = spans.goid
  AND events.time_ns = spans.start_ns AND events.to_state = spans.state
JOIN stack_paths USING (stack)
WHERE spans.state = 'waiting' AND events.event = 'go_state'
GROUP BY path, spans.wait_reason
ORDER BY total_ms DESC, path`,
  },
  {
    name: 'latency',
    meaning: 'scheduling latency: how long goroutines were runnable before they ran',
    sql: `WITH waits AS (
  SELECT CASE WHEN duration_ns > 0 THEN floor(log2(duration_ns))::INTEGER ELSE 0 END AS exponent
  FROM spans
  WHERE state = 'runnable' AND next_state = 'running' AND is_whole
), buckets AS (
  SELECT unnest(range(min(exponent), max(exponent) + 1))::INTEGER AS exponent FROM waits
)
SELECT CASE WHEN exponent = 0 THEN 0 ELSE pow(2, exponent)::BIGINT END AS from_ns,
  pow(2, exponent + 1)::BIGINT AS below_ns,
  count(waits.exponent) AS times,
  round(100 * sum(count(waits.exponent)) OVER (ORDER BY exponent) /
    sum(count(waits.exponent)) OVER (), 1) AS percent_below,
  repeat('█', round(40 * count(waits.exponent) / max(count(waits.exponent)) OVER ())::INTEGER)
    AS bar
FROM buckets LEFT JOIN waits USING (exponent)
GROUP BY exponent
ORDER BY exponent`,
  },
  {
    name: 'gc',
    meaning: 'cycles of the garbage collector and stops of the world, in their order',
    sql: `SELECT 'mark phase ' || cycle AS what, ${msOf('start_ns')} AS start_ms,
  ${us('duration_ns')} AS duration_us
FROM gc
UNION ALL
SELECT 'stop: ' || coalesce(reason::VARCHAR, 'unknown'), ${msOf('start_ns')}, ${us('duration_ns')}
FROM stw
ORDER BY start_ms NULLS FIRST, what`,
  },
];
