#include "ring-reader.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace {

uint64_t Load(__u64& position) {
  return std::atomic_ref<__u64>(position).load(std::memory_order_acquire);
}

size_t WholePages(size_t bytes) {
  const auto page_bytes = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  return (bytes + page_bytes - 1) / page_bytes * page_bytes;
}

}  // namespace

SystemError RingReader::Open(int rings_fd, int slots_fd, size_t ring_count, uint32_t slots_log2) {
  slots_log2_ = slots_log2;
  rings_ = Mapping::Map(rings_fd, WholePages(ring_count * sizeof(ring)), PROT_READ | PROT_WRITE);
  if (!rings_.IsOpen()) return {errno, "mmap", "heads of the rings"};
  slots_ = Mapping::Map(slots_fd, WholePages((ring_count << slots_log2) * sizeof(event)), PROT_READ);
  if (!slots_.IsOpen()) return {errno, "mmap", "the rings"};
  cursors_.resize(ring_count);
  for (size_t index = 0; index < ring_count; index++) cursors_[index].ring = index;
  turns_.reserve(ring_count);
  return {};
}

void RingReader::FindTurns() {
  turns_.clear();
  for (Cursor& cursor : cursors_) {
    cursor.end = Load(Head(cursor.ring).head);
    if (cursor.next == cursor.end) continue;
    const event* ev = Next(cursor);
    turns_.push_back({ev != nullptr ? ev->time_ns : cursor.last_ns, &cursor});
  }
  std::make_heap(turns_.begin(), turns_.end());
}

void RingReader::Release() {
  for (const Cursor& cursor : cursors_) {
    std::atomic_ref<__u64>(Head(cursor.ring).tail).store(cursor.next, std::memory_order_release);
  }
}

size_t RingReader::UsedBytes() const {
  size_t events = 0;
  for (size_t index = 0; rings_.IsOpen() && index < cursors_.size(); index++) {
    ring& head = Head(index);
    events += Load(head.head) - Load(head.tail);
  }
  return events * sizeof(event);
}
