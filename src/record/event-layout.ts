/**
 * Layout of `struct event` and the constants of bpf/event.h, as TypeScript reads them. Offsets in bytes.
 *
 * test/record/event-layout.test.ts compares them with what the C++ compiler sees.
 */
export const EVENT_LAYOUT = {
  size: 64,
  fields: {
    time_ns: 0,
    goid: 8,
    by_goid: 16,
    pid: 24,
    tid: 28,
    p: 32,
    kind: 34,
    from: 35,
    to: 36,
    wait_reason: 37,
    detail: 38,
    lap: 39,
    arg0: 40,
    arg1: 48,
    arg2: 56,
  },
} as const;

/** By their names in bpf/event.h. */
export const EVENT_CONSTANTS = {
  EVENT_NONE: 0,
  EVENT_GO_CREATE: 1,
  EVENT_GO_STATE: 2,
  EVENT_GO_EXIT: 3,
  EVENT_ALLOC: 4,
  EVENT_GC_BEGIN: 5,
  EVENT_GC_END: 6,
  EVENT_STW_BEGIN: 7,
  EVENT_STW_END: 8,
  EVENT_KINDS: 9,
  EVENT_THREAD: 100,
  PROBE_CASGSTATUS: 1,
  PROBE_RUNQPUT_CALL: 2,
  PROBE_MALLOCGC: 3,
  PROBE_SYSCALL_ENTER: 4,
  PROBE_SYSCALL_EXIT: 5,
  PROBE_GC_BEGIN: 6,
  PROBE_GC_END: 7,
  PROBE_STW_BEGIN: 8,
  PROBE_STW_END: 9,
  PROBE_EMPTY: 10,
  PROBE_PREEMPT_PARK: 11,
  PROBE_FLAG_STACK_CHECK: 0x80,
  DROP_RING_FULL: 0,
  DROP_BAD_READ: 1,
  DROP_REASONS: 2,
  GO_STATES: 12,
  STW_REASON_COUNT: 17,
} as const;
