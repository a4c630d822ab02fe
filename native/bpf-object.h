// Owns the loaded BPF object: its program, its ring, its counters of loss.
#pragma once

#include <linux/types.h>

#include <array>
#include <cstdint>
#include <string>

#include "columniser.h"
#include "config-c.h"
#include "system-error.h"

struct bpf_object;

class BpfObject {
 public:
  BpfObject() = default;
  BpfObject(const BpfObject&) = delete;
  BpfObject& operator=(const BpfObject&) = delete;
  ~BpfObject() { Close(); }

  // `for_multi`: the program is going to be attached with uprobe_multi, else with perf events.
  // The PID namespace in `config` is decided here.
  SystemError Open(const std::string& path, const record_config& config, uint32_t ring_bytes,
                   bool for_multi);
  void Close();

  int ProgramFd() const { return program_fd_; }
  int RingFd() const { return ring_fd_; }

  // Events not sent since the load, by cause; the last cause is not the kernel's and stays 0.
  std::array<uint64_t, kLossCauses> Drops() const;

 private:
  SystemError Load(const std::string& path, const record_config& config, uint32_t ring_bytes,
                   bool for_multi);

  bpf_object* object_ = nullptr;
  int program_fd_ = -1;
  int ring_fd_ = -1;
  int drops_fd_ = -1;
};
