/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The one definition of what the kernel side sends to user space.
 *
 * Included by bpf/record.bpf.c and by native/. src/record/event-layout.ts states
 * the same for TypeScript; test/record/event-layout.test.ts fails when the two
 * disagree.
 *
 * Rules: fixed-width types, widest first, no implicit padding. Both sides ship
 * together, so this may change freely; what files hold is docs/format.md.
 */
#ifndef XGOTOP_EVENT_H
#define XGOTOP_EVENT_H

#ifdef __cplusplus
#define LAYOUT_ASSERT(cond) static_assert(cond, #cond)
#else
#define LAYOUT_ASSERT(cond) _Static_assert(cond, #cond)
#endif

/* Equal to the index of the name in the dictionary of column `event`. */
enum event_kind {
	EVENT_NONE = 0, /* never sent, so that zeroed memory is not an event */
	EVENT_GO_CREATE = 1, /* arg0 start pc, arg1 pc after the go statement */
	EVENT_GO_STATE = 2, /* from, to, wait_reason */
	EVENT_GO_EXIT = 3, /* from, to */
	EVENT_ALLOC = 4, /* arg0 size, arg1 type pointer, arg2 return address of mallocgc */
	EVENT_GC_BEGIN = 5,
	EVENT_GC_END = 6,
	EVENT_STW_BEGIN = 7, /* detail: stwReason */
	EVENT_STW_END = 8, /* detail: stwReason */
	/*
	 * Calls (PROBE_CALL): arg0 object, arg1 value, arg2 return address, by_goid that of the
	 * caller, unless said otherwise or it has a stack; what detail is: native/call-event.cc.
	 */
	EVENT_CHAN_SEND = 9,
	EVENT_CHAN_RECV = 10,
	EVENT_CHAN_CLOSE = 11,
	EVENT_SELECT = 12, /* arg1: cases */
	EVENT_SEM_ACQUIRE = 13, /* wait_reason: what for */
	EVENT_SEM_RELEASE = 14,
	EVENT_MUTEX_CONTENDED = 15,
	EVENT_COND_WAIT = 16,
	EVENT_COND_NOTIFY = 17,
	EVENT_NET_OPEN = 18, /* arg1: file descriptor */
	EVENT_NET_CLOSE = 19,
	EVENT_NET_WAIT = 20,
	EVENT_NET_READY = 21,
	EVENT_TIMER_SET = 22, /* arg1: when, CLOCK_MONOTONIC */
	EVENT_TIMER_STOP = 23,
	EVENT_TIMER_FIRE = 24,
	EVENT_PANIC = 25, /* arg0: type pointer */
	EVENT_RECOVER = 26,
	EVENT_FATAL = 27,
	EVENT_STACK_RESIZE = 28, /* arg0: new size, arg1: old size, by_goid: who does it */
	EVENT_GC_TRIGGER = 29,
	EVENT_GC_ASSIST_BEGIN = 30,
	EVENT_GC_ASSIST_END = 31,
	EVENT_GC_HEAP_LIVE = 32, /* arg0: bytes marked */
	EVENT_GO_LABELS = 33,
	EVENT_GC_HEAP_GOAL = 34, /* arg0: bytes */
	EVENT_GC_SWEEP_END = 35,
	EVENT_KINDS, /* count of kinds that become rows */
	/* These are never rows. First hit on a thread: goid and by_goid hold the process's name,
	 * arg0 ip, arg1 site and above it the parent process, arg2 tells programs of one pid apart. */
	EVENT_THREAD = 100,
	EVENT_PROCESS_END = 101, /* detail: enum process_end, arg0 wait status */
};

/*
 * What a probe does: number, name, and the program in record.bpf.o that does it. A program for
 * each, since to ask for the cookie costs a helper call at every hit.
 */
#define PROBE_ACTIONS(X)                                                                     \
	X(1, CASGSTATUS, on_casgstatus)                                                      \
	X(2, RUNQPUT_CALL, on_runqput_call) /* in newproc.func1: the child is complete */    \
	X(3, MALLOCGC, on_mallocgc)                                                          \
	X(4, SYSCALL_ENTER, on_syscall_enter) /* where casgstatus does not tell */           \
	X(5, SYSCALL_EXIT, on_syscall_exit)                                                  \
	X(6, GC_BEGIN, on_gc_begin)                                                          \
	X(7, GC_END, on_gc_end)                                                              \
	X(8, STW_BEGIN, on_stw_begin)                                                        \
	X(9, STW_END, on_stw_end)                                                            \
	X(10, EMPTY, on_empty) /* returns at once: what a trap alone costs */                \
	X(11, PREEMPT_PARK, on_preempt_park) /* stops so that its stack can be scanned */    \
	X(12, STATUS_SWAP, on_status_swap) /* an inlined casgstatus, or one of its like */   \
	X(13, CREATE_AT, on_create_at) /* as RUNQPUT_CALL, the goroutine in a register */    \
	X(14, MALLOCGC_LEAF, on_mallocgc_leaf) /* as MALLOCGC, unless called by it */        \
	X(15, CALL, on_call) /* a call that is an event; the cookie says which */

/* The low seven bits of a probe's cookie. */
enum probe_action {
#define ACTION_NUMBER(number, name, program) PROBE_##name = number,
	PROBE_ACTIONS(ACTION_NUMBER)
#undef ACTION_NUMBER
};

/* Set in a cookie: the site is a stack check's branch; drop hits that take it. */
#define PROBE_FLAG_STACK_CHECK 0x80

