#include "stack-reader.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <cstddef>

namespace {

// As bpf/stack.bpf.h.
constexpr uint32_t kScratchesPerCpu = 4;

// More different stacks than most programs have; 20 MB in the kernel.
constexpr uint32_t kMaxStacks = 1 << 18;

// Some ten thousand stacks of 30 frames between two reads, 5 ms apart.
constexpr uint32_t kRingBytes = 4 << 20;

}  // namespace

SystemError StackReader::Prepare(bpf_object* object, const stack_config& config,
                                 uint32_t cpu_count) {
  bpf_map* constants = bpf_object__find_map_by_name(object, ".rodata.stacks");
  bpf_map* scratches = bpf_object__find_map_by_name(object, "stack_scratches");
  bpf_map* numbers = bpf_object__find_map_by_name(object, "stack_numbers");
  bpf_map* ring = bpf_object__find_map_by_name(object, "new_stacks");
  if (!constants || !scratches || !numbers || !ring) {
    return {EINVAL, "open of the BPF object", "it is not record.bpf.o of this version"};
  }
  is_wanted_ = config.sched_depth + config.alloc_depth + config.gc_depth > 0;
  stack_config wanted = config;
  wanted.limit = kMaxStacks;
  wanted.scratch_count = is_wanted_ ? cpu_count * kScratchesPerCpu : 1;
  int error = bpf_map__set_initial_value(constants, &wanted, sizeof(wanted));
  if (is_wanted_) {
    if (error == 0) error = bpf_map__set_max_entries(scratches, wanted.scratch_count);
    if (error == 0) error = bpf_map__set_max_entries(numbers, kMaxStacks);
    if (error == 0) error = bpf_map__set_max_entries(ring, kRingBytes);
  }
  if (error != 0) return {-error, "configuration of the BPF object", "stacks"};
  return {};
}

SystemError StackReader::Open(bpf_object* object) {
  if (!is_wanted_) return {};
  const auto add = [](void* self, void* data, size_t bytes) {
    auto* reader = static_cast<StackReader*>(self);
    const auto* record = static_cast<const stack_record*>(data);
    if (bytes < offsetof(stack_record, pcs) + record->count * sizeof(record->pcs[0])) return 0;
    std::vector<uint64_t>& words = *reader->words_;
    words.push_back(record->number | uint64_t{record->count} << 32);
    words.push_back(record->flags);
    for (uint32_t i = 0; i < record->count; i++) {
      words.push_back(reader->processes_->InExecutable(record->pid, record->pcs[i]));
    }
    return 0;
  };
  ring_ = ring_buffer__new(bpf_object__find_map_fd_by_name(object, "new_stacks"), add, this, nullptr);
  if (ring_ == nullptr) return {errno, "mmap", "the ring of stacks"};
  return {};
}

void StackReader::Close() {
  if (ring_ != nullptr) ring_buffer__free(ring_);
  ring_ = nullptr;
}

void StackReader::Read(ProcessTable* processes, std::vector<uint64_t>* words) {
  if (ring_ == nullptr) return;
  processes_ = processes;
  words_ = words;
  ring_buffer__consume(ring_);
}
