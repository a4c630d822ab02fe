// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Turns what one Go program's runtime does into a stream of struct event.
 *
 * One program for each action (PROBE_ACTIONS). It reads, fills one slot, publishes; it keeps
 * nothing but what a thread's next hit can do without reading again. What the runtime only
 * pretends is left out here, as Go's execution tracer leaves it out (docs/format.md, "Events").
 *
 * Beside the trap (some 550 ns) each helper costs 30 to 100 ns by machine, a read of user
 * memory the more the longer: hence few calls, and short reads.
 * An event that cannot be sent is counted in `ring.drops`.
 */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#include "event.h"
#include "config.h"
#include "go-registers.h"
#include "follow.bpf.h"
#include "thread-state.bpf.h"
#include "go-memory.bpf.h"
#include "send.bpf.h"
#include "stack.bpf.h"
#include "process-end.bpf.h"
#include "call.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* Statuses of goroutines, runtime2.go. */
enum {
	G_IDLE = 0,
	G_RUNNABLE = 1,
	G_RUNNING = 2,
	G_SYSCALL = 3,
	G_WAITING = 4,
	G_DEAD = 6,
	G_COPYSTACK = 8,
	G_DEADEXTRA = 11,
	G_SCAN = 0x1000,
};

static __always_inline bool is_in(__u64 reasons, __u8 reason)
{
	return reason < 64 && (reasons >> (reason & 63) & 1);
}

/* g.goid .. g.startpc of a new goroutine; sends its creation. */
static __always_inline int send_create(struct thread_state *thread, struct change *change, __u64 newg,
				       __u64 curg)
{
	__u64 tail[G_TAIL_MAX / 8];
	__u64 startpc, gopc, stack = 0;

	if (!read_user(tail, config.g_startpc + 8 - config.g_goid, newg + config.g_goid))
		goto bad_read;
	change->kind = EVENT_GO_CREATE;
	change->goid = tail[0];
	startpc = *(__u64 *)((char *)tail + (config.g_startpc - config.g_goid));
	gopc = *(__u64 *)((char *)tail + (config.g_gopc - config.g_goid));
	if (config.g_parent_goid >= 0)
		change->by_goid =
			*(__u64 *)((char *)tail + (config.g_parent_goid - config.g_goid));
	else if (curg && !read_goid(&change->by_goid, curg))
		goto bad_read;
	if (stack_config.sched_depth && curg)
		stack = saved_stack(curg, false, stack_config.sched_depth, thread->pid);
	send_full(thread, change, startpc, gopc, stack);
	return 0;

bad_read:
	count_drop(DROP_BAD_READ);
	return 0;
}

/*
 * Where a goroutine was when it stopped, or was when it woke another. Who starts to run, ends or
 * leaves a system call has no stack that would say something.
 */
static __always_inline __u64 state_stack(go_regs *regs, bool is_at_entry, __u64 g, __u64 gp,
					 __u64 curg, __u32 from, __u32 to, __u8 kind,
					 __u32 pid)
{
	const __u32 depth = stack_config.sched_depth;

	if (!depth || kind != EVENT_GO_STATE || to == G_RUNNING)
		return 0;
	if (from == G_RUNNING)
		return g == gp ? current_stack(regs, is_at_entry, depth, pid) :
				 saved_stack(gp, to != G_SYSCALL, depth, pid);
	return from == G_WAITING ? stack_of(regs, is_at_entry, g, curg, depth, pid) : 0;
}

static __always_inline void send_state(const struct thread_state *thread,
				       const struct change *change, __u64 stack)
{
	if (stack_config.sched_depth)
		send_full(thread, change, 0, 0, stack);
	else
		send(thread, change);
}

