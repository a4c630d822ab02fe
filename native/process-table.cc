#include "process-table.h"

void ProcessTable::Add(uint32_t pid, uint64_t bias) {
  Process& process = processes_[pid];
  process.is_added = true;
  SetBias(pid, &process, bias);
}

bool ProcessTable::Meet(const event& ev, int64_t time_ns) {
  Process& process = processes_[ev.pid];
  if (process.program == ev.arg2) return false;
  const bool was_added = process.is_added && process.program == 0;
  const auto site = static_cast<uint32_t>(ev.arg1);
  const bool is_site_known = site < sites_.size() && sites_[site] != ~0ull;
  process.program = ev.arg2;
  SetBias(ev.pid, &process, is_site_known ? ev.arg0 - sites_[site] : process.bias);
  if (was_added) return false;
  notices_.insert(notices_.end(),
                  {kNoticeStart, ev.pid, ev.arg1 >> THREAD_PARENT_SHIFT,
                   static_cast<uint64_t>(time_ns), ev.goid, ev.by_goid, process.bias, 0});
  return true;
}

void ProcessTable::End(const event& ev, int64_t time_ns) {
  processes_.erase(ev.pid);
  stop_reasons_.erase(ev.pid);
  if (last_pid_ == ev.pid) last_pid_ = 0;
  const ProcessNotice notice = ev.detail == PROCESS_EXEC ? kNoticeExec : kNoticeExit;
  notices_.insert(notices_.end(),
                  {notice, ev.pid, 0, static_cast<uint64_t>(time_ns), 0, 0, 0, ev.arg0});
}

std::vector<uint64_t> ProcessTable::TakeNotices() { return std::exchange(notices_, {}); }

uint64_t ProcessTable::WithoutBias(uint32_t pid, uint64_t address) {
  if (pid != last_pid_) {
    const auto found = processes_.find(pid);
    last_pid_ = pid;
    last_bias_ = found != processes_.end() ? found->second.bias : 0;
  }
  return address >= last_bias_ ? address - last_bias_ : address;
}

void ProcessTable::SetBias(uint32_t pid, Process* process, uint64_t bias) {
  process->bias = bias;
  if (bias != 0) has_bias_ = true;
  if (last_pid_ == pid) last_pid_ = 0;
}
