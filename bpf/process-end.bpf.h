/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * What is told of processes and threads as a whole: that one is new, has ended, or executes
 * another program.
 *
 * The kernel runs the two tracepoints for every process of the machine; whoever is not followed
 * costs a look into a map.
 */
#ifndef XGOTOP_PROCESS_END_BPF_H
#define XGOTOP_PROCESS_END_BPF_H

/* False when it did not fit: no loss, the thread's next hit tries again. */
static __always_inline bool announce(const struct task_struct *task, go_regs *regs, __u32 pid,
				     __u32 tid)
{
	const struct task_struct *parent = task->real_parent;
	__u64 time_ns = bpf_ktime_get_ns();
	__u32 parent_pid;
	struct event *ev;
	__u8 lap;

	if (!number_here(parent->group_leader->thread_pid, parent->tgid, &parent_pid))
		parent_pid = 0;
	ev = reserve(&lap, false);
	if (!ev)
		return false;
	__builtin_memset(ev, 0, offsetof(struct event, lap));
	bpf_probe_read_kernel_str(&ev->goid, COMM_LENGTH, task->group_leader->comm);
	ev->time_ns = time_ns;
	ev->pid = pid;
	ev->tid = tid;
	ev->kind = EVENT_THREAD;
	ev->arg0 = GO_PC(regs);
	ev->arg1 = bpf_get_attach_cookie(regs) >> COOKIE_SITE_SHIFT |
		   (__u64)parent_pid << THREAD_PARENT_SHIFT;
	ev->arg2 = program_of(task);
	publish(ev, lap);
	return true;
}

/*
 * A thread's first hit: decide whether its process is followed, give it a slot, tell of it. A
 * thread without a slot comes here each time, and is told of when its process was not.
 *
 * A function, for its frame not to lie within the handlers'. Returns 0 when it is not followed.
 */
static __noinline int introduce(go_regs *regs)
{
	const struct task_struct *task = bpf_get_current_task_btf();
	struct thread_state *thread = own_slot(task);
	struct process *process;
	__u32 tgid, pid, tid;

	if (is_foreign(task))
		return 0;
	pid = followed_pid(task);
	if (!pid || !number_here(task->thread_pid, task->pid, &tid)) {
		claim_slot(task, false);
		return 0;
	}
	if (!thread)
		thread = claim_slot(task, true);
	if (thread) {
		thread->pid = pid;
		thread->tid = tid;
	}
	tgid = task->tgid;
	process = bpf_map_lookup_elem(&processes, &tgid);
	if (!thread && process && process->is_announced)
		return 1;
	if (announce(task, regs, pid, tid)) {
		if (thread)
			thread->is_announced = 1;
		if (process)
			process->is_announced = 1;
	}
	return 1;
}

/* The current process has ended, or executes another program: forget it, and tell if it was followed. */
static __always_inline int end_process(const struct task_struct *task, enum process_end how)
{
	__u32 tgid = task->tgid, pid;
	struct process *process = bpf_map_lookup_elem(&processes, &tgid);
	__u64 time_ns = bpf_ktime_get_ns();
	struct event *ev;
	__u8 lap;

	if (!process)
		return 0;
	pid = process->pid;
	bpf_map_delete_elem(&processes, &tgid);
	if (!pid)
		return 0;
	/* When it does not fit user space finds out by itself, later. */
	ev = reserve(&lap, false);
	if (!ev)
		return 0;
	__builtin_memset(ev, 0, offsetof(struct event, lap));
	ev->time_ns = time_ns;
	ev->pid = pid;
	ev->kind = EVENT_PROCESS_END;
	ev->detail = how;
	ev->arg0 = (__u32)task->exit_code;
	ev->arg1 = 0;
	ev->arg2 = 0;
	publish(ev, lap);
	return 0;
}

SEC("raw_tp/sched_process_exit")
int on_exit(void *context)
{
	const struct task_struct *task = bpf_get_current_task_btf();

	release_thread(task);
	/* Other threads of it go on. */
	if (task->signal->live.counter)
		return 0;
	return end_process(task, PROCESS_EXIT);
}

SEC("raw_tp/sched_process_exec")
int on_exec(void *context)
{
	return end_process(bpf_get_current_task_btf(), PROCESS_EXEC);
}

#endif /* XGOTOP_PROCESS_END_BPF_H */
