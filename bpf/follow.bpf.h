/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Which processes are followed, and what they are called.
 *
 * Decided once for each program that a process executes, at its first hit, and remembered in
 * `processes`; threads remember it in their slots (thread-state.bpf.h).
 */
#ifndef XGOTOP_FOLLOW_BPF_H
#define XGOTOP_FOLLOW_BPF_H

const volatile struct record_config config SEC(".rodata.config") = {};

struct ns_common {
	unsigned int inum;
} __attribute__((preserve_access_index));

struct pid_namespace {
	struct ns_common ns;
} __attribute__((preserve_access_index));

struct upid {
	int nr;
	struct pid_namespace *ns;
} __attribute__((preserve_access_index));

struct pid {
	unsigned int level;
	struct upid numbers[1];
} __attribute__((preserve_access_index));

typedef struct {
	int counter;
} __attribute__((preserve_access_index)) atomic_t;

struct signal_struct {
	atomic_t live;
} __attribute__((preserve_access_index));

#define COMM_LENGTH 16

struct task_struct {
	int pid;
	int tgid;
	int exit_code;
	__u64 start_time;
	__u64 self_exec_id;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	struct signal_struct *signal;
	char comm[COMM_LENGTH];
} __attribute__((preserve_access_index));

struct process {
	__u64 program; /* see program_of */
	__u32 pid; /* in the recorder's PID namespace; 0: not followed */
	__u32 is_announced; /* an EVENT_THREAD of it was sent */
};

/* More processes of one executable at a time than this are announced again and again. */
#define PROCESS_LIMIT 8192

/* By tgid in the initial namespace. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, PROCESS_LIMIT);
	__type(key, __u32);
	__type(value, struct process);
} processes SEC(".maps");

/* Filled by user space, by number in its namespace. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u8);
} followed SEC(".maps");

/* MAX_PID_NS_LEVEL of linux/pid_namespace.h, and the initial one. */
#define PID_NS_LEVELS 33

/* A parent farther up is not found. */
#define ANCESTORS 16

/* More levels than a cgroup has in practice. */
#define CGROUP_LEVELS 32

/*
 * A task's number in the recorder's PID namespace: its own may lie below that, so the helper
 * bpf_get_ns_current_pid_tgid, which knows a task's own namespace only, is no use. False when the
 * recorder cannot see it.
 */
static __always_inline bool number_here(const struct pid *pid, __u32 initial_number, __u32 *number)
{
	__u32 level;

	*number = initial_number;
	if (!config.pidns_inode)
		return true;
	level = pid->level;
	for (__u32 i = 0; i < PID_NS_LEVELS && i <= level; i++) {
		const struct upid *upid =
			(const void *)((const char *)pid + bpf_core_field_offset(struct pid, numbers) +
				       i * bpf_core_type_size(struct upid));

		if (BPF_CORE_READ(upid, ns, ns.inum) != config.pidns_inode)
			continue;
		*number = BPF_CORE_READ(upid, nr);
		return true;
	}
	return false;
}

/* Changes when a process executes a program anew, and when another process gets its number. */
static __always_inline __u64 program_of(const struct task_struct *task)
{
	return task->group_leader->start_time + task->self_exec_id;
}

static __always_inline bool has_followed_ancestor(const struct task_struct *task)
{
	for (int i = 0; i < ANCESTORS; i++) {
		struct process *process;
		__u32 tgid;

		task = task->real_parent;
		tgid = task->tgid;
		if (tgid <= 1)
			return false;
		process = bpf_map_lookup_elem(&processes, &tgid);
		if (process && process->pid)
			return true;
	}
	return false;
}

static __always_inline bool has_wanted_name(const struct task_struct *task)
{
	__u64 comm[COMM_LENGTH / 8] = {};

	bpf_probe_read_kernel_str(comm, sizeof(comm), task->group_leader->comm);
	return comm[0] == config.follow_comm[0] && comm[1] == config.follow_comm[1];
}

static __always_inline bool is_in_cgroup(void)
{
	for (int level = 0; level < CGROUP_LEVELS; level++) {
		__u64 id = bpf_get_current_ancestor_cgroup_id(level);

		if (id == config.follow_cgroup)
			return true;
		if (!id)
			return false;
	}
	return false;
}

static __always_inline bool is_chosen(const struct task_struct *task, __u32 pid)
{
	if (config.follow_comm[0] && !has_wanted_name(task))
		return false;
	if (config.follow_cgroup && !is_in_cgroup())
		return false;
	if (config.follow == FOLLOW_ALL || bpf_map_lookup_elem(&followed, &pid))
		return true;
	return config.follow == FOLLOW_DESCENDANTS && has_followed_ancestor(task);
}

/* Number of the current task's process, 0 when it is not followed, or not decided upon yet. */
static __always_inline __u32 known_pid(const struct task_struct *task)
{
	__u32 tgid = task->tgid;
	const struct process *process = bpf_map_lookup_elem(&processes, &tgid);

	return process && process->program == program_of(task) ? process->pid : 0;
}

/* Number of the current task's process in the recorder's PID namespace, 0 when it is not followed. */
static __always_inline __u32 followed_pid(const struct task_struct *task)
{
	struct process decided = { .program = program_of(task) }, *process;
	__u32 tgid = task->tgid, pid;

	process = bpf_map_lookup_elem(&processes, &tgid);
	if (process && process->program == decided.program)
		return process->pid;
	if (number_here(task->group_leader->thread_pid, tgid, &pid) && is_chosen(task, pid))
		decided.pid = pid;
	bpf_map_update_elem(&processes, &tgid, &decided, BPF_ANY);
	return decided.pid;
}

#endif /* XGOTOP_FOLLOW_BPF_H */
