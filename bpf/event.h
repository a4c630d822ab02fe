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
	EVENT_ALLOC = 4, /* arg0 size, arg1 type pointer, pc[] */
	EVENT_GC_BEGIN = 5,
	EVENT_GC_END = 6,
	EVENT_STW_BEGIN = 7, /* detail: stwReason */
	EVENT_STW_END = 8, /* detail: stwReason */
	EVENT_KINDS, /* count of kinds that become rows */
	EVENT_THREAD = 100, /* first hit on a thread: arg0 ip, arg1 site; never a row */
};

/* What a probe does; the low byte of its cookie. The rest of it is the site's number. */
enum probe_action {
	PROBE_CASGSTATUS = 1,
	PROBE_RUNQPUT_CALL = 2, /* the call in newproc.func1: the child is complete */
	PROBE_MALLOCGC = 3,
	PROBE_SYSCALL_ENTER = 4, /* reentersyscall, where casgstatus does not tell */
	PROBE_SYSCALL_EXIT = 5,
	PROBE_GC_BEGIN = 6,
	PROBE_GC_END = 7,
	PROBE_STW_BEGIN = 8,
	PROBE_STW_END = 9,
	PROBE_EMPTY = 10, /* returns at once: what a trap alone costs */
	PROBE_PREEMPT_PARK = 11, /* preemptPark: stopped so that its stack can be scanned */
};

/* Set in a cookie: the site is a stack check's branch; drop hits that take it. */
#define PROBE_FLAG_STACK_CHECK 0x80

/* Why an event was not sent. Index into the `drops` map; docs/format.md, "Causes of loss". */
enum drop_reason {
	DROP_RING_FULL = 0,
	DROP_BAD_READ = 1,
	DROP_REASONS, /* count, keep last */
};

/* Kinds without arguments are sent as the first EVENT_SHORT_SIZE bytes only. */
struct event {
	__u64 time_ns; /* CLOCK_MONOTONIC */
	__u64 goid; /* the goroutine it is about */
	__u64 by_goid; /* m.curg of the thread, 0 when it has none */
	__u32 pid; /* process (tgid) */
	__u32 tid;
	__s16 p; /* number of the P, -1 none or not read */
	__u8 kind; /* enum event_kind */
	__u8 from; /* Go's goroutine status */
	__u8 to;
	__u8 wait_reason; /* Go's waitReason, only when `to` is waiting */
	__u8 detail;
	__u8 unused; /* written as 0 */
	__u64 arg0;
	__u64 arg1;
	__u64 pc[2]; /* alloc: return address of mallocgc, and of its caller */
};

#define EVENT_SHORT_SIZE 40

/* How many of each have a name in src/format/event-columns.ts. */
#define GO_STATES 12
#define STW_REASON_COUNT 17

LAYOUT_ASSERT(sizeof(struct event) == 72);
LAYOUT_ASSERT(__builtin_offsetof(struct event, arg0) == EVENT_SHORT_SIZE);

#endif /* XGOTOP_EVENT_H */
