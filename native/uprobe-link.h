// Attaches the program to sites of one executable, and owns the attachment.
//
// Best is one uprobe_multi link (Linux 6.6): cheaper per hit, detached at once, needs
// CAP_BPF and CAP_PERFMON only. Older kernels get one perf event per site, which needs
// CAP_SYS_ADMIN and takes about 0.1 s per site to detach. libbpf 1.1 knows no uprobe_multi,
// hence the bare system call.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "system-error.h"
#include "unique-fd.h"

struct UprobeSite {
  uint64_t file_offset;
  uint64_t cookie;
};

// How this kernel attaches.
struct KernelProbing {
  bool has_uprobe_multi = false;
  bool has_pid_filter = false;  // of uprobe_multi, and it means processes
};

// Tries it out. Fails when BPF programs on uprobes cannot be used here at all.
SystemError ProbeKernel(KernelProbing* probing);

class UprobeLink {
 public:
  ~UprobeLink() { Detach(); }

  // Attach to all sites or to none. `path` is that of the executable, `pid` the process,
  // 0 all; uprobe_multi without a filter means all as well.
  SystemError Attach(int program_fd, const std::string& path, int pid,
                     const std::vector<UprobeSite>& sites, const KernelProbing& probing);

  // When it returns no hit is under way any more.
  void Detach();

 private:
  SystemError AttachMulti(int program_fd, const std::string& path, int pid,
                          const std::vector<UprobeSite>& sites);
  SystemError AttachEvents(int program_fd, const std::string& path, int pid,
                           const std::vector<UprobeSite>& sites);

  std::vector<UniqueFd> links_;
  std::vector<UniqueFd> events_;  // of the perf links
};
