/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Go's structs in the program's memory: g, m, p, and the stack.
 *
 * A second read costs more than a longer first one, so neighbouring fields that are needed
 * together are read as one block; what cannot change is remembered by thread.
 */
#ifndef XGOTOP_GO_MEMORY_BPF_H
#define XGOTOP_GO_MEMORY_BPF_H

/* Bytes of stack read at once to find two return addresses. */
#define STACK_READ 200

static __always_inline bool read_user(void *to, __u32 size, __u64 address)
{
	return bpf_probe_read_user(to, size, (const void *)address) == 0;
}

static __always_inline bool read_wait_reason(__u8 *reason, __u64 g)
{
	return read_user(reason, sizeof(*reason), g + config.g_wait_reason);
}

/* g.m .. g.waitreason of one g. */
struct g_head {
	__u64 words[G_HEAD_MAX / 8];
};

static __always_inline bool read_g(struct g_head *head, __u64 g)
{
	return read_user(head, config.g_wait_reason + 1 - config.g_m, g + config.g_m);
}

static __always_inline __u64 head_m(const struct g_head *head)
{
	return head->words[0];
}

static __always_inline __u64 head_goid(const struct g_head *head)
{
	return *(const __u64 *)((const char *)head + (config.g_goid - config.g_m));
}

static __always_inline __u32 head_status(const struct g_head *head)
{
	return *(const __u32 *)((const char *)head + (config.g_status - config.g_m));
}

static __always_inline __u8 head_wait_reason(const struct g_head *head)
{
	return *((const __u8 *)head + (config.g_wait_reason - config.g_m));
}

static __always_inline bool read_goid(__u64 *goid, __u64 g)
{
	return read_user(goid, sizeof(*goid), g + config.g_goid);
}

/* The M of the thread, whose current g (often its g0) is `g`. */
static __always_inline bool find_m(struct thread_state *thread, __u64 g, __u64 *m)
{
	__u64 goid;

	if (g == thread->g0) {
		*m = thread->m;
		return true;
	}
	if (!read_user(m, sizeof(*m), g + config.g_m) || !read_goid(&goid, g))
		return false;
	if (goid == 0) {
		thread->g0 = g;
		thread->m = *m;
	}
	return true;
}

/* The goroutine current on an M (0 none) and the P it holds (0 none). */
static __always_inline bool read_m(__u64 m, __u64 *curg, __u64 *p)
{
	__u64 block[M_BLOCK_MAX / 8];

	if (!read_user(block, config.m_p + 8 - config.m_curg, m + config.m_curg))
		return false;
	*curg = block[0];
	*p = *(__u64 *)((char *)block + (config.m_p - config.m_curg));
	return true;
}

/* Number of a P, -1 for none; unreadable is "unknown", which is -1 as well. */
static __always_inline __s16 p_number(struct thread_state *thread, __u64 p)
{
	__s32 id;

	if (!p)
		return -1;
	if (p == thread->p)
		return thread->p_id;
	if (!read_user(&id, sizeof(id), p + config.p_id))
		return -1;
	thread->p = p;
	thread->p_id = (__s16)id;
	return (__s16)id;
}

/* The goroutine on whose behalf `g` runs: itself, or m.curg when it is a g0. */
static __always_inline bool find_goid(const struct g_head *head, __u64 *goid)
{
	__u64 curg, p;

	*goid = head_goid(head);
	if (*goid)
		return true;
	if (!read_m(head_m(head), &curg, &p))
		return false;
	return !curg || read_goid(goid, curg);
}

/*
 * The goroutine on whose behalf the thread, whose current g is `g`, acts is its running_g.
 * False also when it is another that started before the probes.
 */
static __always_inline bool remembered(const struct thread_state *thread, __u64 g)
{
	return config.tracks_running && thread->running_g &&
	       (g == thread->running_g || g == thread->g0);
}

/* The goid of the goroutine current on the thread. */
static __always_inline bool read_by_goid(__u64 *goid, const struct thread_state *thread,
					 __u64 curg)
{
	if (config.tracks_running && curg == thread->running_g) {
		*goid = thread->running_goid;
		return true;
	}
	return read_goid(goid, curg);
}

/*
 * The return address of the probed function, and that of its caller; 0 when unreadable, or not
 * needed: one word costs 110 ns, the 200 bytes that hold both 170.
 */
static __always_inline void read_callers(go_regs *regs, bool needs_own, __u64 *pc0, __u64 *pc1)
{
	__u64 fp = GO_FP(regs);

	*pc0 = GO_RETURN(regs);
	*pc1 = 0;
	if (GO_RETURN_ON_STACK && needs_own) {
		__u64 sp = GO_SP(regs), distance = fp + 8 - sp;
		__u64 stack[STACK_READ / 8];

		if (read_user(stack, sizeof(stack), sp)) {
			*pc0 = stack[0];
			if (distance <= STACK_READ - 8) {
				*pc1 = stack[distance / 8];
				return;
			}
		} else if (!read_user(pc0, sizeof(*pc0), sp)) {
			*pc0 = 0;
		}
	}
	if (!read_user(pc1, sizeof(*pc1), fp + 8))
		*pc1 = 0;
}

#endif /* XGOTOP_GO_MEMORY_BPF_H */
