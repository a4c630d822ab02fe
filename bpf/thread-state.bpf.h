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

/* All zero but its first three at a thread's first hit. One cache line. */
struct thread_state {
	__u64 owner; /* thread_owner of the thread, 0 nobody's */
	__u32 tid; /* in the recorder's PID namespace, as pid */
	__u32 pid;
	__u32 syscall_g; /* short_address of g: told that it entered a system call, not yet that it left */
	__s16 p_id; /* number of `p` */
	__u8 is_announced; /* EVENT_THREAD was sent */
	__u8 holds_p; /* `p` is the P that running_g runs on */
	__u64 g0; /* a g whose goid is 0, and the M it belongs to for good */
	__u64 m;
	__u64 p; /* the P last seen; Go never frees a P */
	__u64 running_g; /* started running on this thread and did not stop since */
	__u64 running_goid;
};

/* Threads of one process have neighbouring ids, so they seldom meet. A power of two. */
#define THREAD_SLOTS 4096

static struct thread_state threads[THREAD_SLOTS] __attribute__((aligned(64)));

/* The kernel's PID_MAX_LIMIT is 1 << 22. */
#define OWNER_TID_BITS 22

/* In `owner`: the thread is not followed. */
#define OWNER_FOREIGN (1ull << 63)

/* A thread, its start and the program it executes: ids come again, the three together do not. */
static __always_inline __u64 thread_owner(const struct task_struct *task)
{
	return ((task->start_time + task->self_exec_id) << OWNER_TID_BITS | (__u32)task->pid) &
	       ~OWNER_FOREIGN;
}

/* Tells the g structs of a heap of 64 GiB apart, in half the room. */
static __always_inline __u32 short_address(__u64 g)
{
	return g >> 4;
}

/* The thread is about to end: its slot may be another's. */
static __always_inline void release_thread(const struct task_struct *task)
{
	__u64 owner = thread_owner(task);
	struct thread_state *thread = &threads[owner & (THREAD_SLOTS - 1)];
	__u64 seen = thread->owner;

	if ((seen & ~OWNER_FOREIGN) == owner)
		__sync_val_compare_and_swap(&thread->owner, seen, 0);
}

/*
 * State of the current thread, NULL when its process is not followed. `forgotten` is where it is
 * when the slot is another's.
 */
static __always_inline struct thread_state *current_thread(struct thread_state *forgotten)
{
	const struct task_struct *task = bpf_get_current_task_btf();
	__u64 owner = thread_owner(task), seen;
	struct thread_state *thread = &threads[owner & (THREAD_SLOTS - 1)];

	seen = thread->owner;
	if (seen == owner)
		return thread;
	if (seen == (owner | OWNER_FOREIGN))
		return NULL;
	__builtin_memset(forgotten, 0, sizeof(*forgotten));
	forgotten->pid = known_pid(task);
	if (!forgotten->pid || !number_here(task->thread_pid, task->pid, &forgotten->tid))
		return NULL;
	return forgotten;
}

/* Gives the current thread, which is followed, a slot if it is free; NULL when it is another's. */
static __always_inline struct thread_state *claim_slot(const struct task_struct *task, bool is_followed)
{
	__u64 owner = thread_owner(task), seen;
	struct thread_state *thread = &threads[owner & (THREAD_SLOTS - 1)];

	seen = thread->owner;
	/* A predecessor of the same id is dead, and its slot is ours; another's is not. */
	if (seen && (seen ^ owner) & ((1 << OWNER_TID_BITS) - 1))
		return NULL;
	if (!is_followed)
		owner |= OWNER_FOREIGN;
	if (__sync_val_compare_and_swap(&thread->owner, seen, owner) != seen)
		return NULL;
	__builtin_memset((char *)thread + sizeof(owner), 0, sizeof(*thread) - sizeof(owner));
	return thread;
}

static __always_inline bool is_foreign(const struct task_struct *task)
{
	__u64 owner = thread_owner(task);

	return threads[owner & (THREAD_SLOTS - 1)].owner == (owner | OWNER_FOREIGN);
}

/* The slot of a thread that has one. */
static __always_inline struct thread_state *own_slot(const struct task_struct *task)
{
	__u64 owner = thread_owner(task);
	struct thread_state *thread = &threads[owner & (THREAD_SLOTS - 1)];

	return thread->owner == owner ? thread : NULL;
}

/* State of the current thread when this is not its first hit; NULL when more is to be found out. */
static __always_inline struct thread_state *known_thread(void)
{
	struct thread_state *thread = own_slot(bpf_get_current_task_btf());

	return thread && thread->is_announced ? thread : NULL;
}

#endif /* XGOTOP_THREAD_STATE_BPF_H */
