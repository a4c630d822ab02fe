/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Calls of the runtime's functions that are events of their own: channels, locks, timers.
 *
 * One program for all: which event it is and which of the arguments say what is in the
 * cookie (bpf/event.h, CALL_OBJECT_SHIFT), so that another function is a row of
 * src/golang/call-targets.ts and nothing here.
 */
#ifndef XGOTOP_CALL_BPF_H
#define XGOTOP_CALL_BPF_H

/* Loads from the context are at constant offsets only: see GO_REGISTER. */
#define CALL_ARGUMENT(number)                                                                \
	case number:                                                                         \
		value = GO_ARG##number(regs);                                                \
		asm volatile("" : "+r"(value) : "i"(number));                                \
		return value;

static __always_inline __u64 call_argument(go_regs *regs, __u32 number)
{
	__u64 value;

	switch (number) {
	CALL_ARGUMENT(1)
	CALL_ARGUMENT(2)
	CALL_ARGUMENT(3)
	CALL_ARGUMENT(4)
	CALL_ARGUMENT(5)
	CALL_ARGUMENT(6)
	}
	return 0;
}

/* False when memory could not be read. */
static __always_inline bool call_source(go_regs *regs, __u64 operands, __u32 shift, __u64 *value)
{
	__u32 source = operands >> shift & 0xf;
	__u64 bounds[2];

	switch (source) {
	case CALL_CONSTANT:
		*value = operands >> CALL_CONSTANT_SHIFT & 0xff;
		return true;
	case CALL_SUM_4_5:
		*value = GO_ARG4(regs) + GO_ARG5(regs);
		return true;
	case CALL_SECOND_WORD:
		return read_user(value, sizeof(*value), GO_ARG1(regs) + 8);
	case CALL_STACK_BYTES:
		/* g.stack, lo and hi, has been the first field in every version. */
		if (!read_user(bounds, sizeof(bounds), GO_ARG1(regs)))
			return false;
		*value = bounds[1] - bounds[0];
		return true;
	}
	*value = call_argument(regs, source);
	return true;
}

/* The goroutine on whose behalf the thread acts, and its P where that is known. */
static __always_inline bool call_goroutine(struct thread_state *thread, __u64 g,
					   struct change *change)
{
	struct g_head head;

	if (remembered(thread, g)) {
		change->goid = thread->running_goid;
		if (thread->holds_p)
			change->p = thread->p_id;
		return true;
	}
	return read_g(&head, g) && find_goid(&head, &change->goid);
}

/*
 * The stack of a call: of the goroutine that it is about, when that is another or is on the
 * system stack; else of the one that calls.
 */
static __always_inline __u64 call_stack(struct thread_state *thread, go_regs *regs, __u64 operands)
{
	__u32 flags = operands >> CALL_FLAGS_SHIFT;
	__u32 depth = operands >> CALL_DEPTH_SHIFT & 0xff;
	__u64 g = GO_G(regs), m, curg, p;
	bool is_at_entry = !(flags & CALL_FLAG_WITHIN);

	if (!depth)
		return 0;
	if (flags & CALL_FLAG_SUBJECT)
		return saved_stack(GO_ARG1(regs), true, depth, thread->pid);
	if (remembered(thread, g) && thread->running_g == g)
		return current_stack(regs, is_at_entry, depth, thread->pid);
	if (!find_m(thread, g, &m) || !read_m(m, &curg, &p)) {
		count_drop(DROP_STACK);
		return 0;
	}
	return stack_of(regs, is_at_entry, g, curg, depth, thread->pid);
}

static __always_inline int call(struct thread_state *thread, go_regs *regs)
{
	__u64 operands = bpf_get_attach_cookie(regs) >> COOKIE_OPERANDS_SHIFT;
	__u32 flags = operands >> CALL_FLAGS_SHIFT, site = operands >> CALL_SITE_SHIFT & 0xf;
	struct change change = { .kind = (__u8)operands, .p = -1 };
	__u64 object, value, detail, pc;

	if (!call_goroutine(thread, GO_G(regs), &change) ||
	    !call_source(regs, operands, CALL_VALUE_SHIFT, &value) ||
	    !call_source(regs, operands, CALL_DETAIL_SHIFT, &detail))
		goto bad_read;
	object = call_argument(regs, operands >> CALL_OBJECT_SHIFT & 0xf);
	detail &= 0xff;
	if (!(flags & CALL_FLAG_REASON))
		change.detail = detail;
	else if (detail < 64 && config.known_reasons >> (detail & 63) & 1)
		change.wait_reason = detail;
	if (flags & CALL_FLAG_SUBJECT) {
		change.by_goid = change.goid;
		if (!read_by_goid(&change.goid, thread, GO_ARG1(regs)))
			goto bad_read;
	}
	if (stack_config.has_calls && operands >> CALL_DEPTH_SHIFT & 0xff)
		pc = call_stack(thread, regs, operands);
	else if (site == CALL_SITE_CALLERS)
		read_callers(regs, true, &pc, &change.by_goid);
	else
		pc = call_argument(regs, site);
	send_full(thread, &change, object, value, pc);
	return 0;

bad_read:
	count_drop(DROP_BAD_READ);
	return 0;
}

#endif /* XGOTOP_CALL_BPF_H */
