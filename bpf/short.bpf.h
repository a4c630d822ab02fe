/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * What most hits are, in few words: the handlers of record.bpf.c for a thread that is known and
 * a goroutine that is remembered.
 *
 * A program with less than 64 bytes of stack runs on the thread's kernel stack. Others get one of
 * vmalloc's, and then hardened usercopy takes 40 ns at each read of user memory to find out where
 * it copies to. So nothing here has a struct on its stack; what needs one is left to the rest.
 */
#ifndef XGOTOP_SHORT_BPF_H
#define XGOTOP_SHORT_BPF_H

/* The handler would have to read more; it has changed and sent nothing. */
#define NEEDS_MORE 1

static __always_inline int short_send(const struct thread_state *thread, __u64 goid, __u64 by_goid,
				      __s16 p, __u8 from, __u8 to, __u8 wait_reason)
{
	__u64 time_ns = bpf_ktime_get_ns();
	__u8 lap;
	struct event *ev = reserve(&lap, true);

	if (!ev)
		return 0;
	ev->time_ns = time_ns;
	ev->goid = goid;
	ev->by_goid = by_goid;
	ev->pid = thread->pid;
	ev->tid = thread->tid;
	ev->p = p;
	ev->kind = EVENT_GO_STATE;
	ev->from = from;
	ev->to = to;
	ev->wait_reason = wait_reason;
	ev->detail = 0;
	publish(ev, lap);
	return 0;
}

/* It stops running on its thread: yields, or waits. */
static __always_inline int short_stop(struct thread_state *thread, __u64 gp, __u8 to)
{
	__u64 goid = thread->running_goid;
	__u8 reason = 0;

	if (gp != thread->running_g || !thread->holds_p)
		return NEEDS_MORE;
	if (to == G_WAITING) {
		if (!read_wait_reason(&reason, gp) || is_in(config.pretended_reasons, reason))
			return NEEDS_MORE;
		if (!is_in(config.known_reasons, reason))
			reason = 0;
	}
	thread->holds_p = 0;
	thread->running_g = 0;
	return short_send(thread, goid, goid, thread->p_id, G_RUNNING, to, reason);
}

/* The scheduler, on g0, runs it. */
static __always_inline int short_run(struct thread_state *thread, __u64 g, __u64 gp)
{
	__u64 block[M_BLOCK_MAX / 8], goid;

	if (g != thread->g0 ||
	    !read_user(block, config.m_p + 8 - config.m_curg, thread->m + config.m_curg))
		return NEEDS_MORE;
	/* Already current on its M, and the M holds the P it held last. */
	if (block[0] != gp || !thread->p ||
	    *(__u64 *)((char *)block + (config.m_p - config.m_curg)) != thread->p ||
	    !read_goid(&goid, gp))
		return NEEDS_MORE;
	thread->syscall_g = 0;
	thread->running_g = gp;
	thread->running_goid = goid;
	thread->holds_p = 1;
	return short_send(thread, goid, goid, thread->p_id, G_RUNNABLE, G_RUNNING, 0);
}

/* The goroutine that runs on the thread wakes it. */
static __always_inline int short_wake(struct thread_state *thread, __u64 g, __u64 gp)
{
	__u64 goid;

	if (!thread->holds_p || !remembered(thread, g) || !read_goid(&goid, gp))
		return NEEDS_MORE;
	return short_send(thread, goid, thread->running_goid, thread->p_id, G_WAITING, G_RUNNABLE, 0);
}

static __always_inline int short_casgstatus(struct thread_state *thread, go_regs *regs)
{
	__u32 from = GO_ARG2(regs), to = GO_ARG3(regs);

	if (!config.tracks_running)
		return NEEDS_MORE;
	if (from == G_RUNNING && (to == G_RUNNABLE || to == G_WAITING))
		return short_stop(thread, GO_ARG1(regs), to);
	if (from == G_RUNNABLE && to == G_RUNNING)
		return short_run(thread, GO_G(regs), GO_ARG1(regs));
	if (from == G_WAITING && to == G_RUNNABLE)
		return short_wake(thread, GO_G(regs), GO_ARG1(regs));
	return NEEDS_MORE;
}

static __always_inline int short_mallocgc(struct thread_state *thread, go_regs *regs)
{
	__u64 size = GO_ARG1(regs), pc, time_ns;
	__u8 lap;
	struct event *ev;

	if (!size)
		return 0;
	if (!config.tracks_running || GO_G(regs) != thread->running_g ||
	    !config.caller_tells_allocator || !read_user(&pc, sizeof(pc), GO_FP(regs) + 8))
		return NEEDS_MORE;
	time_ns = bpf_ktime_get_ns();
	ev = reserve(&lap, true);
	if (!ev)
		return 0;
	ev->time_ns = time_ns;
	ev->goid = thread->running_goid;
	ev->by_goid = pc;
	ev->pid = thread->pid;
	ev->tid = thread->tid;
	ev->p = -1;
	ev->kind = EVENT_ALLOC;
	ev->from = 0;
	ev->to = 0;
	ev->wait_reason = 0;
	ev->detail = 0;
	ev->arg0 = size;
	ev->arg1 = GO_ARG2(regs);
	ev->arg2 = 0;
	publish(ev, lap);
	return 0;
}

#endif /* XGOTOP_SHORT_BPF_H */
