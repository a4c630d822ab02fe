/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * What the kernel side is told before it is loaded; constant afterwards.
 *
 * One variable in a section of its own, so that user space fills it without
 * knowing what else the compiler puts into .rodata. The verifier sees these values
 * as constants and removes the code they make unreachable.
 */
#ifndef XGOTOP_CONFIG_H
#define XGOTOP_CONFIG_H

/* A user read costs the same up to some 200 bytes; these bound what is read at once. */
#define G_HEAD_MAX 144 /* g.m .. g.waitreason */
#define G_TAIL_MAX 176 /* g.goid .. g.startpc */
#define M_BLOCK_MAX 32 /* m.curg .. m.p */

/* Whose hits become events, of those that execute the probed executable. */
enum follow_mode {
	FOLLOW_LISTED = 0, /* the processes in map `followed` */
	FOLLOW_DESCENDANTS = 1, /* these and their descendants */
	FOLLOW_ALL = 2,
};

struct record_config {
	__u64 pretended_reasons; /* bit n: waitReason n is no blocking */
	__u64 known_reasons; /* bit n: waitReason n exists */
	__u64 pidns_inode; /* of the recorder's PID namespace; 0: it is the initial one */
	__u64 follow_cgroup; /* id of the cgroup that processes must be in or below; 0 any */
	__u64 follow_comm[2]; /* name that processes must have, padded with zeros; 0 any */
	__u64 stack_checks; /* bit n: a site of probe_action n is a stack check's branch */
	__u32 follow; /* enum follow_mode */
	__u32 ring_count;
	__u32 ring_slots_log2; /* of one ring */
	__u32 g_m; /* offsets in Go's structs, bytes */
	__u32 g_status;
	__u32 g_goid;
	__u32 g_wait_reason;
	__u32 g_gopc;
	__u32 g_startpc;
	__s32 g_parent_goid; /* -1: this Go has none */
	__u32 m_curg;
	__u32 m_p;
	__u32 p_id;
	__u8 cas_tells_syscalls;
	__u8 create_from_cas;
	__u8 create_parked_from_cas;
	__u8 tracks_running; /* every goroutine that starts or stops on a thread is seen to */
	__u8 preempted_reason; /* the waitReason "preempted", 0 unknown */
	__u8 caller_tells_allocator; /* allocations: the caller's return address is enough */
	__u8 unused[6];
};

LAYOUT_ASSERT(sizeof(struct record_config) == 120);

#endif /* XGOTOP_CONFIG_H */
