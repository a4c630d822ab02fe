#include "recorder-options.h"

#include <algorithm>
#include <cstring>

#include "js-object.h"

namespace {

constexpr uint32_t kMaxBlockRows = 1 << 20;
constexpr uint32_t kMaxBlockCount = 1024;
constexpr uint32_t kMaxRingBytes = 1u << 30;

// Far above the size of any of Go's structs in question.
constexpr int64_t kMaxOffset = 4096;

bool IsWithin(uint32_t first, uint32_t last, uint32_t bytes, uint32_t most) {
  return first <= last && last + bytes - first <= most;
}

// The kernel side reads each struct in one piece; the pieces have room for Go 1.17 to 1.27.
bool FitsReads(const record_config& config) {
  const auto parent = static_cast<uint32_t>(config.g_parent_goid);
  return IsWithin(config.g_m, config.g_wait_reason, 1, G_HEAD_MAX) &&
         config.g_m < config.g_status && config.g_status < config.g_goid &&
         config.g_goid + 8 <= config.g_wait_reason &&
         IsWithin(config.g_goid, config.g_startpc, 8, G_TAIL_MAX) &&
         config.g_gopc > config.g_goid && config.g_gopc < config.g_startpc &&
         (config.g_parent_goid < 0 || (parent > config.g_goid && parent < config.g_startpc)) &&
         IsWithin(config.m_curg, config.m_p, 8, M_BLOCK_MAX);
}

// OpenOptions.follow.
bool ReadFollow(const Napi::Value& value, RecorderOptions* options) {
  JsObject given(value, "options.follow");
  record_config& config = options->config;
  config.follow = static_cast<uint32_t>(given.Integer("mode", FOLLOW_LISTED, FOLLOW_ALL));
  if (given.Has("cgroupId")) config.follow_cgroup = given.BigInt("cgroupId");
  if (given.Has("comm")) {
    const std::string comm = given.String("comm");
    std::memcpy(config.follow_comm, comm.data(), std::min(comm.size(), sizeof(config.follow_comm) - 1));
  }
  const Napi::Value pids = given.Value("pids");
  if (!given.Ok()) return false;
  for (uint32_t i = 0; pids.IsArray() && i < pids.As<Napi::Array>().Length(); i++) {
    const Napi::Value pid = pids.As<Napi::Array>().Get(i);
    if (pid.IsNumber()) options->pids.push_back(pid.As<Napi::Number>().Uint32Value());
  }
  return true;
}

// Widths of the columns to have; without `columns` all of them, none narrower.
bool ReadColumns(const Napi::Value& value, ColumnWidths* widths) {
  if (value.IsUndefined()) {
    for (size_t i = 0; i < kColumns.size(); i++) (*widths)[i] = kColumns[i].width;
    return true;
  }
  JsObject given(value, "options.columns");
  for (size_t i = 0; i < kColumns.size(); i++) {
    const auto& [name, width, narrow] = kColumns[i];
    (*widths)[i] = given.Has(name) ? static_cast<size_t>(given.Integer(name, 0, 8)) : 0;
    const size_t found = (*widths)[i];
    if (found != 0 && found != width && (narrow == 0 || found != narrow)) {
      const std::string complaint = std::string("options.columns: no such width of ") + name;
      Napi::RangeError::New(value.Env(), complaint).ThrowAsJavaScriptException();
      return false;
    }
  }
  return given.Ok();
}

}  // namespace

bool ReadOptions(const Napi::Value& value, RecorderOptions* options) {
  JsObject given(value, "options");
  options->object_path = given.String("objectPath");
  options->ring_bytes = static_cast<uint32_t>(given.Integer("ringBytes", 4096, kMaxRingBytes));
  options->block_rows = static_cast<uint32_t>(given.Integer("blockRows", 1, kMaxBlockRows));
  options->block_count = static_cast<uint32_t>(given.Integer("blockCount", 1, kMaxBlockCount));
  options->force_perf_events = given.Bool("perfEvents");
  options->columniser.start_mono_ns = given.BigInt("startMonoNs");
  options->columniser.stw_kind_base =
      static_cast<int32_t>(given.Integer("stwKindBase", 0, INT8_MAX - STW_REASON_COUNT - CALL_KIND_COUNT));
  options->columniser.stops_have_no_reason = given.Bool("stopsHaveNoReason");

  record_config& config = options->config;
  config.pretended_reasons = given.BigInt("pretendedReasons");
  config.known_reasons = given.BigInt("knownReasons");
  config.cas_tells_syscalls = given.Bool("casTellsSyscalls");
  config.create_from_cas = given.Bool("createFromCas");
  config.create_parked_from_cas = given.Bool("createParkedFromCas");
  config.tracks_running = given.Bool("tracksRunning");
  config.caller_tells_allocator = given.Bool("callerTellsAllocator");
  if (given.Has("actions")) options->actions = given.BigInt("actions");
  if (given.Has("stackChecks")) config.stack_checks = given.BigInt("stackChecks");
  if (given.Has("preemptedReason")) {
    config.preempted_reason = static_cast<uint8_t>(given.Integer("preemptedReason", 0, 63));
  }
  if (!given.Ok() || !ReadFollow(given.Value("follow"), options)) return false;
  if (!ReadColumns(given.Value("columns"), &options->column_widths)) return false;

  JsObject offsets(given.Value("offsets"), "options.offsets");
  const auto offset = [&](const char* name) {
    return static_cast<uint32_t>(offsets.Integer(name, 0, kMaxOffset));
  };
  config.g_m = offset("gM");
  config.g_status = offset("gStatus");
  config.g_goid = offset("gGoid");
  config.g_wait_reason = offset("gWaitReason");
  config.g_parent_goid = static_cast<int32_t>(offsets.Integer("gParentGoid", -1, kMaxOffset));
  config.g_gopc = offset("gGopc");
  config.g_startpc = offset("gStartpc");
  config.m_curg = offset("mCurg");
  config.m_p = offset("mP");
  config.p_id = offset("pId");
  if (!offsets.Ok()) return false;

  if (given.Has("stacks")) {
    JsObject stacks(given.Value("stacks"), "options.stacks");
    const auto number = [&](const char* name, int64_t most) {
      return static_cast<uint32_t>(stacks.Integer(name, 0, most));
    };
    options->stacks = {.sched_depth = number("sched", STACK_DEPTH_MAX),
                       .alloc_depth = number("alloc", STACK_DEPTH_MAX),
                       .gc_depth = number("gc", STACK_DEPTH_MAX),
                       .limit = 0,
                       .scratch_count = 0,
                       .g_sched = number("gSched", kMaxOffset),
                       .gobuf_bp = number("gobufBp", 56),
                       .has_calls = stacks.Bool("hasCalls") ? 1u : 0u};
    const uint64_t stack_kinds = stacks.BigInt("kinds");
    if (!stacks.Ok()) return false;
    options->columniser.stack_kinds = stack_kinds;
  }

  const char* complaint = nullptr;
  if ((options->ring_bytes & (options->ring_bytes - 1)) != 0) {
    complaint = "options.ringBytes must be a power of two";
  } else if (!FitsReads(config)) {
    complaint = "options.offsets are not those of a Go runtime: fields lie too far apart";
  }
  if (complaint != nullptr) {
    Napi::RangeError::New(value.Env(), complaint).ThrowAsJavaScriptException();
    return false;
  }
  return true;
}