/*
 * Above these a cookie has what the action needs to know of the site, then the site's number.
 * STATUS_SWAP and CREATE_AT: register of the goroutine's g, status before, status after (below
 * 16 a register, from 16 on a constant plus 16), which hits count (enum swap_counts).
 * MALLOCGC_LEAF: distance from the site to mallocgc, signed, and its length, bytes.
 */
#define COOKIE_OPERANDS_SHIFT 8
#define COOKIE_SITE_SHIFT 54
#define OPERANDS_FROM_SHIFT 4
#define OPERANDS_TO_SHIFT 9
#define OPERANDS_COUNTS_SHIFT 14
#define OPERANDS_LENGTH_SHIFT 32

/*
 * Operands of CALL: the event's kind in the low byte, then where things are (enum call_source):
 * object, value and detail, four bits each, and the place of the call (enum call_site); a
 * constant detail in a byte; flags; the depth of its stack.
 */
#define CALL_OBJECT_SHIFT 8
#define CALL_VALUE_SHIFT 12
#define CALL_DETAIL_SHIFT 16
#define CALL_SITE_SHIFT 20
#define CALL_CONSTANT_SHIFT 24
#define CALL_FLAG_REASON (1u << 0) /* detail is a waitReason */
#define CALL_FLAG_SUBJECT (1u << 1) /* it is about the g in the first argument */
#define CALL_FLAG_WITHIN (1u << 2) /* the site is not at a function's entry */
#define CALL_FLAGS_SHIFT 32
/* Frames of its stack at the most, eight bits; 0: it has none. With a stack, arg2 is its number. */
#define CALL_DEPTH_SHIFT 36

enum call_source {
	CALL_NOTHING = 0, /* 1 to 6: an argument */
	CALL_CONSTANT = 7, /* of the cookie */
	CALL_SUM_4_5 = 8, /* of the fourth and the fifth argument */
	CALL_SECOND_WORD = 9, /* of what the first argument points to */
	CALL_STACK_BYTES = 10, /* size of the stack of the g in the first argument */
};

enum call_site {
	CALL_SITE_NONE = 0, /* 1 to 6: an argument */
	CALL_SITE_CALLERS = 7, /* the caller, and its caller */
};

/* Names of what calls are about, in the order of CALL_KINDS of src/format/event-columns.ts. */
enum call_kind {
	CALL_KIND_TRY = 0,
	CALL_KIND_READ = 1,
	CALL_KIND_WRITE = 2,
	CALL_KIND_READ_AND_WRITE = 3,
	CALL_KIND_HEAP = 4,
	CALL_KIND_TIME = 5,
	CALL_KIND_REQUEST = 6,
	CALL_KIND_ONE = 7,
	CALL_KIND_ALL = 8,
	CALL_KIND_THROW = 9,
	CALL_KIND_ERROR = 10,
	CALL_KIND_PANIC = 11,
	CALL_KIND_ENLARGE = 12,
	CALL_KIND_SHRINK = 13,
	CALL_KIND_COUNT,
};

enum swap_counts {
	SWAP_ALWAYS = 0,
	SWAP_ZERO = 1, /* when the zero flag is set */
	SWAP_NOT_ZERO = 2,
	SWAP_STATUS_IS_FROM = 3, /* the status is `from` still */
};

/* In arg1 of EVENT_THREAD. */
#define THREAD_PARENT_SHIFT 32

enum process_end {
	PROCESS_EXIT = 0,
	PROCESS_EXEC = 1, /* it executes another program now, or the same anew */
};

/* Why an event was not sent. Index into `ring.drops`; docs/format.md, "Causes of loss". */
enum drop_reason {
	DROP_RING_FULL = 0,
	DROP_BAD_READ = 1,
	DROP_STACK = 2, /* a stack: its event is sent, without it */
	DROP_REASONS, /* count, keep last */
};

/* One slot of a ring, and one cache line. */
struct event {
	__u64 time_ns; /* CLOCK_MONOTONIC */
	__u64 goid; /* the goroutine it is about */
	/* m.curg of the thread, 0 when it has none. Alloc: the return address of mallocgc's caller;
	 * who allocates is `goid`. */
	__u64 by_goid;
	__u32 pid; /* process (tgid) */
	__u32 tid;
	__s16 p; /* number of the P, -1 none or not read */
	__u8 kind; /* enum event_kind */
	__u8 from; /* Go's goroutine status */
	__u8 to;
	__u8 wait_reason; /* Go's waitReason, only when `to` is waiting */
	__u8 detail;
	__u8 lap; /* written last: the slot holds the event of this lap, from 1, modulo 256 */
	__u64 arg0; /* these are written only by kinds that have them */
	__u64 arg1;
	__u64 arg2;
};

/*
 * Head of a ring. A CPU has its own; where there are more CPUs than rings they share.
 *
 * Event number n lies in slot n modulo the count. A writer takes number `head` by compare and
 * swap while head - tail is below the count; the reader waits for the slot's lap, and moves
 * `tail` when it has read. Probes are placed and removed one after another, which takes tenths
 * of a second: between the two the rings are open, so that what is recorded is whole.
 */
struct ring {
	__u64 head;
	__u64 drops[DROP_REASONS];
	__u64 unused[7 - DROP_REASONS];
	__u64 tail; /* the reader's, on a line of its own */
	__u64 is_open; /* the reader's too: 0, nothing is recorded and nothing lost */
	__u64 unused_reader[6];
};

/* How many of each have a name in src/format/event-columns.ts. */
#define GO_STATES 12
#define STW_REASON_COUNT 17

LAYOUT_ASSERT(sizeof(struct event) == 64);
LAYOUT_ASSERT(sizeof(struct ring) == 128);

#endif /* XGOTOP_EVENT_H */
