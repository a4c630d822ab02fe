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

/* What is read into, and what of it remains: the goroutine, and the wait reason in the first byte. */
#define GOID 0
#define REASON 1

/* It stops running on its thread: yields, or waits. */
static __always_inline bool short_stop(struct thread_state *thread, __u64 gp, __u32 to,
				       __u64 words[M_BLOCK_MAX / 8])
{
	__u8 *wait_reason = (__u8 *)&words[REASON];

	*wait_reason = 0;
	if (gp != thread->running_g || !thread->holds_p)
		return false;
	if (to == G_WAITING) {
		if (!read_wait_reason(wait_reason, gp) ||
		    is_in(config.pretended_reasons, *wait_reason))
			return false;
		if (!is_in(config.known_reasons, *wait_reason))
			*wait_reason = 0;
	}
	words[GOID] = thread->running_goid;
	thread->holds_p = 0;
	thread->running_g = 0;
	return true;
}

/* The scheduler, on g0, runs it. */
static __always_inline bool short_run(struct thread_state *thread, __u64 g, __u64 gp,
				      __u64 words[M_BLOCK_MAX / 8])
{
	if (g != thread->g0 || !thread->p ||
	    !read_user(words, config.m_p + 8 - config.m_curg, thread->m + config.m_curg))
		return false;
	/* Already current on its M, and the M holds the P it held last. */
	if (words[0] != gp ||
	    *(__u64 *)((char *)words + (config.m_p - config.m_curg)) != thread->p ||
	    !read_goid(&words[GOID], gp))
		return false;
	thread->syscall_g = 0;
	thread->running_g = gp;
	thread->running_goid = words[GOID];
	words[REASON] = 0;
	thread->holds_p = 1;
	return true;
}

/*
 * What the three have in common is done once: thrice, it would take more stack than there is.
 * The goroutine that runs on the thread, or just did, is who does it in all of them.
 */
static __always_inline int short_casgstatus(struct thread_state *thread, go_regs *regs)
{
	__u32 from = GO_ARG2(regs), to = GO_ARG3(regs);
	__u64 words[M_BLOCK_MAX / 8];
	struct event *ev;
	__u64 time_ns;
	__u8 lap;

	if (!config.tracks_running)
		return NEEDS_MORE;
	if (from == G_RUNNING && (to == G_RUNNABLE || to == G_WAITING)) {
		if (!short_stop(thread, GO_ARG1(regs), to, words))
			return NEEDS_MORE;
	} else if (from == G_RUNNABLE && to == G_RUNNING) {
		if (!short_run(thread, GO_G(regs), GO_ARG1(regs), words))
			return NEEDS_MORE;
	} else if (from == G_WAITING && to == G_RUNNABLE) {
		if (!thread->holds_p || !remembered(thread, GO_G(regs)) ||
		    !read_goid(&words[GOID], GO_ARG1(regs)))
			return NEEDS_MORE;
		words[REASON] = 0;
	} else {
		return NEEDS_MORE;
	}
	time_ns = bpf_ktime_get_ns();
	ev = reserve(&lap, true);
	if (!ev)
		return 0;
	ev->time_ns = time_ns;
	ev->goid = words[GOID];
	ev->by_goid = thread->running_goid;
	ev->pid = thread->pid;
	ev->tid = thread->tid;
	ev->p = thread->p_id;
	ev->kind = EVENT_GO_STATE;
	ev->from = GO_ARG2(regs);
	ev->to = GO_ARG3(regs);
	ev->wait_reason = words[REASON];
	ev->detail = 0;
	publish(ev, lap);
	return 0;
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
