/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * What is remembered of a thread between its hits, and where.
 *
 * A slot of a plain array, not task storage: finding it needs no helper, which saves 50 ns a
 * hit where returns are mitigated. A slot belongs to the first thread that claims it and is
 * written by that thread alone. A thread that finds its slot taken goes without: everything
 * is read then.
 */
#ifndef XGOTOP_THREAD_STATE_BPF_H
#define XGOTOP_THREAD_STATE_BPF_H

const volatile struct record_config config SEC(".rodata.config") = {};

/* Those of the kernel's fields that tell one thread from another. */
struct task_struct {
	int pid;
	__u64 start_time;
	__u64 self_exec_id;
} __attribute__((preserve_access_index));

/* All zero but its first two at a thread's first hit. One cache line. */
struct thread_state {
	__u64 owner; /* thread_owner of the thread, 0 nobody's */
	__u32 tid; /* in the recorder's PID namespace */
	__s16 p_id; /* number of `p` */
	__u8 is_announced; /* EVENT_THREAD was sent */
	__u8 holds_p; /* `p` is the P that running_g runs on */
	__u64 g0; /* a g whose goid is 0, and the M it belongs to for good */
	__u64 m;
	__u64 p; /* the P last seen; Go never frees a P */
	__u64 running_g; /* started running on this thread and did not stop since */
	__u64 running_goid;
	__u64 syscall_g; /* told that it entered a system call, not yet that it left */
};

/* Threads of one process have neighbouring ids, so they seldom meet. A power of two. */
#define THREAD_SLOTS 4096

static struct thread_state threads[THREAD_SLOTS] __attribute__((aligned(64)));

/* The kernel's PID_MAX_LIMIT is 1 << 22. */
#define OWNER_TID_BITS 22

/* A thread, its start and the program it executes: ids come again, the three together do not. */
static __always_inline __u64 thread_owner(const struct task_struct *task)
{
	return (task->start_time + task->self_exec_id) << OWNER_TID_BITS | (__u32)task->pid;
}

/* Process and thread as the recorder's PID namespace numbers them; false for other processes. */
static __always_inline bool identify(__u32 *tid)
{
	struct bpf_pidns_info ids;
	__u64 pid_tgid;

	if (config.pidns_inode) {
		if (bpf_get_ns_current_pid_tgid(config.pidns_dev, config.pidns_inode, &ids,
						sizeof(ids)))
			return false;
		*tid = ids.pid;
		return ids.tgid == config.target_tgid;
	}
	pid_tgid = bpf_get_current_pid_tgid();
	*tid = (__u32)pid_tgid;
	return pid_tgid >> 32 == config.target_tgid;
}

/*
 * State of the current thread, NULL when the hit is another process's. `forgotten` is where
 * it is when the slot is taken.
 */
static __always_inline struct thread_state *current_thread(struct thread_state *forgotten)
{
	const struct task_struct *task = bpf_get_current_task_btf();
	__u64 owner = thread_owner(task), seen;
	struct thread_state *thread = &threads[owner & (THREAD_SLOTS - 1)];
	__u32 tid;

	seen = thread->owner;
	if (seen == owner)
		return thread;
	if (!identify(&tid))
		return NULL;
	/* A predecessor of the same id is dead, and its slot is ours; another's is not. */
	if ((seen && (seen ^ owner) & ((1 << OWNER_TID_BITS) - 1)) ||
	    __sync_val_compare_and_swap(&thread->owner, seen, owner) != seen) {
		thread = forgotten;
		__builtin_memset(thread, 0, sizeof(*thread));
	} else {
		__builtin_memset((char *)thread + sizeof(owner), 0, sizeof(*thread) - sizeof(owner));
	}
	thread->tid = tid;
	return thread;
}

#endif /* XGOTOP_THREAD_STATE_BPF_H */
