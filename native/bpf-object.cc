#include "bpf-object.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

namespace {

// BPF_TRACE_UPROBE_MULTI, Linux 6.6; the headers at hand may be older.
constexpr int kAttachUprobeMulti = 48;

// PROC_PID_INIT_INO of the kernel: the PID namespace whose numbers BPF sees anyway.
constexpr uint64_t kInitialPidNamespace = 0xEFFFFFFC;

// libbpf explains failures only through its printer, on the thread that called it.
thread_local std::string last_warning;

int KeepWarning(enum libbpf_print_level level, const char* format, va_list arguments) {
  if (level != LIBBPF_WARN) return 0;
  char line[512];
  const int length = std::vsnprintf(line, sizeof(line), format, arguments);
  if (length > 0 && last_warning.size() < 2000) last_warning += line;
  return length;
}

SystemError Failed(int error, const char* step) {
  SystemError failed{error < 0 ? -error : error, step, last_warning};
  if (failed.err == 0) failed.err = EINVAL;
  while (!failed.detail.empty() && failed.detail.back() == '\n') failed.detail.pop_back();
  return failed;
}

}  // namespace

SystemError BpfObject::Open(const std::string& path, const record_config& config,
                            uint32_t ring_bytes, bool for_multi) {
  record_config wanted = config;
  struct stat pid_namespace;
  if (::stat("/proc/self/ns/pid", &pid_namespace) == 0 &&
      pid_namespace.st_ino != kInitialPidNamespace) {
    wanted.pidns_dev = pid_namespace.st_dev;
    wanted.pidns_inode = pid_namespace.st_ino;
  }
  return Load(path, wanted, ring_bytes, for_multi);
}

SystemError BpfObject::Load(const std::string& path, const record_config& config,
                            uint32_t ring_bytes, bool for_multi) {
  last_warning.clear();
  libbpf_set_print(KeepWarning);
  object_ = bpf_object__open_file(path.c_str(), nullptr);
  if (object_ == nullptr) return Failed(errno, "open of the BPF object");

  bpf_map* config_map = bpf_object__find_map_by_name(object_, ".rodata.config");
  bpf_map* ring = bpf_object__find_map_by_name(object_, "events");
  bpf_map* drops = bpf_object__find_map_by_name(object_, "drops");
  bpf_program* program = bpf_object__find_program_by_name(object_, "on_probe");
  if (!config_map || !ring || !drops || !program) {
    return {EINVAL, "open of the BPF object", "it is not record.bpf.o of this version"};
  }
  int error = bpf_map__set_initial_value(config_map, &config, sizeof(config));
  if (error == 0) error = bpf_map__set_max_entries(ring, ring_bytes);
  if (error != 0) return Failed(error, "configuration of the BPF object");
  bpf_program__set_expected_attach_type(
      program, for_multi ? static_cast<bpf_attach_type>(kAttachUprobeMulti)
                         : static_cast<bpf_attach_type>(0));
  error = bpf_object__load(object_);
  if (error != 0) return Failed(error, "load of the BPF program");

  program_fd_ = bpf_program__fd(program);
  ring_fd_ = bpf_map__fd(ring);
  drops_fd_ = bpf_map__fd(drops);
  return {};
}

void BpfObject::Close() {
  if (object_ != nullptr) bpf_object__close(object_);
  object_ = nullptr;
  program_fd_ = ring_fd_ = drops_fd_ = -1;
}

std::array<uint64_t, kLossCauses> BpfObject::Drops() const {
  std::array<uint64_t, kLossCauses> totals{};
  const int cpu_count = libbpf_num_possible_cpus();
  if (drops_fd_ < 0 || cpu_count <= 0) return totals;
  std::vector<uint64_t> per_cpu(static_cast<size_t>(cpu_count));
  for (uint32_t reason = 0; reason < DROP_REASONS; reason++) {
    if (bpf_map_lookup_elem(drops_fd_, &reason, per_cpu.data()) != 0) continue;
    for (const uint64_t count : per_cpu) totals[reason] += count;
  }
  return totals;
}
