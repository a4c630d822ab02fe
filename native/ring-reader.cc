#include "ring-reader.h"

#include <linux/bpf.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace {

uint64_t LoadPosition(const Mapping& page) {
  auto* position = reinterpret_cast<uint64_t*>(page.Get());
  return std::atomic_ref<uint64_t>(*position).load(std::memory_order_acquire);
}

}  // namespace

SystemError RingReader::Open(int map_fd, size_t ring_bytes) {
  const size_t page_bytes = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  consumer_ = Mapping::Map(map_fd, page_bytes, PROT_READ | PROT_WRITE);
  if (!consumer_.IsOpen()) return {errno, "mmap", "consumer page of the ring"};
  producer_ = Mapping::Map(map_fd, page_bytes + 2 * ring_bytes, PROT_READ, page_bytes);
  if (!producer_.IsOpen()) return {errno, "mmap", "the ring"};
  ring_ = producer_.Get() + page_bytes;
  mask_ = ring_bytes - 1;
  next_position_ = LoadPosition(consumer_);
  return {};
}

const std::vector<RingReader::Entry>& RingReader::Peek(size_t limit) {
  entries_.clear();
  uint64_t position = LoadPosition(consumer_);
  const uint64_t end = LoadPosition(producer_);
  while (position < end && entries_.size() < limit) {
    const std::byte* record = ring_ + (position & mask_);
    auto* header = reinterpret_cast<uint32_t*>(const_cast<std::byte*>(record));
    const uint32_t word = std::atomic_ref<uint32_t>(*header).load(std::memory_order_acquire);
    // Reserved, not yet submitted: what follows has to wait.
    if (word & BPF_RINGBUF_BUSY_BIT) break;
    const uint32_t bytes = word & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
    position += (bytes + BPF_RINGBUF_HDR_SZ + 7) & ~7u;
    if ((word & BPF_RINGBUF_DISCARD_BIT) != 0 || bytes < EVENT_SHORT_SIZE) continue;

    const auto* ev = reinterpret_cast<const event*>(record + BPF_RINGBUF_HDR_SZ);
    const uint64_t time_ns = ev->time_ns;
    // Two CPUs may reserve in another order than they took the time: a step or two back.
    size_t at = entries_.size();
    entries_.push_back({time_ns, ev});
    while (at > 0 && entries_[at - 1].time_ns > time_ns) {
      entries_[at] = entries_[at - 1];
      at--;
    }
    entries_[at] = {time_ns, ev};
  }
  next_position_ = position;
  return entries_;
}

void RingReader::Release() {
  auto* position = reinterpret_cast<uint64_t*>(consumer_.Get());
  std::atomic_ref<uint64_t>(*position).store(next_position_, std::memory_order_release);
}

size_t RingReader::UsedBytes() const {
  if (!consumer_.IsOpen() || !producer_.IsOpen()) return 0;
  const uint64_t consumed = LoadPosition(consumer_);
  return static_cast<size_t>(LoadPosition(producer_) - consumed);
}
