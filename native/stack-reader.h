// New stacks from the kernel side: bpf/stack.bpf.h sizes its maps by what is wanted, and sends
// each stack once, before any event that refers to it.
#pragma once

#include <linux/types.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "process-table.h"
#include "system-error.h"

#include "stack-record-c.h"

struct bpf_object;
struct ring_buffer;

class StackReader {
 public:
  StackReader() = default;
  StackReader(const StackReader&) = delete;
  StackReader& operator=(const StackReader&) = delete;
  ~StackReader() { Close(); }

  // Between open and load of the object. The maps stay tiny when no group records stacks.
  SystemError Prepare(bpf_object* object, const stack_config& config, uint32_t cpu_count);
  // After the load.
  SystemError Open(bpf_object* object);
  void Close();

  // Append what was sent since the last call: per stack its number in the low half of a word and
  // its length in the high half, the flags, and that many program counters as in the executable.
  void Read(ProcessTable* processes, std::vector<uint64_t>* words);

 private:
  bool is_wanted_ = false;
  ring_buffer* ring_ = nullptr;
  ProcessTable* processes_ = nullptr;
  std::vector<uint64_t>* words_ = nullptr;
};
