#include "columniser.h"

#include <utility>

#include "call-event.h"

namespace {

// What has no name in src/format/event-columns.ts becomes "", never an index out of range.
int8_t StateIndex(uint8_t state) { return state < GO_STATES ? static_cast<int8_t>(state) : 0; }

}  // namespace

void Columniser::AddGoroutine(const Goroutine& goroutine) {
  if (goroutine.goid != 0) goroutines_.Get(goroutine.pid, goroutine.goid) = goroutine;
}

int32_t Columniser::InternSite(uint64_t pc, uint64_t caller_pc, SiteUse use) {
  return SiteNumber(0, pc, caller_pc, use, &early_sites_);
}

std::vector<uint64_t> Columniser::TakeEarlySites() { return std::exchange(early_sites_, {}); }

void Columniser::AddNames(std::span<const SiteName> sites, std::span<const int32_t> types) {
  site_names_.insert(site_names_.end(), sites.begin(), sites.end());
  type_names_.insert(type_names_.end(), types.begin(), types.end());
}

Block Columniser::Begin(size_t block_index) {
  Block block;
  block.index = block_index;
  block.alive_count = goroutines_.Count();
  // At least as many events as goroutines between two: checkpoints never outgrow events.
  if (!has_begun_ || rows_since_checkpoint_ >= goroutines_.Count()) {
    block.has_checkpoint = true;
    block.checkpoint = goroutines_.All();
    rows_since_checkpoint_ = 0;
  }
  has_begun_ = true;
  block.new_sites = TakeEarlySites();
  columns_ = pool_.ColumnsOf(block_index);
  return block;
}

void Columniser::Add(const event& ev, Block* block) {
  if (ev.kind == EVENT_THREAD) {
    block->threads.insert(block->threads.end(),
                          {ev.pid, ev.tid, ev.arg0, ev.arg1 & ((1ull << THREAD_PARENT_SHIFT) - 1)});
    if (processes_.Meet(ev, TimeOf(ev))) goroutines_.RemoveAll(static_cast<int32_t>(ev.pid));
    return;
  }
  if (ev.kind == EVENT_PROCESS_END) {
    processes_.End(ev, TimeOf(ev));
    goroutines_.RemoveAll(static_cast<int32_t>(ev.pid));
    return;
  }
  if (ev.kind == EVENT_NONE || ev.kind >= EVENT_KINDS) return;

  const int64_t time_ns = TimeOf(ev);
  auto by_goid = static_cast<int64_t>(ev.by_goid);
  int64_t size_bytes = 0;
  int32_t func = 0;
  int32_t site = 0;
  int32_t type = 0;
  int8_t kind = 0;
  CallRow call;
  int32_t number;
  SiteName place;
  switch (ev.kind) {
    case EVENT_GO_CREATE:
      number = SiteNumber(ev.pid, ev.arg0, 0, kSiteStart, &block->new_sites);
      Follow(ev, time_ns, number);
      func = Named(number, block).func;
      number = SiteNumber(ev.pid, ev.arg1, 0, kSiteGoStatement, &block->new_sites);
      site = Named(number, block).site;
      break;
    case EVENT_GO_STATE:
    case EVENT_GO_EXIT:
      Follow(ev, time_ns, 0);
      break;
    case EVENT_ALLOC:
      size_bytes = static_cast<int64_t>(ev.arg0);
      by_goid = static_cast<int64_t>(ev.goid);
      if (!HasStack(EVENT_ALLOC)) {
        number = SiteNumber(ev.pid, ev.arg2, ev.by_goid, kSiteAlloc, &block->new_sites);
        place = Named(number, block);
        func = place.func;
        site = place.site;
        kind = static_cast<int8_t>(place.kind);
      }
      type = Type(ev.pid, ev.arg1, block);
      break;
    case EVENT_STW_BEGIN:
    case EVENT_STW_END:
      kind = StwKind(ev);
      break;
    default:
      if (!IsCall(ev.kind)) break;
      call = CallRowOf(ev, options_.start_mono_ns);
      size_bytes = call.size_bytes;
      type = Type(ev.pid, call.type_pointer, block);
      if (call.kind >= 0) {
        kind = static_cast<int8_t>(options_.stw_kind_base + STW_REASON_COUNT + call.kind);
      }
      if (!call.is_by_another) {
        by_goid = static_cast<int64_t>(ev.goid);
        if (HasStack(ev.kind)) break;
        number = SiteNumber(ev.pid, ev.arg2, ev.by_goid, kSiteCall, &block->new_sites);
        place = Named(number, block);
        func = place.func;
        site = place.site;
      }
      break;
  }

  const auto goid = static_cast<int64_t>(ev.goid);
  if (!columns_.goid.Fits(goid) || !columns_.by_goid.Fits(by_goid)) {
    block->lost[kLostWideGoid]++;
    return;
  }
  size_t row = block->rows;
  if (row > 0 && columns_.time_ns.At(row - 1) > time_ns) {
    // A probe was interrupted between taking the time and sending: seldom, so rows may move.
    while (row > 0 && columns_.time_ns.At(row - 1) > time_ns) row--;
    pool_.ShiftRows(block->index, row, block->rows);
  }
  columns_.time_ns.Set(row, time_ns);
  columns_.goid.Set(row, goid);
  columns_.by_goid.Set(row, by_goid);
  columns_.size_bytes.Set(row, size_bytes);
  columns_.pid.Set(row, static_cast<int32_t>(ev.pid));
  columns_.tid.Set(row, static_cast<int32_t>(ev.tid));
  columns_.func.Set(row, func);
  columns_.site.Set(row, site);
  columns_.type.Set(row, type);
  columns_.p.Set(row, columns_.p.Fits(ev.p) ? ev.p : int16_t{-1});
  columns_.event.Set(row, static_cast<int8_t>(ev.kind));
  columns_.from_state.Set(row, StateIndex(ev.from));
  columns_.to_state.Set(row, StateIndex(ev.to));
  columns_.wait_reason.Set(row, static_cast<int8_t>(ev.wait_reason));
  columns_.kind.Set(row, kind);
  columns_.stack.Set(row, HasStack(ev.kind) ? static_cast<int32_t>(ev.arg2) : 0);
  columns_.object.Set(row, call.object);
  columns_.value.Set(row, call.value);
  block->rows++;
  block->event_counts[ev.kind]++;
  rows_since_checkpoint_++;
}