/* casgstatus(gp, from, to), called on `g`: every change of state but those made by a bare CAS. */
static __always_inline int casgstatus(struct thread_state *thread, go_regs *regs, bool is_at_entry,
				      __u64 g, __u64 gp, __u32 from, __u32 to)
{
	struct change change = {};
	struct g_head head;
	__u64 m, curg, p = 0;
	bool creates, is_stopping, is_goid_known, is_reason_needed;

	/* Scan bits: the collector holds the goroutine for a moment. */
	if ((from | to) & G_SCAN)
		return 0;
	/* A g struct comes into being; no goroutine yet. */
	if (from == G_IDLE)
		return 0;
	/* A stack grows. */
	if (from == G_COPYSTACK || to == G_COPYSTACK)
		return 0;
	creates = from == G_DEAD && (to == G_RUNNABLE || to == G_WAITING);
	if (creates && !(to == G_RUNNABLE ? config.create_from_cas : config.create_parked_from_cas))
		return 0;
	if (!config.cas_tells_syscalls) {
		/* exitsyscall's bare CAS met a scan bit; PROBE_SYSCALL_EXIT has told. */
		if (from == G_SYSCALL && to == G_RUNNING)
			return 0;
		/* The same of reentersyscall; entersyscallblock has no probe of its own. */
		if (from == G_RUNNING && to == G_SYSCALL && thread->syscall_g == short_address(gp))
			return 0;
		if (from == G_RUNNABLE && to == G_RUNNING)
			thread->syscall_g = 0;
	}

	is_stopping = from == G_RUNNING && thread->running_g == gp;
	/* What was read when it started is true until it stops. */
	is_goid_known = is_stopping && config.tracks_running;
	is_reason_needed = to == G_WAITING || (from == G_WAITING && to == G_RUNNING);
	if (is_goid_known) {
		change.goid = thread->running_goid;
		if (is_reason_needed && !read_wait_reason(&change.wait_reason, gp))
			goto bad_read;
	} else if (is_reason_needed || g == gp) {
		if (!read_g(&head, gp))
			goto bad_read;
		change.goid = head_goid(&head);
		change.wait_reason = head_wait_reason(&head);
	} else if (!read_goid(&change.goid, gp)) {
		goto bad_read;
	}
	/* It goes on running, on the system stack, and only looks parked to the collector. */
	if (((from == G_RUNNING && to == G_WAITING) || (from == G_WAITING && to == G_RUNNING)) &&
	    is_in(config.pretended_reasons, change.wait_reason)) {
		/* Changing GOMAXPROCS looks like this, and may give it another P. */
		thread->holds_p = 0;
		return 0;
	}
	if (to != G_WAITING || !is_in(config.known_reasons, change.wait_reason))
		change.wait_reason = 0;

	if (thread->holds_p && (is_stopping || (to != G_RUNNING && remembered(thread, g)))) {
		curg = thread->running_g;
		change.p = thread->p_id;
	} else {
		if (g == gp && !is_goid_known)
			m = head_m(&head);
		else if (!find_m(thread, g, &m))
			goto bad_read;
		if (!read_m(m, &curg, &p))
			goto bad_read;
		change.p = p_number(thread, p);
	}
	change.to = to;
	if (creates)
		return send_create(thread, &change, gp, curg);

	if (curg == gp)
		change.by_goid = change.goid;
	else if (curg && !read_by_goid(&change.by_goid, thread, curg))
		goto bad_read;
	if (to == G_RUNNING) {
		thread->running_g = gp;
		thread->running_goid = change.goid;
		thread->holds_p = p && p == thread->p;
	} else if (gp == thread->running_g) {
		/* In a system call it stays on its thread, but not with its P. */
		thread->holds_p = 0;
		if (to != G_SYSCALL)
			thread->running_g = 0;
	}
	change.from = from;
	change.kind = (from == G_RUNNING || from == G_SYSCALL) &&
				      (to == G_DEAD || to == G_DEADEXTRA) ?
			      EVENT_GO_EXIT :
			      EVENT_GO_STATE;
	send_state(thread, &change,
		   state_stack(regs, is_at_entry, g, gp, curg, from, to, change.kind,
			       thread->pid));
	return 0;

bad_read:
	count_drop(DROP_BAD_READ);
	return 0;
}

