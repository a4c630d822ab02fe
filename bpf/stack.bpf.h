/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The stack of a goroutine: return addresses by the chain of frame pointers, numbered.
 *
 * A piece of the stack is copied at once and the chain followed inside of the copy, which is
 * an eighth of the price of a read for each frame. Where the chain leaves the copy another
 * piece is copied: deep stacks, large frames, and the step from the system stack (g0) to the
 * goroutine's. A goroutine that does not run, or is on its system stack, is unwound from where
 * the runtime saved it, g.sched.
 *
 * Equal stacks have one number; a stack is sent when it is numbered, before any event that
 * refers to it. Go before 1.21 misses some frames: functions without a frame of their own.
 */
#ifndef XGOTOP_STACK_BPF_H
#define XGOTOP_STACK_BPF_H

#include "stack-record.h"

const volatile struct stack_config stack_config SEC(".rodata.stacks") = {};

/* Bytes copied at once: most stacks, and half the price of 4 KiB. */
#define STACK_COPY 2048
#define PAGE_BYTES 4096
/* g.sched; user space sees to it. */
#define GOBUF_MAX 64

struct stack_scratch {
	__u64 is_taken;
	__u64 base; /* address of words[0] */
	__u64 filled; /* bytes of words that are a copy */
	__u64 fp;
	__u64 hash;
	struct stack_record record;
	__u64 words[STACK_COPY / 8];
};

/* Of all three user space sets max_entries: 1 where no stacks are recorded. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct stack_scratch);
} stack_scratches SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, __u32);
} stack_numbers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, PAGE_BYTES);
} new_stacks SEC(".maps");

static __u32 stack_count;

/* Of a CPU: a probe may be interrupted by another's, seldom by more. */
#define SCRATCHES_PER_CPU 4

static __always_inline struct stack_scratch *take_scratch(void)
{
	__u32 first = bpf_get_smp_processor_id() * SCRATCHES_PER_CPU, index;
	struct stack_scratch *scratch;

	for (int i = 0; i < SCRATCHES_PER_CPU; i++) {
		index = (first + i) % stack_config.scratch_count;
		scratch = bpf_map_lookup_elem(&stack_scratches, &index);
		if (scratch && !__sync_lock_test_and_set(&scratch->is_taken, 1))
			return scratch;
	}
	return NULL;
}

/* Copies the stack from an address on, as much of it as there is. */
static __always_inline bool copy_stack(struct stack_scratch *scratch, __u64 address)
{
	__u64 bytes;

	scratch->base = address;
	scratch->filled = STACK_COPY;
	if (read_user(scratch->words, STACK_COPY, address))
		return true;
	/* Behind the stack may be nothing, or memory that was never used. */
	bytes = PAGE_BYTES - (address & (PAGE_BYTES - 1));
	if (bytes < STACK_COPY && bytes >= 16) {
		scratch->filled = bytes;
		if (read_user(scratch->words, bytes, address))
			return true;
	}
	scratch->filled = 16;
	return read_user(scratch->words, 16, address);
}

static __always_inline void add_pc(struct stack_scratch *scratch, __u64 pc)
{
	__u32 count = scratch->record.count;
	__u64 hash = (scratch->hash ^ pc) * 0x9e3779b97f4a7c15ull;

	scratch->record.pcs[count & (STACK_DEPTH_MAX - 1)] = pc;
	scratch->record.count = count + 1;
	scratch->hash = hash ^ hash >> 29;
}

/*
 * The next return address along the chain; 0 at its end. A global function: the verifier looks
 * at it once, and not at every way through every iteration.
 */
__noinline int follow_frame(struct stack_scratch *scratch)
{
	__u64 fp, offset, pc;

	if (!scratch)
		return 0;
	fp = scratch->fp;
	offset = fp - scratch->base;
	if (!fp || fp & 7)
		return 0;
	if (offset + 16 > scratch->filled || offset >= STACK_COPY) {
		if (!copy_stack(scratch, fp))
			return 0;
		offset = 0;
	}
	if (offset > STACK_COPY - 16)
		return 0;
	pc = scratch->words[offset / 8 + 1];
	if (!pc)
		return 0;
	scratch->fp = scratch->words[offset / 8];
	add_pc(scratch, pc);
	return 1;
}