int64_t Columniser::MinNs(const Block& block) const {
  return block.rows > 0 ? pool_.ColumnsOf(block.index).time_ns.At(0) : 0;
}

int64_t Columniser::MaxNs(const Block& block) const {
  return block.rows > 0 ? pool_.ColumnsOf(block.index).time_ns.At(block.rows - 1) : 0;
}

int64_t Columniser::TimeOf(const event& ev) const {
  return ev.time_ns > options_.start_mono_ns
             ? static_cast<int64_t>(ev.time_ns - options_.start_mono_ns)
             : 0;
}

void Columniser::Follow(const event& ev, int64_t time_ns, int32_t start_site) {
  const auto pid = static_cast<int32_t>(ev.pid);
  const auto goid = static_cast<int64_t>(ev.goid);
  if (goid == 0) return;
  if (ev.kind == EVENT_GO_EXIT) {
    goroutines_.Remove(pid, goid);
    return;
  }
  Goroutine& goroutine = goroutines_.Get(pid, goid);
  if (ev.kind == EVENT_GO_CREATE) {
    goroutine.parent_goid = static_cast<int64_t>(ev.by_goid);
    goroutine.created_ns = time_ns;
    goroutine.start_site = start_site;
  }
  // An interrupted probe may tell of the state before.
  if (time_ns < goroutine.since_ns) return;
  goroutine.state = StateIndex(ev.to);
  goroutine.wait_reason = static_cast<int8_t>(ev.wait_reason);
  goroutine.since_ns = time_ns;
}

int32_t Columniser::SiteNumber(uint32_t pid, uint64_t pc, uint64_t caller_pc, SiteUse use,
                               std::vector<uint64_t>* new_sites) {
  if (pc == 0 && caller_pc == 0) return 0;
  pc = processes_.InExecutable(pid, pc);
  caller_pc = processes_.InExecutable(pid, caller_pc);
  bool is_new;
  const int32_t number = sites_.Number(pc, caller_pc, use, &is_new);
  if (is_new) new_sites->insert(new_sites->end(), {pc, caller_pc, use});
  return number;
}

SiteName Columniser::Named(int32_t number, Block* block) const {
  const auto index = static_cast<size_t>(number);
  if (index < site_names_.size()) return site_names_[index];
  block->has_unnamed = true;
  return {.func = -number, .site = -number, .kind = 0};
}

int32_t Columniser::Type(uint32_t pid, uint64_t pointer, Block* block) {
  if (pointer == 0) return 0;
  pointer = processes_.InExecutable(pid, pointer);
  bool is_new;
  const int32_t number = types_.Number(pointer, 0, 0, &is_new);
  if (is_new) block->new_types.push_back(pointer);
  const auto index = static_cast<size_t>(number);
  if (index < type_names_.size()) return type_names_[index];
  block->has_unnamed = true;
  return -number;
}

int8_t Columniser::StwKind(const event& ev) {
  // startTheWorldWithSema is not probed for its reason: the world stops once at a time.
  uint8_t& reason = processes_.StopReason(ev.pid);
  const bool is_told = !options_.stops_have_no_reason && ev.detail < STW_REASON_COUNT;
  if (ev.kind == EVENT_STW_BEGIN) reason = is_told ? ev.detail : 0;
  return static_cast<int8_t>(options_.stw_kind_base + reason);
}
