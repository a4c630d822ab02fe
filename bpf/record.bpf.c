// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Turns what one Go program's runtime does into a stream of struct event.
 *
 * One program for all probes: the low byte of a probe's cookie says what to do.
 * It reads, fills one record, submits; it keeps nothing but what a thread's next
 * hit can do without reading again. What the runtime only pretends is left out here,
 * as Go's execution tracer leaves it out (docs/format.md, "Events").
 *
 * A trap costs some 550 ns, a read of user memory 35 ns whatever its size up to
 * 200 bytes, the clock 30 ns, a record 33 ns: hence few reads of whole blocks.
 * An event that cannot be sent is counted in `drops`.
 */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>

#include "event.h"
#include "config.h"
#include "go-registers.h"
#include "go-memory.bpf.h"
#include "send.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct thread_state);
} threads SEC(".maps");

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
static __always_inline int send_create(const struct hit *hit, struct change *change, __u64 newg,
				       __u64 curg)
{
	__u64 tail[G_TAIL_MAX / 8];
	__u64 startpc, gopc;

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
	send_full(hit, change, startpc, gopc, 0, 0);
	return 0;

bad_read:
	count_drop(DROP_BAD_READ);
	return 0;
}

/* casgstatus(gp, from, to): every change of state but those made by a bare CAS. */
static __always_inline int on_casgstatus(const struct hit *hit, go_regs *regs)
{
	__u64 gp = GO_ARG1(regs), g = GO_G(regs);
	__u32 from = GO_ARG2(regs), to = GO_ARG3(regs);
	struct thread_state *thread = hit->thread;
	struct change change = {};
	struct g_head head;
	__u64 m, curg, p;
	bool creates;

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
		if (from == G_RUNNING && to == G_SYSCALL && thread->syscall_g == gp)
			return 0;
		if (from == G_RUNNABLE && to == G_RUNNING)
			thread->syscall_g = 0;
	}

	if (!read_g(&head, gp))
		goto bad_read;
	change.wait_reason = head_wait_reason(&head);
	/* It goes on running, on the system stack, and only looks parked to the collector. */
	if (((from == G_RUNNING && to == G_WAITING) || (from == G_WAITING && to == G_RUNNING)) &&
	    is_in(config.pretended_reasons, change.wait_reason))
		return 0;
	if (to != G_WAITING || !is_in(config.known_reasons, change.wait_reason))
		change.wait_reason = 0;

	if (from == G_RUNNING && thread->running_g == gp) {
		/* What it read when it started is true until it stops, so one read is saved. */
		curg = gp;
		change.p = (__s16)thread->p_id;
		thread->running_g = 0;
	} else {
		if (g == gp)
			m = head_m(&head);
		else if (!find_m(thread, g, &m))
			goto bad_read;
		if (!read_m(m, &curg, &p))
			goto bad_read;
		change.p = p_number(thread, p);
		if (to == G_RUNNING)
			thread->running_g = from == G_RUNNABLE && p && p == thread->p ? gp : 0;
	}
	change.to = to;
	if (creates)
		return send_create(hit, &change, gp, curg);

	change.goid = head_goid(&head);
	if (curg == gp)
		change.by_goid = change.goid;
	else if (curg && !read_goid(&change.by_goid, curg))
		goto bad_read;
	change.from = from;
	change.kind = (from == G_RUNNING || from == G_SYSCALL) &&
				      (to == G_DEAD || to == G_DEADEXTRA) ?
			      EVENT_GO_EXIT :
			      EVENT_GO_STATE;
	send(hit, &change);
	return 0;

bad_read:
	count_drop(DROP_BAD_READ);
	return 0;
}

/* The call of runqput(pp, newg, next) in newproc.func1, on g0. */
static __always_inline int on_runqput_call(const struct hit *hit, go_regs *regs)
{
	struct change change = { .to = G_RUNNABLE };
	__u64 m, curg, p;

	if (!find_m(hit->thread, GO_G(regs), &m) || !read_m(m, &curg, &p)) {
		count_drop(DROP_BAD_READ);
		return 0;
	}
	change.p = p_number(hit->thread, p);
	return send_create(hit, &change, GO_ARG2(regs), curg);
}

/* reentersyscall: the goroutine is still running and holds its P. */
static __always_inline int on_syscall_enter(const struct hit *hit, go_regs *regs)
{
	struct change change = { .kind = EVENT_GO_STATE, .from = G_RUNNING, .to = G_SYSCALL };
	struct g_head head;
	__u64 curg, p;

	if (!read_g(&head, GO_G(regs)) || !read_m(head_m(&head), &curg, &p)) {
		count_drop(DROP_BAD_READ);
		return 0;
	}
	hit->thread->syscall_g = GO_G(regs);
	hit->thread->running_g = 0;
	change.goid = change.by_goid = head_goid(&head);
	change.p = p_number(hit->thread, p);
	send(hit, &change);
	return 0;
}

/* exitsyscall: what becomes of its P is not decided yet, so m.p would be stale. */
static __always_inline int on_syscall_exit(const struct hit *hit, go_regs *regs)
{
	struct change change = {
		.kind = EVENT_GO_STATE, .from = G_SYSCALL, .to = G_RUNNING, .p = -1
	};
	struct g_head head;

	hit->thread->syscall_g = 0;
	if (!read_g(&head, GO_G(regs))) {
		count_drop(DROP_BAD_READ);
		return 0;
	}
	if ((head_status(&head) & ~G_SCAN) != G_SYSCALL)
		return 0;
	change.goid = change.by_goid = head_goid(&head);
	send(hit, &change);
	return 0;
}

