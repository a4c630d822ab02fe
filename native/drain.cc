#include "drain.h"

#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <chrono>

namespace {

constexpr int kDrainNice = -10;

// Long enough to make the lock cheap, short enough (some 100 us) for who waits for it.
constexpr size_t kBatchEvents = 4096;

// An event younger than this may have an older sister on another CPU that is not yet in its ring.
constexpr uint64_t kInFlightNs = 20'000;

uint64_t NowNs(clockid_t clock) {
  timespec time;
  ::clock_gettime(clock, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

uint64_t ThreadCpuNs() { return NowNs(CLOCK_THREAD_CPUTIME_ID); }

uint64_t MonotonicNs() { return NowNs(CLOCK_MONOTONIC); }

}  // namespace

Drain::Drain(const BpfObject& object, const BlockPool& pool, const ColumniserOptions& options)
    : object_(object), pool_(pool), columniser_(pool, options), is_taken_(pool.BlockCount()) {
  for (size_t index = pool.BlockCount(); index > 0; index--) free_.push_back(index - 1);
}

SystemError Drain::Open() {
  return ring_.Open(object_.RingsFd(), object_.SlotsFd(), object_.RingCount(),
                    object_.RingSlotsLog2());
}

SystemError Drain::Start(uint32_t poll_ms, std::function<void()> on_block) {
  poll_ms_ = poll_ms;
  on_block_ = std::move(on_block);
  const int error = ::pthread_create(&thread_, nullptr, ThreadMain, this);
  if (error != 0) return {error, "pthread_create", ""};
  is_running_ = true;
  return {};
}

void Drain::Stop() {
  if (!is_running_) return;
  {
    const std::lock_guard lock(stop_mutex_);
    is_stopping_ = true;
  }
  stop_signal_.notify_one();
  ::pthread_join(thread_, nullptr);
  is_running_ = false;
}

void* Drain::ThreadMain(void* self) {
  ::pthread_setname_np(::pthread_self(), "xgotop-drain");
  // A ring that waits behind a busy program loses its events. On Linux this is of one thread;
  // without CAP_SYS_NICE it stays as it is.
  ::setpriority(PRIO_PROCESS, 0, kDrainNice);
  static_cast<Drain*>(self)->Run();
  return nullptr;
}

void Drain::Run() {
  std::unique_lock stop_lock(stop_mutex_);
  while (!is_stopping_) {
    stop_lock.unlock();
    bool was_cut = false, has_notices = false;
    for (bool was_some = true; was_some && !was_cut;) {
      const std::lock_guard lock(drain_mutex_);
      was_some = DrainBatch();
      was_cut = was_some && !current_;
      if (columniser_.Processes().HasNotices()) has_notices = true;
    }
    if (was_cut || has_notices) on_block_();
    cpu_ns_.store(ThreadCpuNs(), std::memory_order_relaxed);
    stop_lock.lock();
    // A full block means that there is more: only look whether to stop. Whether somebody takes
    // it meanwhile makes no difference: the ring is emptied as long as there are blocks.
    if (was_cut) continue;
    if (!is_stopping_) stop_signal_.wait_for(stop_lock, std::chrono::milliseconds(poll_ms_));
  }
}

// Moves some records from the ring into the current block. False when there are none, or no room.
bool Drain::DrainBatch() {
  if (!current_) {
    size_t index;
    {
      const std::lock_guard lock(queue_mutex_);
      if (free_.empty()) return false;
      index = free_.back();
      free_.pop_back();
    }
    current_ = columniser_.Begin(index);
  }
  const size_t room = pool_.BlockRows() - current_->rows;
  const size_t rows_before = current_->rows;
  const uint64_t until_ns = is_detached_ ? UINT64_MAX : MonotonicNs() - kInFlightNs;
  const bool was_some =
      ring_.Read(std::min(room, kBatchEvents), until_ns,
                 [&](const event& ev) { columniser_.Add(ev, &*current_); }) > 0;
  ring_.Release();
  object_.Stacks().Read(&columniser_.Processes(), &current_->new_stacks);
  events_.fetch_add(current_->rows - rows_before, std::memory_order_relaxed);
  if (current_->rows == pool_.BlockRows()) Cut();
  return was_some;
}

// Ends the current block and queues it.
void Drain::Cut() {
  const auto drops = object_.Drops();
  // Stacks are sent before the events that refer to them: now all are there.
  object_.Stacks().Read(&columniser_.Processes(), &current_->new_stacks);
  for (size_t cause = 0; cause < kLossCauses; cause++) {
    // Besides what the columniser has counted.
    current_->lost[cause] += drops[cause] - drops_before_[cause];
  }
  drops_before_ = drops;
  lost_wide_goids_.fetch_add(current_->lost[kLostWideGoid], std::memory_order_relaxed);
  const std::lock_guard lock(queue_mutex_);
  full_.push_back(std::move(*current_));
  current_.reset();
}

std::optional<Block> Drain::PopFull() {
  const std::lock_guard lock(queue_mutex_);
  if (full_.empty()) return std::nullopt;
  Block block = std::move(full_.front());
  full_.pop_front();
  is_taken_[block.index] = true;
  return block;
}

std::optional<Block> Drain::Take(bool partial) {
  std::optional<Block> block = PopFull();
  if (block || !partial) return block;
  const std::lock_guard lock(drain_mutex_);
  while (DrainBatch()) {
    block = PopFull();
    if (block) return block;
  }
  if (current_ && current_->rows > 0) Cut();
  return PopFull();
}

void Drain::AddNames(std::span<const SiteName> sites, std::span<const int32_t> types) {
  const std::lock_guard lock(drain_mutex_);
  columniser_.AddNames(sites, types);
}

std::vector<uint64_t> Drain::TakeProcessNotices() {
  const std::lock_guard lock(drain_mutex_);
  return columniser_.Processes().TakeNotices();
}

bool Drain::Give(size_t block_index) {
  const std::lock_guard lock(queue_mutex_);
  if (block_index >= is_taken_.size() || !is_taken_[block_index]) return false;
  is_taken_[block_index] = false;
  free_.push_back(block_index);
  return true;
}

size_t Drain::BusyBlocks() {
  const std::lock_guard lock(queue_mutex_);
  return full_.size() + static_cast<size_t>(std::count(is_taken_.begin(), is_taken_.end(), true));
}

uint64_t Drain::CpuNs() const { return cpu_ns_.load(std::memory_order_relaxed); }
