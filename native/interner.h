// Numbers what occurs again and again: (pc, caller's pc, use) to 1, 2, 3, ...
//
// Open addressing with linear probing; nothing is ever removed. The number of different
// places in a program is small; a corrupted stack could invent more, hence the limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

class Interner {
 public:
  Interner();

  // The number of the key, 0 when there are too many. `*is_new` when this call gave it.
  // Inline, since most keys are asked for many times in a row: those cost three comparisons.
  int32_t Number(uint64_t a, uint64_t b, uint32_t use, bool* is_new) {
    *is_new = false;
    if (last_.number == 0 || last_.a != a || last_.b != b || last_.use != use) {
      last_ = {a, b, use, FindOrAdd(a, b, use, is_new)};
    }
    return last_.number;
  }

 private:
  struct Slot {
    uint64_t a = 0;
    uint64_t b = 0;
    uint32_t use = 0;
    int32_t number = 0;  // 0: empty
  };

  size_t Find(const std::vector<Slot>& slots, uint64_t a, uint64_t b, uint32_t use) const;
  int32_t FindOrAdd(uint64_t a, uint64_t b, uint32_t use, bool* is_new);
  void Grow();

  std::vector<Slot> slots_;
  Slot last_;  // what Number was asked last
  int32_t count_ = 0;
};