/*
 * preemptPark(gp), on g0: the goroutine stops so that the collector can scan its stack. Its
 * status goes through scan bits by bare CAS; what casgstatus tells is only 4->1 afterwards.
 */
static __always_inline int on_preempt_park(const struct hit *hit, go_regs *regs)
{
	struct change change = { .kind = EVENT_GO_STATE, .from = G_RUNNING, .to = G_WAITING };
	struct g_head head;
	__u64 curg, p;

	if (!read_g(&head, GO_ARG1(regs)) || !read_m(head_m(&head), &curg, &p)) {
		count_drop(DROP_BAD_READ);
		return 0;
	}
	change.goid = change.by_goid = head_goid(&head);
	change.wait_reason = config.preempted_reason;
	change.p = p_number(hit->thread, p);
	send(hit, &change);
	return 0;
}

/* mallocgc(size, typ, needzero), or a leaf of it with the same first two arguments. */
static __always_inline int on_mallocgc(const struct hit *hit, go_regs *regs)
{
	struct change change = { .kind = EVENT_ALLOC, .p = -1 };
	__u64 size = GO_ARG1(regs), pc0, pc1;
	struct g_head head;

	/* The address of zerobase: nothing is allocated. */
	if (!size)
		return 0;
	if (!read_g(&head, GO_G(regs)) || !find_goid(&head, &change.goid)) {
		count_drop(DROP_BAD_READ);
		return 0;
	}
	change.by_goid = change.goid;
	read_callers(regs, &pc0, &pc1);
	send_full(hit, &change, size, GO_ARG2(regs), pc0, pc1);
	return 0;
}

/* Events about the program as a whole: seldom, so nothing is saved. */
static __always_inline int on_program(const struct hit *hit, go_regs *regs, enum event_kind kind,
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
	change.p = p_number(hit->thread, p);
	send(hit, &change);
	return 0;
}

static __always_inline void announce(const struct hit *hit, go_regs *regs, __u64 site)
{
	__u64 time_ns = bpf_ktime_get_ns();
	const struct change change = { .kind = EVENT_THREAD, .p = -1 };
	struct event *ev = bpf_ringbuf_reserve(&events, sizeof(*ev), 0);

	if (!ev)
		return; /* the thread's next hit tries again */
	fill(ev, hit, time_ns, &change);
	ev->arg0 = GO_PC(regs);
	ev->arg1 = site;
	ev->pc[0] = 0;
	ev->pc[1] = 0;
	bpf_ringbuf_submit(ev, BPF_RB_NO_WAKEUP);
	hit->thread->is_announced = 1;
}

/* Process and thread as the recorder's PID namespace numbers them. */
static __always_inline bool identify(struct hit *hit)
{
	struct bpf_pidns_info ids;
	__u64 pid_tgid;

	if (config.pidns_inode) {
		if (bpf_get_ns_current_pid_tgid(config.pidns_dev, config.pidns_inode, &ids,
						sizeof(ids)))
			return false;
		hit->pid = ids.tgid;
		hit->tid = ids.pid;
	} else {
		pid_tgid = bpf_get_current_pid_tgid();
		hit->pid = pid_tgid >> 32;
		hit->tid = (__u32)pid_tgid;
	}
	return hit->pid == config.target_tgid;
}

SEC("uprobe")
int on_probe(go_regs *regs)
{
	__u64 cookie = bpf_get_attach_cookie(regs);
	__u32 action = cookie & 0x7f;
	struct thread_state forgotten = {};
	struct hit hit = {};

	if (action == PROBE_EMPTY)
		return 0;
	if (!identify(&hit))
		return 0;
	if ((cookie & PROBE_FLAG_STACK_CHECK) && GO_STACK_CHECK_TAKEN(regs))
		return 0;

	if (config.has_task_storage)
		hit.thread = bpf_task_storage_get(&threads, bpf_get_current_task_btf(), 0,
						  BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!hit.thread)
		hit.thread = &forgotten; /* everything is read, nothing is announced */
	else if (!hit.thread->is_announced)
		announce(&hit, regs, cookie >> 8);

	switch (action) {
	case PROBE_CASGSTATUS:
		return on_casgstatus(&hit, regs);
	case PROBE_RUNQPUT_CALL:
		return on_runqput_call(&hit, regs);
	case PROBE_MALLOCGC:
		return on_mallocgc(&hit, regs);
	case PROBE_SYSCALL_ENTER:
		return on_syscall_enter(&hit, regs);
	case PROBE_SYSCALL_EXIT:
		return on_syscall_exit(&hit, regs);
	case PROBE_PREEMPT_PARK:
		return on_preempt_park(&hit, regs);
	case PROBE_GC_BEGIN:
		return on_program(&hit, regs, EVENT_GC_BEGIN, 0);
	case PROBE_GC_END:
		return on_program(&hit, regs, EVENT_GC_END, 0);
	case PROBE_STW_BEGIN:
		return on_program(&hit, regs, EVENT_STW_BEGIN, (__u8)GO_ARG1(regs));
	case PROBE_STW_END:
		return on_program(&hit, regs, EVENT_STW_END, 0);
	}
	return 0;
}
