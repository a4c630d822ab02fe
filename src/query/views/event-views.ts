/** The views that have one row for each event of some sort. */
import type { View, ViewColumn } from './view.ts';

const TIME: ViewColumn = ['time_ns', 'BIGINT', 'ns', 'since the recording started'];
const PID: ViewColumn = ['pid', 'INTEGER', '', 'process'];
const TID: ViewColumn = ['tid', 'INTEGER', '', 'thread on which it happened'];
const P: ViewColumn = ['p', 'SMALLINT', '', 'P that the thread held; NULL none or unknown'];

/** What `events` and the macro `events_between` select. */
export const EVENT_SELECTION = `time_ns, event, pid, tid, p, goid, by_goid, from_state, to_state,
  wait_reason, size_bytes, type, kind, func, file, line, site, object, value, stack, 1::BIGINT AS weight`;

export const EVENT_VIEWS: readonly View[] = [
  {
    name: 'events',
    meaning: 'everything recorded, in the order of the file',
    columns: [
      TIME,
      [
        'event',
        'ENUM',
        '',
        'go_create, go_state, go_exit, alloc, gc_begin, gc_end, stw_begin, ...',
      ],
      PID,
      TID,
      P,
      ['goid', 'BIGINT', '', 'goroutine it is about; NULL none'],
      ['by_goid', 'BIGINT', '', 'goroutine that did it: creator, waker; NULL the scheduler alone'],
      ['from_state', 'ENUM', '', 'state before, of go_state and go_exit'],
      ['to_state', 'ENUM', '', 'state after, of go_create, go_state and go_exit'],
      ['wait_reason', 'ENUM', '', "the runtime's reason, when to_state is waiting"],
      [
        'size_bytes',
        'BIGINT',
        'bytes',
        'size asked for, of alloc; stack_resize, gc_heap_live, gc_heap_goal',
      ],
      ['type', 'ENUM', '', "Go type allocated, or of a panic's value; NULL none was given"],
      ['kind', 'ENUM', '', 'what allocated (new, slice, grow, map, ...), why the world stops, ...'],
      ['func', 'ENUM', '', 'go_create: the function started; others: the function that did it'],
      ['file', 'ENUM', '', 'source file of the go statement, the allocation, the call'],
      ['line', 'INTEGER', '', 'line in it'],
      ['site', 'INTEGER', '', 'the same as a row of sites'],
      ['object', 'BIGINT', '', 'address of the channel, lock, timer, ...; hex(object) in hex'],
      ['value', 'BIGINT', '', 'a number that the event is about: docs/events.md'],
      ['stack', 'INTEGER', '', 'where the goroutine was, a row of stacks; NULL none recorded'],
      ['weight', 'BIGINT', 'events', 'events that this row stands for'],
    ],
    sql: `SELECT ${EVENT_SELECTION} FROM scan_events(NULL, NULL, NULL)`,
  },
  {
    name: 'wakeups',
    meaning: 'a goroutine that waited was made runnable',
    columns: [
      TIME,
      PID,
      ['goid', 'BIGINT', '', 'goroutine woken'],
      ['by_goid', 'BIGINT', '', 'goroutine that woke it; NULL the scheduler, a timer, the network'],
      ['wait_reason', 'ENUM', '', 'what it had waited for'],
      ['waited_ns', 'BIGINT', 'ns', 'for how long; NULL when since before the recording'],
      ['latency_ns', 'BIGINT', 'ns', 'until it ran; NULL when it had not at the end'],
    ],
    sql: `SELECT start_ns AS time_ns, pid, goid, by_goid, previous_reason AS wait_reason,
  start_ns - previous_ns AS waited_ns,
  CASE WHEN next_state = 'running' THEN end_ns - start_ns END AS latency_ns
FROM scan_spans() WHERE previous_state = 'waiting' AND state = 'runnable'`,
  },
  {
    name: 'allocs',
    meaning: 'allocations on the heap',
    columns: [
      TIME,
      PID,
      ['goid', 'BIGINT', '', 'goroutine that allocated; NULL the runtime itself'],
      ['size_bytes', 'BIGINT', 'bytes', 'size asked for'],
      ['type', 'ENUM', '', 'Go type of the element; NULL when the runtime was given none'],
      ['kind', 'ENUM', '', 'new, slice, grow, map, chan, string, convert, closure, other'],
      ['func', 'ENUM', '', "function that allocated, without the runtime's own helpers"],
      ['file', 'ENUM', '', 'source file'],
      ['line', 'INTEGER', '', 'line in it'],
      TID,
      ['stack', 'INTEGER', '', 'where, a row of stacks; NULL none recorded'],
      ['weight', 'BIGINT', 'allocations', 'allocations that this row stands for'],
    ],
    sql: `SELECT time_ns, pid, goid, size_bytes, type, kind, func, file, line, tid,
  stack, 1::BIGINT AS weight FROM scan_events(NULL, NULL, 'alloc')`,
  },
  {
    name: 'chan_ops',
    meaning: 'sends, receives and closes of channels, and selects',
    columns: [
      TIME,
      PID,
      ['goid', 'BIGINT', '', 'goroutine that did it'],
      ['event', 'ENUM', '', 'chan_send, chan_recv, chan_close, select'],
      ['is_try', 'BOOLEAN', '', 'it does not block: a select with a default'],
      ['channel', 'BIGINT', '', 'address; NULL a nil channel, or those of a select'],
      ['cases', 'BIGINT', '', 'of a select'],
      ['func', 'ENUM', '', 'function that did it'],
      ['file', 'ENUM', '', 'source file'],
      ['line', 'INTEGER', '', 'line in it'],
    ],
    sql: `SELECT time_ns, pid, goid, event, coalesce(kind::VARCHAR = 'try', false) AS is_try,
  object AS channel, value AS cases, func, file, line
FROM scan_events(NULL, NULL, 'chan_send,chan_recv,chan_close,select')`,
  },
  {
    name: 'panics',
    meaning: 'panics, what became of them, and fatal errors',
    columns: [
      TIME,
      PID,
      ['goid', 'BIGINT', '', 'goroutine'],
      ['event', 'ENUM', '', 'panic, recover, fatal'],
      ['type', 'ENUM', '', "Go type of a panic's value"],
      ['kind', 'ENUM', '', 'of fatal: panic, throw, fatal error'],
      ['func', 'ENUM', '', 'function that panicked'],
      ['file', 'ENUM', '', 'source file'],
      ['line', 'INTEGER', '', 'line in it'],
    ],
    sql: `SELECT time_ns, pid, goid, event, type, kind, func, file, line
FROM scan_events(NULL, NULL, 'panic,recover,fatal')`,
  },
];
