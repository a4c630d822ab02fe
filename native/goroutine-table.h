// The goroutines alive, by (pid, goid): what a checkpoint holds.
//
// Open addressing with linear probing; removal shifts the followers back, so that a
// server that creates a goroutine for each request leaves no gravestones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

struct Goroutine {
  int64_t goid = 0;  // 0: empty slot; no goroutine has this number
  int64_t parent_goid = 0;
  int64_t since_ns = -1;    // -1: before the recording
  int64_t created_ns = -1;  // -1: before the recording
  int32_t pid = 0;
  int32_t start_site = 0;
  int8_t state = 0;
  int8_t wait_reason = 0;
};

class GoroutineTable {
 public:
  GoroutineTable();

  // The goroutine, inserted when it is new (with goid and pid only). `goid` is not 0.
  // Valid until the next call.
  Goroutine& Get(int32_t pid, int64_t goid);

  void Remove(int32_t pid, int64_t goid);

  // All goroutines of a process that is no more.
  void RemoveAll(int32_t pid);

  size_t Count() const { return count_; }

  std::vector<Goroutine> All() const;

 private:
  size_t Find(int32_t pid, int64_t goid) const;
  void Grow();

  std::vector<Goroutine> slots_;
  size_t count_ = 0;
};
