/**
 * The columns of a recording's events: names, types and the fixed dictionaries.
 *
 * docs/format.md, "Columns". Whatever reads or writes events asks this table;
 * bpf/event.h and native/ are checked against it by test/record/event-layout.test.ts.
 */

/** How a column is stored. `dict8` and `dict32` are indices into a dictionary of strings. */
export type ColumnType = 'int64' | 'int32' | 'int16' | 'dict32' | 'dict8';

/** In the order of the file. */
export const EVENT_COLUMNS = {
  time_ns: 'int64',
  goid: 'int64',
  by_goid: 'int64',
  size_bytes: 'int64',
  pid: 'int32',
  tid: 'int32',
  func: 'dict32',
  site: 'int32',
  type: 'dict32',
  p: 'int16',
  event: 'dict8',
  from_state: 'dict8',
  to_state: 'dict8',
  wait_reason: 'dict8',
  kind: 'dict8',
  object: 'int64',
  stack: 'int32',
  value: 'int64',
} as const satisfies Record<string, ColumnType>;

export type EventColumn = keyof typeof EVENT_COLUMNS;
export const EVENT_COLUMN_NAMES = Object.keys(EVENT_COLUMNS) as EventColumn[];

/** Columns that a recording leaves out when nothing that it records has a value for them. */
export const OPTIONAL_COLUMNS = [
  'by_goid',
  'size_bytes',
  'pid',
  'type',
  'p',
  'kind',
  'object',
  'stack',
  'value',
] as const satisfies readonly EventColumn[];
export type OptionalColumn = (typeof OPTIONAL_COLUMNS)[number];

/** @returns whether a recording may be without the column; what it reads as then: stored-columns.ts */
export function isOptionalColumn(column: EventColumn): column is OptionalColumn {
  return (OPTIONAL_COLUMNS as readonly string[]).includes(column);
}

/** The columns that hold indices into a dictionary. */
export type DictionaryColumn = {
  [C in EventColumn]: (typeof EVENT_COLUMNS)[C] extends 'dict32' | 'dict8' ? C : never;
}[EventColumn];

type ArrayOf<T extends ColumnType> = T extends 'int64'
  ? BigInt64Array<ArrayBuffer>
  : T extends 'int32' | 'dict32'
    ? Int32Array<ArrayBuffer>
    : T extends 'int16'
      ? Int16Array<ArrayBuffer>
      : Int8Array<ArrayBuffer>;

/** Rows of events by column, all of one length. */
export type EventArrays = { [C in EventColumn]: ArrayOf<(typeof EVENT_COLUMNS)[C]> };

/** Bytes of one value. */
export const COLUMN_WIDTH: Record<ColumnType, number> = {
  int64: 8,
  int32: 4,
  dict32: 4,
  int16: 2,
  dict8: 1,
};

/** Dictionary of `event`; the index is `enum event_kind` of bpf/event.h. */
export const EVENTS = [
  '',
  'go_create',
  'go_state',
  'go_exit',
  'alloc',
  'gc_begin',
  'gc_end',
  'stw_begin',
  'stw_end',
  'chan_send',
  'chan_recv',
  'chan_close',
  'select',
  'sem_acquire',
  'sem_release',
  'mutex_contended',
  'cond_wait',
  'cond_notify',
  'net_open',
  'net_close',
  'net_wait',
  'net_ready',
  'timer_set',
  'timer_stop',
  'timer_fire',
  'panic',
  'recover',
  'fatal',
  'stack_resize',
  'gc_trigger',
  'gc_assist_begin',
  'gc_assist_end',
  'gc_heap_live',
  'go_labels',
  'gc_heap_goal',
  'gc_sweep_end',
] as const;

export type EventName = Exclude<(typeof EVENTS)[number], ''>;

/**
 * Dictionary of `from_state` and `to_state`; the index is the goroutine status of
 * runtime2.go (Go 1.17 to 1.27). `_Gidle`, 0, is never recorded and means "none".
 */
