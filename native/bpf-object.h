// Owns the loaded BPF object: its programs, its rings, its counters of loss.
#pragma once

#include <linux/types.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "columniser.h"
#include "config-c.h"
#include "event-c.h"
#include "mapping.h"
#include "process-follower.h"
#include "stack-reader.h"
#include "system-error.h"

struct bpf_object;

class BpfObject {
 public:
  BpfObject() = default;
  BpfObject(const BpfObject&) = delete;
  BpfObject& operator=(const BpfObject&) = delete;
  ~BpfObject() { Close(); }

  // `ring_bytes` of all rings together, a power of two; there is a ring for each CPU.
  // `for_multi`: the programs are going to be attached with uprobe_multi, else with perf events.
  // The PID namespace and the rings in `config` are decided here. `pids`: those to follow.
  SystemError Open(const std::string& path, const record_config& config,
                   const std::vector<uint32_t>& pids, uint32_t ring_bytes, bool for_multi);
  void Close();

  // Which stacks to record; before Open. By default none.
  void SetStacks(const stack_config& config) { stack_config_ = config; }
  // Bit n: the program of probe_action n is loaded; before Open. By default all.
  void SetActions(uint64_t actions) { actions_ = actions; }
  StackReader& Stacks() const { return stacks_; }

  // The program of a probe_action, -1 when there is none.
  int ProgramFd(uint32_t action) const;
  int RingsFd() const { return rings_fd_; }
  int SlotsFd() const { return slots_fd_; }
  uint32_t RingCount() const { return ring_count_; }
  uint32_t RingSlotsLog2() const { return ring_slots_log2_; }
  size_t RingBytes() const { return (size_t{ring_count_} << ring_slots_log2_) * sizeof(event); }

  // Whether hits become events; at first they do not.
  void SetOpen(bool is_open);

  // Events not sent since the load, by cause; the last cause is not the kernel's and stays 0.
  std::array<uint64_t, kLossCauses> Drops() const;

 private:
  SystemError Load(const std::string& path, const record_config& config, bool for_multi);

  bpf_object* object_ = nullptr;
  ProcessFollower follower_;
  stack_config stack_config_{};
  uint64_t actions_ = ~uint64_t{0};
  mutable StackReader stacks_;
  int rings_fd_ = -1;
  int slots_fd_ = -1;
  uint32_t ring_count_ = 0;
  uint32_t ring_slots_log2_ = 0;
  Mapping rings_;  // for their counters
};
