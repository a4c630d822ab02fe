// Reads a BPF ring buffer through its own mapping, oldest record first.
//
// Records are handed out as pointers into the ring and stay there until Release, so that
// a batch is put in order by time without being copied. The layout of the two mappings is
// that of kernel/bpf/ringbuf.c and of libbpf's ringbuf.c.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "event-c.h"
#include "mapping.h"
#include "system-error.h"

class RingReader {
 public:
  struct Entry {
    uint64_t time_ns;
    const event* ev;
  };

  // `ring_bytes` is the map's max_entries.
  SystemError Open(int map_fd, size_t ring_bytes);

  // Up to `limit` records not yet released, in the order of their time.
  const std::vector<Entry>& Peek(size_t limit);

  // Give what the last Peek returned back to the kernel.
  void Release();

  size_t UsedBytes() const;

 private:
  Mapping consumer_;
  Mapping producer_;  // one page, then the ring twice in a row
  const std::byte* ring_ = nullptr;
  size_t mask_ = 0;
  uint64_t next_position_ = 0;
  std::vector<Entry> entries_;
};
