// The thread that empties the ring into blocks, and the queue in which they wait.
//
// Two locks: one for the ring and the block being filled, held for a batch at a time; one
// for the queue of full blocks and the list of free ones, held for moments. The thread
// never touches JavaScript; `on_block` is called on it and must only signal.
//
// When no block is free nothing is drained: the ring fills and the kernel side counts
// what does not fit. So memory is bounded, and what is lost is counted once.
#pragma once

#include <pthread.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "block-pool.h"
#include "bpf-object.h"
#include "columniser.h"
#include "ring-reader.h"
#include "system-error.h"

class Drain {
 public:
  Drain(const BpfObject& object, const BlockPool& pool, const ColumniserOptions& options);
  Drain(const Drain&) = delete;
  Drain& operator=(const Drain&) = delete;
  ~Drain() { Stop(); }

  SystemError Open();
  void AddGoroutine(const Goroutine& goroutine) { columniser_.AddGoroutine(goroutine); }
  int32_t InternSite(uint64_t pc, uint64_t caller_pc, SiteUse use) {
    return columniser_.InternSite(pc, caller_pc, use);
  }
  std::vector<uint64_t> TakeEarlySites() { return columniser_.TakeEarlySites(); }
  // As Columniser has it; at any time.
  void AddNames(std::span<const SiteName> sites, std::span<const int32_t> types);
  // Only before Start.
  ProcessTable& Processes() { return columniser_.Processes(); }
  std::vector<uint64_t> TakeProcessNotices();
  // CLOCK_MONOTONIC that becomes time 0; before Start.
  void SetStart(uint64_t mono_ns) { columniser_.SetStart(mono_ns); }
  SystemError Start(uint32_t poll_ms, std::function<void()> on_block);
  // Nothing is sent any more: what is in the rings is all there is.
  void SetDetached() { is_detached_ = true; }
  // Ends the thread; the queue stays readable.
  void Stop();

  // The next full block; with `partial` also one that is not full, after draining.
  std::optional<Block> Take(bool partial);
  // False when the block was not taken.
  bool Give(size_t block_index);

  int64_t MinNs(const Block& block) const { return columniser_.MinNs(block); }
  int64_t MaxNs(const Block& block) const { return columniser_.MaxNs(block); }
  uint64_t Events() const { return events_.load(std::memory_order_relaxed); }
  size_t RingUsedBytes() const { return ring_.UsedBytes(); }
  size_t BusyBlocks();
  uint64_t CpuNs() const;
  uint64_t LostWideGoids() const { return lost_wide_goids_.load(std::memory_order_relaxed); }

 private:
  static void* ThreadMain(void* self);
  void Run();
  bool DrainBatch();
  void Cut();
  std::optional<Block> PopFull();

  const BpfObject& object_;
  const BlockPool& pool_;

  std::atomic<bool> is_detached_{false};

  std::mutex drain_mutex_;
  RingReader ring_;
  Columniser columniser_;
  std::optional<Block> current_;
  std::array<uint64_t, kLossCauses> drops_before_{};

  std::mutex queue_mutex_;
  std::deque<Block> full_;
  std::vector<size_t> free_;
  std::vector<bool> is_taken_;

  std::mutex stop_mutex_;
  std::condition_variable stop_signal_;
  bool is_stopping_ = false;

  pthread_t thread_{};
  bool is_running_ = false;
  uint32_t poll_ms_ = 0;
  std::function<void()> on_block_;
  std::atomic<uint64_t> events_{0};
  std::atomic<uint64_t> cpu_ns_{0};
  std::atomic<uint64_t> lost_wide_goids_{0};
};
