#include "interner.h"

namespace {

constexpr size_t kFirstSlots = 1024;  // a power of two, as all later sizes

// Two million places: more than any program has, and 64 MB.
constexpr int32_t kMaxNumbers = 1 << 21;

uint64_t Hash(uint64_t a, uint64_t b, uint32_t use) {
  uint64_t hash = (a ^ (b << 1 | b >> 63) ^ use) * 0x9e3779b97f4a7c15ull;
  hash ^= hash >> 32;
  return hash * 0xd6e8feb86659fd93ull >> 20;
}

}  // namespace

Interner::Interner() : slots_(kFirstSlots) {}

size_t Interner::Find(const std::vector<Slot>& slots, uint64_t a, uint64_t b, uint32_t use) const {
  const size_t mask = slots.size() - 1;
  size_t at = Hash(a, b, use) & mask;
  while (slots[at].number != 0 &&
         !(slots[at].a == a && slots[at].b == b && slots[at].use == use)) {
    at = (at + 1) & mask;
  }
  return at;
}

int32_t Interner::FindOrAdd(uint64_t a, uint64_t b, uint32_t use, bool* is_new) {
  size_t at = Find(slots_, a, b, use);
  if (slots_[at].number != 0) return slots_[at].number;
  if (count_ >= kMaxNumbers) return 0;
  if (static_cast<size_t>(count_) >= slots_.size() / 2) {
    Grow();
    at = Find(slots_, a, b, use);
  }
  count_++;
  slots_[at] = {a, b, use, count_};
  *is_new = true;
  return count_;
}

void Interner::Grow() {
  std::vector<Slot> larger(slots_.size() * 2);
  for (const Slot& slot : slots_) {
    if (slot.number != 0) larger[Find(larger, slot.a, slot.b, slot.use)] = slot;
  }
  slots_ = std::move(larger);
}