static __always_inline __u32 operand(const go_regs *regs, __u64 operands, __u32 shift)
{
	__u32 code = operands >> shift & 0x1f;

	return code < 16 ? go_register(regs, code) : code - 16;
}

/* Where casgstatus was inlined, or the status is swapped without it (coroutines). */
static __always_inline int status_swap(struct thread_state *thread, go_regs *regs)
{
	__u64 operands = bpf_get_attach_cookie(regs) >> COOKIE_OPERANDS_SHIFT;
	__u64 gp = go_register(regs, operands & 0xf);
	__u32 from = operand(regs, operands, OPERANDS_FROM_SHIFT), status;

	switch (operands >> OPERANDS_COUNTS_SHIFT & 3) {
	case SWAP_ZERO:
		if (!GO_IS_ZERO(regs))
			return 0;
		break;
	case SWAP_NOT_ZERO:
		if (GO_IS_ZERO(regs))
			return 0;
		break;
	case SWAP_STATUS_IS_FROM:
		if (!read_user(&status, sizeof(status), gp + config.g_status)) {
			count_drop(DROP_BAD_READ);
			return 0;
		}
		if (status != from)
			return 0;
	}
	return casgstatus(thread, regs, false, GO_G(regs), gp, from, operand(regs, operands, OPERANDS_TO_SHIFT));
}

/* The goroutine `newg` is complete and about to become visible; the thread is on g0. */
static __always_inline int create(struct thread_state *thread, __u64 g, __u64 newg, __u8 to)
{
	struct change change = { .to = to };
	__u64 m, curg, p;

	if (thread->holds_p && remembered(thread, g)) {
		curg = thread->running_g;
		change.p = thread->p_id;
	} else if (find_m(thread, g, &m) && read_m(m, &curg, &p)) {
		change.p = p_number(thread, p);
	} else {
		count_drop(DROP_BAD_READ);
		return 0;
	}
	if (to == G_WAITING && !read_wait_reason(&change.wait_reason, newg)) {
		count_drop(DROP_BAD_READ);
		return 0;
	}
	return send_create(thread, &change, newg, curg);
}

static __always_inline int create_at(struct thread_state *thread, go_regs *regs)
{
	__u64 operands = bpf_get_attach_cookie(regs) >> COOKIE_OPERANDS_SHIFT;

	return create(thread, GO_G(regs), go_register(regs, operands & 0xf),
		      operand(regs, operands, OPERANDS_TO_SHIFT));
}

/* reentersyscall: the goroutine is still running and holds its P. */
static __always_inline int syscall_enter(struct thread_state *thread, go_regs *regs)
{
	struct change change = { .kind = EVENT_GO_STATE, .from = G_RUNNING, .to = G_SYSCALL };
	__u64 g = GO_G(regs), curg, p;
	struct g_head head;

	if (config.tracks_running && thread->holds_p && g == thread->running_g) {
		change.goid = thread->running_goid;
		change.p = thread->p_id;
	} else if (read_g(&head, g) && read_m(head_m(&head), &curg, &p)) {
		change.goid = head_goid(&head);
		change.p = p_number(thread, p);
	} else {
		count_drop(DROP_BAD_READ);
		return 0;
	}
	thread->syscall_g = short_address(g);
	thread->holds_p = 0;
	change.by_goid = change.goid;
	send_state(thread, &change,
		   stack_config.sched_depth ?
			   current_stack(regs, true, stack_config.sched_depth, thread->pid) :
			   0);
	return 0;
}

/* exitsyscall: what becomes of its P is not decided yet, so m.p would be stale. */
static __always_inline int syscall_exit(struct thread_state *thread, go_regs *regs)
{
	struct change change = {
		.kind = EVENT_GO_STATE, .from = G_SYSCALL, .to = G_RUNNING, .p = -1
	};
	struct g_head head;

	thread->syscall_g = 0;
	if (!read_g(&head, GO_G(regs))) {
		count_drop(DROP_BAD_READ);
		return 0;
	}
	if ((head_status(&head) & ~G_SCAN) != G_SYSCALL)
		return 0;
	change.goid = change.by_goid = head_goid(&head);
	/* For one that started before the probes; those who stop are told by casgstatus. */
	thread->running_g = GO_G(regs);
	thread->running_goid = change.goid;
	thread->holds_p = 0;
	send_state(thread, &change, 0);
	return 0;
}

