#include "bpf-object.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstdio>

namespace {

// BPF_TRACE_UPROBE_MULTI, Linux 6.6; the headers at hand may be older.
constexpr int kAttachUprobeMulti = 48;

// PROC_PID_INIT_INO of the kernel: the PID namespace whose numbers BPF sees anyway.
constexpr uint64_t kInitialPidNamespace = 0xEFFFFFFC;

// Fewer events than this are no ring.
constexpr size_t kLeastRingBytes = 16 * sizeof(event);

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

uint32_t CpuCount() {
  return static_cast<uint32_t>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
}

}  // namespace

SystemError BpfObject::Open(const std::string& path, const record_config& config,
                            const std::vector<uint32_t>& pids, uint32_t ring_bytes,
                            bool for_multi) {
  record_config wanted = config;
  struct stat pid_namespace;
  if (::stat("/proc/self/ns/pid", &pid_namespace) == 0 &&
      pid_namespace.st_ino != kInitialPidNamespace) {
    wanted.pidns_inode = pid_namespace.st_ino;
  }
  // One for each CPU that is there now; CPUs that come later share them.
  const uint32_t cpu_count = CpuCount();
  ring_count_ = std::min(cpu_count, ring_bytes / static_cast<uint32_t>(kLeastRingBytes));
  ring_slots_log2_ =
      static_cast<uint32_t>(std::bit_width(ring_bytes / ring_count_ / sizeof(event))) - 1;
  wanted.ring_count = ring_count_;
  wanted.ring_slots_log2 = ring_slots_log2_;
  const SystemError error = Load(path, wanted, for_multi);
  return error.Failed() ? error : follower_.Open(object_, pids);
}

SystemError BpfObject::Load(const std::string& path, const record_config& config, bool for_multi) {
  last_warning.clear();
  libbpf_set_print(KeepWarning);
  object_ = bpf_object__open_file(path.c_str(), nullptr);
  if (object_ == nullptr) return Failed(errno, "open of the BPF object");

  bpf_map* config_map = bpf_object__find_map_by_name(object_, ".rodata.config");
  bpf_map* rings = bpf_object__find_map_by_name(object_, "rings");
  bpf_map* slots = bpf_object__find_map_by_name(object_, "slots");
  if (!config_map || !rings || !slots) {
    return {EINVAL, "open of the BPF object", "it is not record.bpf.o of this version"};
  }
  int error = bpf_map__set_initial_value(config_map, &config, sizeof(config));
  if (error == 0) error = bpf_map__set_max_entries(rings, ring_count_);
  if (error == 0) error = bpf_map__set_max_entries(slots, ring_count_ << ring_slots_log2_);
  if (error != 0) return Failed(error, "configuration of the BPF object");
  const SystemError refused = stacks_.Prepare(object_, stack_config_, CpuCount());
  if (refused.Failed()) return refused;
  bpf_program* program;
  bpf_object__for_each_program(program, object_) {
    if (bpf_program__type(program) != BPF_PROG_TYPE_KPROBE) continue;
    bpf_program__set_expected_attach_type(
        program, for_multi ? static_cast<bpf_attach_type>(kAttachUprobeMulti)
                           : static_cast<bpf_attach_type>(0));
  }
  // Each program takes the verifier tens of milliseconds.
#define LOAD_OR_NOT(number, action_name, program_name)                                        \
  if ((actions_ >> number & 1) == 0) {                                                        \
    bpf_program__set_autoload(bpf_object__find_program_by_name(object_, #program_name), false); \
  }
  PROBE_ACTIONS(LOAD_OR_NOT)
#undef LOAD_OR_NOT
  error = bpf_object__load(object_);
  if (error != 0) return Failed(error, "load of the BPF programs");

  rings_fd_ = bpf_map__fd(rings);
  slots_fd_ = bpf_map__fd(slots);
  rings_ = Mapping::Map(rings_fd_, ring_count_ * sizeof(ring), PROT_READ | PROT_WRITE);
  if (!rings_.IsOpen()) return {errno, "mmap", "heads of the rings"};
  return stacks_.Open(object_);
}

void BpfObject::Close() {
  follower_.Close();
  stacks_.Close();
  if (object_ != nullptr) bpf_object__close(object_);
  object_ = nullptr;
  rings_ = Mapping();
  rings_fd_ = slots_fd_ = -1;
}

int BpfObject::ProgramFd(uint32_t action) const {
  const char* name = nullptr;
  switch (action) {
#define NAME_OF_ACTION(number, action_name, program) \
  case number:                                       \
    name = #program;                                 \
    break;
    PROBE_ACTIONS(NAME_OF_ACTION)
#undef NAME_OF_ACTION
    default:
      return -1;
  }
  const bpf_program* program = bpf_object__find_program_by_name(object_, name);
  return program != nullptr ? bpf_program__fd(program) : -1;
}

void BpfObject::SetOpen(bool is_open) {
  if (!rings_.IsOpen()) return;
  auto* heads = reinterpret_cast<ring*>(rings_.Get());
  for (uint32_t index = 0; index < ring_count_; index++) {
    std::atomic_ref<__u64>(heads[index].is_open).store(is_open ? 1 : 0);
  }
}

std::array<uint64_t, kLossCauses> BpfObject::Drops() const {
  std::array<uint64_t, kLossCauses> totals{};
  if (!rings_.IsOpen()) return totals;
  auto* heads = reinterpret_cast<ring*>(rings_.Get());
  for (uint32_t index = 0; index < ring_count_; index++) {
    for (uint32_t reason = 0; reason < DROP_REASONS; reason++) {
      totals[reason] += std::atomic_ref<__u64>(heads[index].drops[reason]).load(std::memory_order_relaxed);
    }
  }
  return totals;
}
