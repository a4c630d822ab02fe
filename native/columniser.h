// Turns records into rows of a block, and follows the goroutines while doing so.
//
// Knows docs/format.md's columns and nothing of threads, rings or JavaScript. What func, site,
// type and the kind of an allocation are is told from outside: a place or type that was not
// named yet stands in its row as the negative of its number, and is listed with the block that
// saw it first.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "block-pool.h"
#include "event-c.h"
#include "goroutine-table.h"
#include "interner.h"
#include "process-table.h"

// Causes of loss: those of the kernel side, and our own (LOSS_CAUSES of src/format).
inline constexpr size_t kLostWideGoid = DROP_REASONS + 1;  // after overrun
inline constexpr size_t kLossCauses = DROP_REASONS + 3;    // the last is counted in TypeScript

// SITE_USE of src/record/native.ts.
enum SiteUse : uint32_t { kSiteStart = 1, kSiteGoStatement = 2, kSiteAlloc = 3, kSiteCall = 4 };

// What belongs to a block besides its columns.
struct Block {
  size_t index = 0;
  size_t rows = 0;
  std::array<uint32_t, EVENT_KINDS> event_counts{};
  std::array<uint64_t, kLossCauses> lost{};
  size_t alive_count = 0;
  bool has_unnamed = false;  // some row has a negative number
  bool has_checkpoint = false;
  std::vector<Goroutine> checkpoint;
  std::vector<uint64_t> new_sites;  // pc, caller's pc, SiteUse
  std::vector<uint64_t> new_types;  // pointers
  std::vector<uint64_t> new_stacks;  // StackReader::Read
  std::vector<uint64_t> threads;    // pid, tid, instruction pointer, site of `attach`
};

// What stands in the rows of a place, in columns func, site and, of an allocation, kind.
struct SiteName {
  int32_t func = 0;
  int32_t site = 0;
  int32_t kind = 0;
};

struct ColumniserOptions {
  uint64_t start_mono_ns = 0;
  int32_t stw_kind_base = 0;
  bool stops_have_no_reason = false;
  // Bit n: arg2 of events of kind n is the number of their stack. Allocations then have no site.
  uint64_t stack_kinds = 0;
};

class Columniser {
 public:
  Columniser(const BlockPool& pool, const ColumniserOptions& options)
      : pool_(pool), options_(options) {}

  void SetStart(uint64_t mono_ns) { options_.start_mono_ns = mono_ns; }

  // Before the first block: a goroutine that lives already.
  void AddGoroutine(const Goroutine& goroutine);

  ProcessTable& Processes() { return processes_; }

  // Before the first block: the number of a place (addresses as in the executable), and the words of those not reported yet.
  int32_t InternSite(uint64_t pc, uint64_t caller_pc, SiteUse use);
  std::vector<uint64_t> TakeEarlySites();

  // What the next numbers without a name become, in rows that are still to come.
  void AddNames(std::span<const SiteName> sites, std::span<const int32_t> types);

  // Begin a block in a free buffer. It gets a checkpoint when one is due.
  Block Begin(size_t block_index);

  // Append to the block begun last, in the order of time. The block has room.
  void Add(const event& ev, Block* block);

  int64_t MinNs(const Block& block) const;
  int64_t MaxNs(const Block& block) const;

 private:
  void Follow(const event& ev, int64_t time_ns, int32_t start_site);
  int64_t TimeOf(const event& ev) const;
  int32_t SiteNumber(uint32_t pid, uint64_t pc, uint64_t caller_pc, SiteUse use,
                     std::vector<uint64_t>* new_sites);
  // What stands in rows of a place; its negative number where it was not named.
  SiteName Named(int32_t number, Block* block) const;
  // Events of this kind have the number of a stack in arg2.
  bool HasStack(uint8_t kind) const { return options_.stack_kinds >> kind & 1; }
  int32_t Type(uint32_t pid, uint64_t pointer, Block* block);
  int8_t StwKind(const event& ev);

  const BlockPool& pool_;
  ColumniserOptions options_;
  Columns columns_{};
  GoroutineTable goroutines_;
  Interner sites_;
  Interner types_;
  std::vector<SiteName> site_names_{1};  // by number
  std::vector<int32_t> type_names_{0};
  std::vector<uint64_t> early_sites_;
  bool has_begun_ = false;
  size_t rows_since_checkpoint_ = 0;
  ProcessTable processes_;
};