/*
 * preemptPark(gp), on g0: the goroutine stops so that the collector can scan its stack. Its
 * status goes through scan bits by bare CAS; what casgstatus tells is only 4->1 afterwards.
 */
static __always_inline int preempt_park(struct thread_state *thread, go_regs *regs)
{
	struct change change = { .kind = EVENT_GO_STATE, .from = G_RUNNING, .to = G_WAITING };
	struct g_head head;
	__u64 curg, p;

	thread->running_g = 0;
	thread->holds_p = 0;
	if (!read_g(&head, GO_ARG1(regs)) || !read_m(head_m(&head), &curg, &p)) {
		count_drop(DROP_BAD_READ);
		return 0;
	}
	change.goid = change.by_goid = head_goid(&head);
	change.wait_reason = config.preempted_reason;
	change.p = p_number(thread, p);
	send_state(thread, &change,
		   stack_config.sched_depth ?
			   saved_stack(GO_ARG1(regs), true, stack_config.sched_depth, thread->pid) :
			   0);
	return 0;
}

/* Whether a leaf of mallocgc returns to it, which has told already. */
static __always_inline bool is_called_by_mallocgc(go_regs *regs, __u64 pc)
{
	__u64 operands = bpf_get_attach_cookie(regs) >> COOKIE_OPERANDS_SHIFT;
	__u64 mallocgc = GO_PC(regs) + (__s32)operands;
	__u32 length = operands >> OPERANDS_LENGTH_SHIFT &
		       ((1u << (COOKIE_SITE_SHIFT - COOKIE_OPERANDS_SHIFT -
				OPERANDS_LENGTH_SHIFT)) - 1);

	return pc - mallocgc < length;
}

/* mallocgc(size, typ, needzero), or a leaf of it with the same first two arguments. */
static __always_inline int mallocgc(struct thread_state *thread, go_regs *regs, bool is_leaf)
{
	struct change change = { .kind = EVENT_ALLOC, .p = -1 };
	__u64 size = GO_ARG1(regs), g = GO_G(regs), pc;
	struct g_head head;

	/* The address of zerobase: nothing is allocated. */
	if (!size)
		return 0;
	if (config.tracks_running && g == thread->running_g) {
		change.goid = thread->running_goid;
	} else if (!read_g(&head, g) || !find_goid(&head, &change.goid)) {
		count_drop(DROP_BAD_READ);
		return 0;
	}
	read_callers(regs, !config.caller_tells_allocator, &pc, &change.by_goid);
	if (is_leaf && is_called_by_mallocgc(regs, pc))
		return 0;
	if (stack_config.alloc_depth) {
		/* It has the return addresses. */
		change.by_goid = 0;
		pc = current_stack(regs, true, stack_config.alloc_depth, thread->pid);
	}
	send_full(thread, &change, size, GO_ARG2(regs), pc);
	return 0;
}

/* Events about the program as a whole: seldom, so nothing is saved. */
static __always_inline int program_event(struct thread_state *thread, go_regs *regs, enum event_kind kind,
				      __u8 detail)
{
	struct change change = { .kind = kind, .detail = detail };
	struct g_head head;
	__u64 curg, p;

	if (!read_g(&head, GO_G(regs)) || !find_goid(&head, &change.by_goid) ||
	    !read_m(head_m(&head), &curg, &p)) {
		count_drop(DROP_BAD_READ);
		return 0;
	}
	change.p = p_number(thread, p);
	if (stack_config.gc_depth)
		send_full(thread, &change, 0, 0,
			  stack_of(regs, true, GO_G(regs), curg, stack_config.gc_depth,
				   thread->pid));
	else
		send(thread, &change);
	return 0;
}

