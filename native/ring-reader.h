// Reads the rings of bpf/event.h through their own mappings, merged by time.
//
// An event waits in its ring until the reader has passed it: what was read is given back all
// at once by Release, so that the writers' line is not touched for each event.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "event-c.h"
#include "mapping.h"
#include "system-error.h"

class RingReader {
 public:
  // Maps of `ring_count` rings of 1 << `slots_log2` events.
  SystemError Open(int rings_fd, int slots_fd, size_t ring_count, uint32_t slots_log2);

  // Hands up to `limit` events that are not younger than `until_ns` to `add(const event&)`, in
  // the order of their time, but for a step or two. Returns how many. They stay where they are
  // until Release.
  template <typename Add>
  size_t Read(size_t limit, uint64_t until_ns, Add&& add);

  // Give what was read back to the kernel side.
  void Release();

  size_t UsedBytes() const;

 private:
  struct Cursor {
    uint64_t next = 0;  // number of the event
    uint64_t end = 0;   // the ring's head, as seen last
    uint64_t last_ns = 0;
    size_t ring = 0;
  };

  // Time of the cursor's event. One that is being written counts as old as the one before it:
  // what is younger has to wait for it.
  struct Turn {
    uint64_t time_ns;
    Cursor* cursor;
    bool operator<(const Turn& other) const { return time_ns > other.time_ns; }
  };

  static constexpr uint64_t kPrefetchEvents = 8;

  ring& Head(size_t index) const { return reinterpret_cast<ring*>(rings_.Get())[index]; }
  const event* Next(const Cursor& cursor) const;
  void FindTurns();

  Mapping rings_;
  Mapping slots_;
  uint32_t slots_log2_ = 0;
  std::vector<Cursor> cursors_;
  std::vector<Turn> turns_;  // a heap, the oldest first
};

// The cursor's event, nullptr while it is being written.
inline const event* RingReader::Next(const Cursor& cursor) const {
  const uint64_t mask = (uint64_t{1} << slots_log2_) - 1;
  const auto* ring_slots = reinterpret_cast<event*>(slots_.Get()) + (cursor.ring << slots_log2_);
  // A slot lies in the cache of the CPU that wrote it: ask for it while others are read.
  __builtin_prefetch(ring_slots + ((cursor.next + kPrefetchEvents) & mask));
  const event* ev = ring_slots + (cursor.next & mask);
  const auto lap = static_cast<uint8_t>((cursor.next >> slots_log2_) + 1);
  auto& written = const_cast<uint8_t&>(ev->lap);
  return std::atomic_ref<uint8_t>(written).load(std::memory_order_acquire) == lap ? ev : nullptr;
}

template <typename Add>
size_t RingReader::Read(size_t limit, uint64_t until_ns, Add&& add) {
  FindTurns();
  size_t count = 0;
  while (!turns_.empty() && count < limit) {
    std::pop_heap(turns_.begin(), turns_.end());
    Cursor& cursor = *turns_.back().cursor;
    turns_.pop_back();
    const uint64_t others_ns = turns_.empty() ? UINT64_MAX : turns_.front().time_ns;
    // A run of this ring, up to the next event of another.
    for (;;) {
      if (cursor.next == cursor.end) break;
      const event* ev = Next(cursor);
      // Being written, or too young: nobody's younger event may pass it.
      if (ev == nullptr || ev->time_ns > until_ns) return count;
      if (count == limit) return count;
      if (ev->time_ns > others_ns) {
        turns_.push_back({ev->time_ns, &cursor});
        std::push_heap(turns_.begin(), turns_.end());
        break;
      }
      cursor.last_ns = ev->time_ns;
      cursor.next++;
      count++;
      add(*ev);
    }
  }
  return count;
}
