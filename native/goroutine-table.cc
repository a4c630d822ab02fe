#include "goroutine-table.h"

#include <utility>

namespace {

constexpr size_t kFirstSlots = 1024;  // a power of two, as all later sizes

size_t Hash(int32_t pid, int64_t goid) {
  // Ids are given out in rows; a multiplication spreads them, its high bits best.
  const uint64_t key = static_cast<uint64_t>(goid) ^ static_cast<uint64_t>(pid) << 40;
  return key * 0x9e3779b97f4a7c15ull >> 24;
}

}  // namespace

GoroutineTable::GoroutineTable() : slots_(kFirstSlots) {}

size_t GoroutineTable::Find(int32_t pid, int64_t goid) const {
  const size_t mask = slots_.size() - 1;
  size_t at = Hash(pid, goid) & mask;
  while (slots_[at].goid != 0 && !(slots_[at].goid == goid && slots_[at].pid == pid)) {
    at = (at + 1) & mask;
  }
  return at;
}

Goroutine& GoroutineTable::Get(int32_t pid, int64_t goid) {
  size_t at = Find(pid, goid);
  if (slots_[at].goid != 0) return slots_[at];
  if (count_ >= slots_.size() / 2) {
    Grow();
    at = Find(pid, goid);
  }
  count_++;
  slots_[at] = Goroutine{};
  slots_[at].goid = goid;
  slots_[at].pid = pid;
  return slots_[at];
}

void GoroutineTable::Remove(int32_t pid, int64_t goid) {
  const size_t mask = slots_.size() - 1;
  size_t hole = Find(pid, goid);
  if (slots_[hole].goid == 0) return;
  count_--;
  for (size_t at = (hole + 1) & mask; slots_[at].goid != 0; at = (at + 1) & mask) {
    const size_t home = Hash(slots_[at].pid, slots_[at].goid) & mask;
    // Movable when its home is not within (hole, at], going round.
    if (((at - home) & mask) >= ((at - hole) & mask)) {
      slots_[hole] = slots_[at];
      hole = at;
    }
  }
  slots_[hole] = Goroutine{};
}

void GoroutineTable::RemoveAll(int32_t pid) {
  std::vector<Goroutine> before =
      std::exchange(slots_, std::vector<Goroutine>(slots_.size()));
  count_ = 0;
  for (const Goroutine& goroutine : before) {
    if (goroutine.goid == 0 || goroutine.pid == pid) continue;
    slots_[Find(goroutine.pid, goroutine.goid)] = goroutine;
    count_++;
  }
}

std::vector<Goroutine> GoroutineTable::All() const {
  std::vector<Goroutine> alive;
  alive.reserve(count_);
  for (const Goroutine& goroutine : slots_) {
    if (goroutine.goid != 0) alive.push_back(goroutine);
  }
  return alive;
}

void GoroutineTable::Grow() {
  std::vector<Goroutine> smaller = std::exchange(slots_, std::vector<Goroutine>(slots_.size() * 2));
  for (const Goroutine& goroutine : smaller) {
    if (goroutine.goid != 0) slots_[Find(goroutine.pid, goroutine.goid)] = goroutine;
  }
}