/* What all handlers begin with: the thread, NULL when the hit is none. */
static __always_inline struct thread_state *hit(struct thread_state *forgotten, go_regs *regs,
						enum probe_action action)
{
	if (config.stack_checks >> action & 1 && GO_STACK_CHECK_TAKEN(regs) &&
	    bpf_get_attach_cookie(regs) & PROBE_FLAG_STACK_CHECK)
		return NULL;
	return current_thread(forgotten);
}

/* In two functions, so that the frames of a first hit and of the handler are not added. */
#define PROBE(action, name, handler)                                                         \
	static __noinline int name##_rest(go_regs *regs)                                     \
	{                                                                                    \
		struct thread_state forgotten, *thread = hit(&forgotten, regs, action);      \
		return thread ? handler : 0;                                                 \
	}                                                                                    \
	SEC("uprobe")                                                                        \
	int name(go_regs *regs)                                                              \
	{                                                                                    \
		return known_thread() || introduce(regs) ? name##_rest(regs) : 0;            \
	}

#include "short.bpf.h"

/* Whether a program with a short way records stacks, which are long. */
#define STACKS_OF(action)                                                                    \
	((action) == PROBE_MALLOCGC ? stack_config.alloc_depth : stack_config.sched_depth)

/* `short_handler` is asked first, and `handler` when it says NEEDS_MORE. */
#define PROBE_IN_TWO(action, name, short_handler, handler)                                   \
	static __noinline int name##_rest(go_regs *regs)                                     \
	{                                                                                    \
		struct thread_state forgotten, *thread = hit(&forgotten, regs, action);      \
		return thread ? handler : 0;                                                 \
	}                                                                                    \
	SEC("uprobe")                                                                        \
	int name(go_regs *regs)                                                              \
	{                                                                                    \
		struct thread_state *thread = known_thread();                                \
		if (thread && !(config.stack_checks >> action & 1) && !STACKS_OF(action) &&  \
		    short_handler != NEEDS_MORE)                                             \
			return 0;                                                            \
		return thread || introduce(regs) ? name##_rest(regs) : 0;                    \
	}

PROBE_IN_TWO(PROBE_CASGSTATUS, on_casgstatus, short_casgstatus(thread, regs),
	     casgstatus(thread, regs, true, GO_G(regs), GO_ARG1(regs), GO_ARG2(regs),
			GO_ARG3(regs)))
PROBE(PROBE_STATUS_SWAP, on_status_swap, status_swap(thread, regs))
/* The call of runqput(pp, newg, next) in newproc.func1. */
PROBE(PROBE_RUNQPUT_CALL, on_runqput_call,
      create(thread, GO_G(regs), GO_ARG2(regs), G_RUNNABLE))
PROBE(PROBE_CREATE_AT, on_create_at, create_at(thread, regs))
PROBE_IN_TWO(PROBE_MALLOCGC, on_mallocgc, short_mallocgc(thread, regs),
	     mallocgc(thread, regs, false))
PROBE(PROBE_MALLOCGC_LEAF, on_mallocgc_leaf, mallocgc(thread, regs, true))
PROBE(PROBE_CALL, on_call, call(thread, regs))
PROBE(PROBE_SYSCALL_ENTER, on_syscall_enter, syscall_enter(thread, regs))
PROBE(PROBE_SYSCALL_EXIT, on_syscall_exit, syscall_exit(thread, regs))
PROBE(PROBE_PREEMPT_PARK, on_preempt_park, preempt_park(thread, regs))
PROBE(PROBE_GC_BEGIN, on_gc_begin, program_event(thread, regs, EVENT_GC_BEGIN, 0))
PROBE(PROBE_GC_END, on_gc_end, program_event(thread, regs, EVENT_GC_END, 0))
PROBE(PROBE_STW_BEGIN, on_stw_begin,
      program_event(thread, regs, EVENT_STW_BEGIN, (__u8)GO_ARG1(regs)))
PROBE(PROBE_STW_END, on_stw_end, program_event(thread, regs, EVENT_STW_END, 0))

SEC("uprobe")
int on_empty(go_regs *regs)
{
	return 0;
}