export const STATES = [
  '',
  'runnable',
  'running',
  'syscall',
  'waiting',
  'moribund',
  'dead',
  'enqueue',
  'copystack',
  'preempted',
  'leaked',
  'deadextra',
] as const;

/** Kinds of allocation: the first entries of the dictionary of `kind`. */
export const ALLOC_KINDS = [
  '',
  'new',
  'slice',
  'grow',
  'map',
  'chan',
  'string',
  'convert',
  'other',
] as const;

/** `stwReason` of runtime/proc.go, Go 1.21 to 1.27, in its order; follows ALLOC_KINDS in `kind`. */
export const STW_REASONS = [
  'unknown',
  'GC mark termination',
  'GC sweep termination',
  'write heap dump',
  'goroutine profile',
  'goroutine profile cleanup',
  'all goroutines stack trace',
  'read mem stats',
  'AllThreadsSyscall',
  'GOMAXPROCS',
  'start trace',
  'stop trace',
  'CountPagesInUse (test)',
  'ReadMetricsSlow (test)',
  'ReadMemStatsSlow (test)',
  'PageCachePagesLeaked (test)',
  'ResetDebugLog (test)',
] as const;

/** What calls are about, `enum call_kind` of bpf/event.h; follows STW_REASONS in `kind`. */
export const CALL_KINDS = [
  'try',
  'read',
  'write',
  'read and write',
  'heap size',
  'time',
  'on request',
  'one',
  'all',
  'throw',
  'fatal error',
  'panic',
  'enlarge',
  'shrink',
] as const;

/** Kinds of allocations that were told apart later; follows CALL_KINDS in `kind`. */
export const LATER_ALLOC_KINDS = ['closure'] as const;

/** Dictionary of `kind`. */
export const KINDS: readonly string[] = [
  ...ALLOC_KINDS,
  ...STW_REASONS,
  ...CALL_KINDS,
  ...LATER_ALLOC_KINDS,
];

/** Events of which `size_bytes` says something; 0 is a size that can be asked for. */
export const SIZED_EVENTS: readonly EventName[] = [
  'alloc',
  'stack_resize',
  'gc_heap_live',
  'gc_heap_goal',
];
/** The same of `value`. */
export const VALUED_EVENTS: readonly EventName[] = [
  'select',
  'net_open',
  'timer_set',
  'stack_resize',
];

/**
 * Events that tell nothing of `by_goid`: who acts is the goroutine itself.
 * docs/format.md, "Columns".
 */
export const SELF_EVENTS: readonly EventName[] = [
  'alloc',
  'chan_send',
  'chan_recv',
  'chan_close',
  'select',
  'sem_acquire',
  'sem_release',
  'mutex_contended',
  'cond_wait',
  'cond_notify',
  'net_open',
  'net_close',
  'net_wait',
  'net_ready',
  'timer_set',
  'timer_stop',
  'timer_fire',
  'panic',
  'recover',
  'fatal',
  'go_labels',
];
/** Events of which `type` says something. */
export const TYPED_EVENTS: readonly EventName[] = ['alloc', 'panic'];
/** Events that know the P. */
export const P_EVENTS: readonly EventName[] = [
  'go_create',
  'go_state',
  'go_exit',
  'gc_begin',
  'gc_end',
  'stw_begin',
  'stw_end',
];
/** Events of which `kind` says something. */
export const KIND_EVENTS: readonly EventName[] = [
  'alloc',
  'stw_begin',
  'stw_end',
  'chan_send',
  'chan_recv',
  'select',
  'cond_notify',
  'net_wait',
  'net_ready',
  'fatal',
  'stack_resize',
  'gc_trigger',
];

/** Causes of loss in the order of `enum drop_reason`, then those of the recorder itself. */
export const LOSS_CAUSES = [
  'ring_full',
  'bad_read',
  'stack_lost',
  'overrun',
  'wide_goid',
  'name_lost',
] as const;
export type LossCause = (typeof LOSS_CAUSES)[number];
