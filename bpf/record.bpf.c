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

char LICENSE[] SEC("license") = "Dual MIT/GPL";

const volatile struct record_config config SEC(".rodata.config") = {};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096); /* set by user space */
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, DROP_REASONS);
	__type(key, __u32);
	__type(value, __u64);
} drops SEC(".maps");

/* What is known of a thread. All zero at its first hit. */
struct thread_state {
	__u64 g0; /* a g whose goid is 0, and the M it belongs to for good */
	__u64 m;
	__u64 p; /* the P last seen, and its number; Go never frees a P */
	__u64 running_g; /* seen starting to run, on this P and since then in no system call */
	__u64 syscall_g; /* told that it entered a system call, not yet that it left */
	__s32 p_id;
	__u32 is_announced; /* EVENT_THREAD was sent */
};

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

/* Bytes of stack read at once to find two return addresses. */
#define STACK_READ 200

/* One hit of a probe, as far as every action needs it. */
struct hit {
	struct thread_state *thread;
	__u32 pid;
	__u32 tid;
};

/* The short part of an event that differs between actions. */
struct change {
	__u64 goid;
	__u64 by_goid;
	__s16 p;
	__u8 kind;
	__u8 from;
	__u8 to;
	__u8 wait_reason;
	__u8 detail;
};

static __always_inline void count_drop(enum drop_reason reason)
{
	__u32 key = reason;
	__u64 *count = bpf_map_lookup_elem(&drops, &key);

	if (count)
		*count += 1;
}

static __always_inline bool read_user(void *to, __u32 size, __u64 address)
{
	return bpf_probe_read_user(to, size, (const void *)address) == 0;
}

static __always_inline void fill(struct event *ev, const struct hit *hit, __u64 time_ns,
				 const struct change *change)
{
	ev->time_ns = time_ns;
	ev->goid = change->goid;
	ev->by_goid = change->by_goid;
	ev->pid = hit->pid;
	ev->tid = hit->tid;
	ev->p = change->p;
	ev->kind = change->kind;
	ev->from = change->from;
	ev->to = change->to;
	ev->wait_reason = change->wait_reason;
	ev->detail = change->detail;
	ev->unused = 0;
}

static __always_inline void send(const struct hit *hit, const struct change *change)
{
	/* Before the reserve, which may wait for another CPU's. */
	__u64 time_ns = bpf_ktime_get_ns();
	struct event *ev = bpf_ringbuf_reserve(&events, EVENT_SHORT_SIZE, 0);

	if (!ev) {
		count_drop(DROP_RING_FULL);
		return;
	}
	fill(ev, hit, time_ns, change);
	/* A wake-up costs more than the trap; the reader polls. */
	bpf_ringbuf_submit(ev, BPF_RB_NO_WAKEUP);
}

static __always_inline void send_full(const struct hit *hit, const struct change *change,
				      __u64 arg0, __u64 arg1, __u64 pc0, __u64 pc1)
{
	__u64 time_ns = bpf_ktime_get_ns();
	struct event *ev = bpf_ringbuf_reserve(&events, sizeof(*ev), 0);

	if (!ev) {
		count_drop(DROP_RING_FULL);
		return;
	}
	fill(ev, hit, time_ns, change);
	ev->arg0 = arg0;
	ev->arg1 = arg1;
	ev->pc[0] = pc0;
	ev->pc[1] = pc1;
	bpf_ringbuf_submit(ev, BPF_RB_NO_WAKEUP);
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
		return (__s16)thread->p_id;
	if (!read_user(&id, sizeof(id), p + config.p_id))
		return -1;
	thread->p = p;
	thread->p_id = id;
	return (__s16)id;
}

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

/* The return address of the probed function, and that of its caller; 0 when unreadable. */
static __always_inline void read_callers(go_regs *regs, __u64 *pc0, __u64 *pc1)
{
	__u64 fp = GO_FP(regs);

	*pc0 = GO_RETURN(regs);
	*pc1 = 0;
	if (GO_RETURN_ON_STACK) {
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
