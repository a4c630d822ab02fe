// The processes of a recording: where each has its executable, and which are new or have ended.
//
// All run the same executable. Addresses of a position-independent one differ by process, so
// places are numbered by their addresses in the executable, which are the same for all.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "event-c.h"

class ProcessTable {
 public:
  // Addresses of the probed instructions in the executable, by site; ~0 where it is not known.
  void SetSites(std::vector<uint64_t> addresses) { sites_ = std::move(addresses); }

  // A process that runs already, and what its loader added to the executable's addresses.
  void Add(uint32_t pid, uint64_t bias);

  // EVENT_THREAD. True when `pid` runs another program than so far, or is new.
  bool Meet(const event& ev, int64_t time_ns);

  // EVENT_PROCESS_END.
  void End(const event& ev, int64_t time_ns);

  // An address of the process as in the executable; others than the executable's may stay as they are.
  uint64_t InExecutable(uint32_t pid, uint64_t address) {
    return has_bias_ && address != 0 ? WithoutBias(pid, address) : address;
  }

  // Why the process's world is stopped: startTheWorldWithSema does not tell it again.
  uint8_t& StopReason(uint32_t pid) { return stop_reasons_[pid]; }

  // What happened to processes since the last call, eight words each: enum ProcessNotice, pid,
  // parent, time, name (two), bias, wait status.
  std::vector<uint64_t> TakeNotices();
  bool HasNotices() const { return !notices_.empty(); }

 private:
  struct Process {
    uint64_t program = 0;  // tells programs of one pid apart; 0: no thread was met
    uint64_t bias = 0;
    bool is_added = false;
  };

  uint64_t WithoutBias(uint32_t pid, uint64_t address);
  void SetBias(uint32_t pid, Process* process, uint64_t bias);

  std::vector<uint64_t> sites_;
  std::unordered_map<uint32_t, Process> processes_;
  std::unordered_map<uint32_t, uint8_t> stop_reasons_;
  std::vector<uint64_t> notices_;
  bool has_bias_ = false;
  uint32_t last_pid_ = 0;
  uint64_t last_bias_ = 0;
};

// PROCESS_NOTICE of src/record/native.ts.
enum ProcessNotice : uint64_t { kNoticeStart = 1, kNoticeExit = 2, kNoticeExec = 3 };
