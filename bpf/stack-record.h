/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Stacks: what the kernel side is told of them, and how it sends one that is new.
 *
 * Shared with native/, as event.h is. A section of its own, so that what does not record
 * stacks knows nothing of them.
 */
#ifndef XGOTOP_STACK_RECORD_H
#define XGOTOP_STACK_RECORD_H

#define STACK_DEPTH_MAX 128

/* Depths are frames at the most, 0: none are recorded. */
struct stack_config {
	__u32 sched_depth;
	__u32 alloc_depth;
	__u32 gc_depth;
	__u32 limit; /* different stacks at the most: entries of `stack_numbers` */
	__u32 scratch_count; /* of `stack_scratches` */
	__u32 g_sched; /* offset of g.sched, bytes; sp and pc are its first and second word */
	__u32 gobuf_bp; /* offset of bp in it */
	__u32 has_calls; /* some probe of PROBE_CALL asks for stacks */
};

/* The first program counter is of the instruction itself; it is no return address. */
#define STACK_EXACT 1
/* The second one is that on top of the stack: a return address if the first is in a prologue. */
#define STACK_MAYBE_SECOND 2

struct stack_record {
	__u32 number; /* from 1, in no order */
	__u32 pid;
	__u32 count;
	__u32 flags;
	__u64 pcs[STACK_DEPTH_MAX]; /* innermost first; `count` of them are sent */
};

#endif /* XGOTOP_STACK_RECORD_H */
