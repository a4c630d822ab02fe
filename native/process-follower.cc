#include "process-follower.h"

#include <bpf/bpf.h>

#include <cerrno>
#include <cstddef>

namespace {

struct Tracepoint {
  const char* program;
  const char* name;
};
constexpr std::array<Tracepoint, 2> kTracepoints = {{
    {"on_exit", "sched_process_exit"},
    {"on_exec", "sched_process_exec"},
}};

}  // namespace

SystemError ProcessFollower::Open(bpf_object* object, const std::vector<uint32_t>& pids) {
  const int followed = bpf_object__find_map_fd_by_name(object, "followed");
  const uint8_t yes = 1;
  for (const uint32_t pid : pids) {
    if (bpf_map_update_elem(followed, &pid, &yes, BPF_ANY) != 0) {
      return {errno, "BPF_MAP_UPDATE_ELEM", "processes to follow"};
    }
  }
  for (size_t i = 0; i < kTracepoints.size(); i++) {
    bpf_program* program = bpf_object__find_program_by_name(object, kTracepoints[i].program);
    if (program == nullptr) {
      return {EINVAL, "open of the BPF object", "it is not record.bpf.o of this version"};
    }
    links_[i] = bpf_program__attach_raw_tracepoint(program, kTracepoints[i].name);
  }
  return {};
}

void ProcessFollower::Close() {
  for (bpf_link*& link : links_) {
    if (link != nullptr) bpf_link__destroy(link);
    link = nullptr;
  }
}
