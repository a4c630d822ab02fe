// What the kernel side is told of the processes to follow, and its eyes on their ends.
#pragma once

#include <bpf/libbpf.h>

#include <array>
#include <cstdint>
#include <vector>

#include "system-error.h"

class ProcessFollower {
 public:
  ProcessFollower() = default;
  ProcessFollower(const ProcessFollower&) = delete;
  ProcessFollower& operator=(const ProcessFollower&) = delete;
  ~ProcessFollower() { Close(); }

  // For a loaded object. Where the kernel refuses the tracepoints, ends are not told.
  SystemError Open(bpf_object* object, const std::vector<uint32_t>& pids);
  void Close();

 private:
  std::array<bpf_link*, 2> links_{};
};