/* The number of what is in the scratch, 0 and counted when there are too many. */
static __always_inline __u32 number_stack(struct stack_scratch *scratch)
{
	__u64 hash = scratch->hash;
	__u32 *known = bpf_map_lookup_elem(&stack_numbers, &hash), number, count;

	if (known)
		return *known;
	if (*(volatile __u32 *)&stack_count >= stack_config.limit)
		goto lost;
	number = __sync_fetch_and_add(&stack_count, 1) + 1;
	scratch->record.number = number;
	count = scratch->record.count;
	if (count > STACK_DEPTH_MAX)
		goto lost;
	if (bpf_ringbuf_output(&new_stacks, &scratch->record,
			       __builtin_offsetof(struct stack_record, pcs) + count * 8,
			       BPF_RB_NO_WAKEUP))
		goto lost;
	if (bpf_map_update_elem(&stack_numbers, &hash, &number, BPF_NOEXIST) == 0)
		return number;
	/* Another CPU was first; what was sent twice does no harm. */
	known = bpf_map_lookup_elem(&stack_numbers, &hash);
	return known ? *known : number;

lost:
	count_drop(DROP_STACK);
	return 0;
}

/* Where nothing is known of addresses, equal ones of two processes are different places. */
static __always_inline struct stack_scratch *begin_stack(__u32 pid, __u32 flags)
{
	struct stack_scratch *scratch = take_scratch();

	if (!scratch) {
		count_drop(DROP_STACK);
		return NULL;
	}
	scratch->filled = 0;
	scratch->base = 0;
	scratch->hash = (__u64)pid << 8 | flags;
	scratch->record.pid = pid;
	scratch->record.count = 0;
	scratch->record.flags = flags;
	return scratch;
}

static __always_inline __u32 end_stack(struct stack_scratch *scratch, __u32 depth)
{
	__u32 number;

	for (int i = 0; i < STACK_DEPTH_MAX; i++) {
		if (scratch->record.count >= depth || !follow_frame(scratch))
			break;
	}
	number = number_stack(scratch);
	/* The stores before are seen before: x86 keeps their order, elsewhere xchg is a barrier. */
	__sync_lock_test_and_set(&scratch->is_taken, 0);
	return number;
}

#define DEPTH_EXACT 0x100

/*
 * `pc`: the first program counter, 0 when it lies at sp. `depth`: with DEPTH_EXACT when it is no
 * return address. A function of its own, as the programs' stack is full.
 */
static __noinline __u32 stack_from(__u64 sp, __u64 fp, __u64 pc, __u32 depth, __u32 pid)
{
	struct stack_scratch *scratch = begin_stack(pid, depth & DEPTH_EXACT ? STACK_EXACT : 0);

	if (!scratch)
		return 0;
	if (!pc && copy_stack(scratch, sp))
		pc = scratch->words[0];
	if (pc)
		add_pc(scratch, pc);
	scratch->fp = fp;
	return end_stack(scratch, depth & (DEPTH_EXACT - 1));
}

/*
 * The stack the thread is on; at the entry of a function from its caller on, elsewhere from the
 * instruction itself on.
 */
static __always_inline __u32 current_stack(go_regs *regs, bool is_at_entry, __u32 depth, __u32 pid)
{
	if (is_at_entry)
		return stack_from(GO_SP(regs), GO_FP(regs), GO_RETURN(regs), depth, pid);
	return stack_from(GO_SP(regs), GO_FP(regs), GO_PC(regs), depth | DEPTH_EXACT, pid);
}

/*
 * The stack of a goroutine that is not on it now: g.sched. `may_be_preempted`: the runtime may
 * have taken it in a prologue, before the function had a frame.
 */
static __noinline __u32 saved_stack(__u64 g, bool may_be_preempted, __u32 depth, __u32 pid)
{
	struct stack_scratch *scratch =
		begin_stack(pid, may_be_preempted ? STACK_MAYBE_SECOND : 0);
	__u32 bp = stack_config.gobuf_bp;
	__u64 sp;

	if (!scratch)
		return 0;
	if (bp > GOBUF_MAX - 8 || !read_user(scratch->words, bp + 8, g + stack_config.g_sched)) {
		__sync_lock_test_and_set(&scratch->is_taken, 0);
		count_drop(DROP_STACK);
		return 0;
	}
	sp = scratch->words[0];
	scratch->fp = scratch->words[bp / 8];
	add_pc(scratch, scratch->words[1]);
	if (may_be_preempted)
		add_pc(scratch, copy_stack(scratch, sp) ? scratch->words[0] : 0);
	return end_stack(scratch, depth);
}

/* The stack of the goroutine `curg` (0 none) of a thread that runs `g`: itself, or its g0. */
static __always_inline __u32 stack_of(go_regs *regs, bool is_at_entry, __u64 g, __u64 curg,
				      __u32 depth, __u32 pid)
{
	if (!curg)
		return 0;
	return g == curg ? current_stack(regs, is_at_entry, depth, pid) :
			   saved_stack(curg, false, depth, pid);
}

#endif /* XGOTOP_STACK_BPF_H */
