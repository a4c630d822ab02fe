/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The way out: events into the ring, and the counting of those that do not fit.
 *
 * A record costs 33 ns, the clock 30 ns. Reserved sizes are constants, and the reader is never
 * woken: that would cost more than the trap.
 */
#ifndef XGOTOP_SEND_BPF_H
#define XGOTOP_SEND_BPF_H

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

static __always_inline void fill(struct event *ev, const struct thread_state *thread, __u64 time_ns,
				 const struct change *change)
{
	ev->time_ns = time_ns;
	ev->goid = change->goid;
	ev->by_goid = change->by_goid;
	ev->pid = config.target_tgid;
	ev->tid = thread->tid;
	ev->p = change->p;
	ev->kind = change->kind;
	ev->from = change->from;
	ev->to = change->to;
	ev->wait_reason = change->wait_reason;
	ev->detail = change->detail;
	ev->unused = 0;
}

static __always_inline void send(const struct thread_state *thread, const struct change *change)
{
	/* Before the reserve, which may wait for another CPU's. */
	__u64 time_ns = bpf_ktime_get_ns();
	struct event *ev = bpf_ringbuf_reserve(&events, EVENT_SHORT_SIZE, 0);

	if (!ev) {
		count_drop(DROP_RING_FULL);
		return;
	}
	fill(ev, thread, time_ns, change);
	/* A wake-up costs more than the trap; the reader polls. */
	bpf_ringbuf_submit(ev, BPF_RB_NO_WAKEUP);
}

static __always_inline void send_full(const struct thread_state *thread, const struct change *change,
				      __u64 arg0, __u64 arg1, __u64 pc0, __u64 pc1)
{
	__u64 time_ns = bpf_ktime_get_ns();
	struct event *ev = bpf_ringbuf_reserve(&events, sizeof(*ev), 0);

	if (!ev) {
		count_drop(DROP_RING_FULL);
		return;
	}
	fill(ev, thread, time_ns, change);
	ev->arg0 = arg0;
	ev->arg1 = arg1;
	ev->pc[0] = pc0;
	ev->pc[1] = pc1;
	bpf_ringbuf_submit(ev, BPF_RB_NO_WAKEUP);
}

#endif /* XGOTOP_SEND_BPF_H */
