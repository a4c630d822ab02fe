/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The way out: events into the rings, and the counting of those that do not fit.
 *
 * The rings are plain arrays that user space maps, not BPF_MAP_TYPE_RINGBUF: its two helper
 * calls cost 60 ns a hit where returns are mitigated, lookups in an array are inlined. A hit may
 * be interrupted by another on the same CPU at any instruction; hence the compare and swap. The
 * reader is never woken, it polls: a wake-up costs more than the trap.
 */
#ifndef XGOTOP_SEND_BPF_H
#define XGOTOP_SEND_BPF_H

/* Of both maps user space sets max_entries. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ring);
} rings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct event);
} slots SEC(".maps");

/* Hits that meet another's reservation this often in a row do not exist on rings of one CPU. */
#define RESERVE_TRIES 16

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

static __always_inline __u32 ring_index(void)
{
	__u32 index = bpf_get_smp_processor_id();

	return index < config.ring_count ? index : index % config.ring_count;
}

static __always_inline void count_drop(enum drop_reason reason)
{
	__u32 index = ring_index();
	struct ring *ring = bpf_map_lookup_elem(&rings, &index);

	if (ring && *(volatile __u64 *)&ring->is_open)
		__sync_fetch_and_add(&ring->drops[reason], 1);
}

/* The slot of the next event and the lap to publish it with; NULL, and counted if asked for, when full. */
static __always_inline struct event *reserve(__u8 *lap, bool is_counted)
{
	__u32 index = ring_index(), slot;
	struct ring *ring = bpf_map_lookup_elem(&rings, &index);
	__u64 head;

	if (!ring || !*(volatile __u64 *)&ring->is_open)
		return NULL;
	for (int i = 0; i < RESERVE_TRIES; i++) {
		head = *(volatile __u64 *)&ring->head;
		if (head - *(volatile __u64 *)&ring->tail >= 1ull << config.ring_slots_log2)
			break;
		if (__sync_val_compare_and_swap(&ring->head, head, head + 1) != head)
			continue;
		*lap = (head >> config.ring_slots_log2) + 1;
		slot = (index << config.ring_slots_log2) |
		       (head & ((1ull << config.ring_slots_log2) - 1));
		return bpf_map_lookup_elem(&slots, &slot);
	}
	if (is_counted)
		__sync_fetch_and_add(&ring->drops[DROP_RING_FULL], 1);
	return NULL;
}

static __always_inline void publish(struct event *ev, __u8 lap)
{
#if defined(__TARGET_ARCH_x86)
	/* Stores are seen in their order. */
	barrier();
	*(volatile __u8 *)&ev->lap = lap;
#else
	/* A fetching atomic operation is a full barrier; it writes the four bytes that end in lap. */
	__u32 *word = (__u32 *)&ev->to;
	__u32 value = ev->to | ev->wait_reason << 8 | ev->detail << 16 | (__u32)lap << 24;

	__sync_lock_test_and_set(word, value);
#endif
}

static __always_inline void fill(struct event *ev, const struct thread_state *thread, __u64 time_ns,
				 const struct change *change)
{
	ev->time_ns = time_ns;
	ev->goid = change->goid;
	ev->by_goid = change->by_goid;
	ev->pid = thread->pid;
	ev->tid = thread->tid;
	ev->p = change->p;
	ev->kind = change->kind;
	ev->from = change->from;
	ev->to = change->to;
	ev->wait_reason = change->wait_reason;
	ev->detail = change->detail;
}

static __always_inline void send(const struct thread_state *thread, const struct change *change)
{
	__u64 time_ns = bpf_ktime_get_ns();
	__u8 lap;
	struct event *ev = reserve(&lap, true);

	if (!ev)
		return;
	fill(ev, thread, time_ns, change);
	publish(ev, lap);
}

/* False when it did not fit. What only introduces a thread is tried again: no loss. */
static __always_inline bool send_full(const struct thread_state *thread, const struct change *change,
				      __u64 arg0, __u64 arg1, __u64 arg2)
{
	__u64 time_ns = bpf_ktime_get_ns();
	__u8 lap;
	struct event *ev = reserve(&lap, change->kind != EVENT_THREAD);

	if (!ev)
		return false;
	fill(ev, thread, time_ns, change);
	ev->arg0 = arg0;
	ev->arg1 = arg1;
	ev->arg2 = arg2;
	publish(ev, lap);
	return true;
}

#endif /* XGOTOP_SEND_BPF_H */
