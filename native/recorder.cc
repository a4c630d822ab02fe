#include "recorder.h"

#include <map>
#include <vector>

#include "block-object.h"
#include "js-object.h"
#include "recorder-options.h"
#include "system-error.h"

Napi::Function Recorder::Define(Napi::Env env) {
  return DefineClass(env, "NativeRecorder",
                     {
                         InstanceMethod("attach", &Recorder::Attach),
                         InstanceMethod("addGoroutines", &Recorder::AddGoroutines),
                         InstanceMethod("addProcess", &Recorder::AddProcess),
                         InstanceMethod("takeProcesses", &Recorder::TakeProcesses),
                         InstanceMethod("internSites", &Recorder::InternSites),
                         InstanceMethod("takeNewSites", &Recorder::TakeNewSites),
                         InstanceMethod("addNames", &Recorder::AddNames),
                         InstanceMethod("setStart", &Recorder::SetStart),
                         InstanceMethod("start", &Recorder::Start),
                         InstanceMethod("detach", &Recorder::Detach),
                         InstanceMethod("takeBlock", &Recorder::TakeBlock),
                         InstanceMethod("releaseBlock", &Recorder::ReleaseBlock),
                         InstanceMethod("stats", &Recorder::Stats),
                         InstanceMethod("close", &Recorder::Close),
                     });
}

Recorder::Recorder(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Recorder>(info) {
  const Napi::Env env = info.Env();
  RecorderOptions options;
  if (!ReadOptions(info[0], &options)) return;
  stack_checks_ = options.config.stack_checks;

  SystemError error = ProbeKernel(&probing_);
  if (options.force_perf_events) probing_.has_uprobe_multi = false;
  pool_ = std::make_shared<BlockPool>();
  auto object = std::make_unique<BpfObject>();
  if (!error.Failed()) error = pool_->Open(options.block_rows, options.block_count, options.column_widths);
  if (!error.Failed()) {
    object->SetStacks(options.stacks);
    object->SetActions(options.actions);
    error = object->Open(options.object_path, options.config, options.pids, options.ring_bytes,
                         probing_.has_uprobe_multi);
  }
  std::unique_ptr<Drain> drain;
  if (!error.Failed()) {
    drain = std::make_unique<Drain>(*object, *pool_, options.columniser);
    error = drain->Open();
  }
  if (error.Failed()) {
    Throw(env, error);
    return;
  }
  ring_bytes_ = object->RingBytes();
  object_ = std::move(object);
  drain_ = std::move(drain);
  ExposeBlocks(env, info.This().As<Napi::Object>());
  napi_add_env_cleanup_hook(env, ShutAtExit, this);
}

Recorder::~Recorder() {
  napi_remove_env_cleanup_hook(Env(), ShutAtExit, this);
  Shut();
}

void Recorder::ExposeBlocks(Napi::Env env, Napi::Object self) {
  Napi::Object offsets = Napi::Object::New(env);
  for (size_t column = 0; column < kColumns.size(); column++) {
    if (pool_->ColumnWidth(column) == 0) continue;
    offsets.Set(kColumns[column].name,
                Napi::Number::New(env, static_cast<double>(pool_->ColumnOffset(column))));
  }
  Napi::Array buffers = Napi::Array::New(env, pool_->BlockCount());
  for (size_t index = 0; index < pool_->BlockCount(); index++) {
    // The pool lives until the last buffer is collected.
    auto* keep = new std::shared_ptr<BlockPool>(pool_);
    buffers.Set(static_cast<uint32_t>(index),
                Napi::ArrayBuffer::New(
                    env, pool_->Buffer(index), pool_->BlockBytes(),
                    [](Napi::Env, void*, std::shared_ptr<BlockPool>* kept) { delete kept; }, keep));
  }
  self.Set("columnOffsets", offsets);
  self.Set("buffers", buffers);
}

bool Recorder::IsOpen(Napi::Env env) const {
  if (drain_) return true;
  ThrowCode(env, "ERR_CLOSED", "the recorder is closed");
  return false;
}

Napi::Value Recorder::Attach(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!IsOpen(env)) return env.Undefined();
  if (!info[0].IsString() || !info[1].IsArray()) {
    Napi::TypeError::New(env, "attach(path: string, sites: ProbeSite[])")
        .ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const Napi::Array given = info[1].As<Napi::Array>();
  // The kernel's filter, where it has one; 0: every process that executes the file.
  const int pid = info[2].IsNumber() ? info[2].As<Napi::Number>().Int32Value() : 0;
  std::vector<uint64_t> addresses;
  std::map<uint32_t, std::vector<UprobeSite>> by_action;
  for (uint32_t i = 0; i < given.Length(); i++) {
    JsObject site(given.Get(i), "site");
    // The cookie: bpf/event.h, COOKIE_OPERANDS_SHIFT.
    const auto action = static_cast<uint32_t>(site.Integer("action", 0, 0x3f));
    const bool is_stack_check = site.Bool("stackCheck");
    const auto offset = site.Integer("fileOffset", 0, int64_t{1} << 52);
    const uint64_t operands = site.Has("cookieOperands") ? site.BigInt("cookieOperands") : 0;
    const int64_t address = site.Has("address") ? site.Integer("address", 0, int64_t{1} << 52) : -1;
    if (!site.Ok()) return env.Undefined();
    addresses.push_back(static_cast<uint64_t>(address));
    if (operands >> (COOKIE_SITE_SHIFT - COOKIE_OPERANDS_SHIFT) || i >> (64 - COOKIE_SITE_SHIFT)) {
      ThrowCode(env, "ERR_SITE", "attach: too many sites, or operands of one that do not fit");
      return env.Undefined();
    }
    if (object_->ProgramFd(action) < 0 || (is_stack_check && !(stack_checks_ >> action & 1))) {
      ThrowCode(env, "ERR_SITE", "attach: a site's action or stackCheck was not opened for");
      return env.Undefined();
    }
    const uint64_t flags = is_stack_check ? PROBE_FLAG_STACK_CHECK : 0;
    by_action[action].push_back({static_cast<uint64_t>(offset),
                                 uint64_t{i} << COOKIE_SITE_SHIFT |
                                     operands << COOKIE_OPERANDS_SHIFT | flags | action});
  }
  const std::string path = info[0].As<Napi::String>().Utf8Value();
  SystemError error;
  const auto attach = [&](uint32_t action) {
    if (error.Failed() || !by_action.contains(action)) return;
    error = link_.Attach(object_->ProgramFd(action), path, pid, by_action[action], probing_);
    by_action.erase(action);
  };
  // Sites are attached and detached in this order. Who relies on casgstatus having told of
  // every goroutine that stopped comes before it: at the end it must be gone first.
  for (uint32_t action = 0; action < 64; action++) {
    if (action != PROBE_CASGSTATUS && action != PROBE_STATUS_SWAP && action != PROBE_SYSCALL_EXIT) attach(action);
  }
  attach(PROBE_SYSCALL_EXIT);
  attach(PROBE_STATUS_SWAP);
  attach(PROBE_CASGSTATUS);
  if (error.Failed()) {
    link_.Detach();
    Throw(env, error);
    return env.Undefined();
  }
  if (!has_started_) drain_->Processes().SetSites(std::move(addresses));
  Napi::Object result = Napi::Object::New(env);
  result.Set("method", probing_.has_uprobe_multi ? "uprobe_multi" : "perf_event");
  result.Set("isFiltered",
             Napi::Boolean::New(env, !probing_.has_uprobe_multi || probing_.has_pid_filter));
  return result;
}

Napi::Value Recorder::AddGoroutines(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!IsOpen(env)) return env.Undefined();
  if (has_started_) {
    ThrowCode(env, "ERR_STARTED", "addGoroutines: the recorder has started");
    return env.Undefined();
  }
  JsObject arrays(info[0], "goroutines");
  const auto count = static_cast<size_t>(arrays.Integer("count", 0, INT32_MAX));
  const auto* goid = arrays.Elements<int64_t>("goid", napi_bigint64_array, count);
  const auto* parent_goid =
      arrays.Elements<int64_t>("parentGoid", napi_bigint64_array, count);
  const auto* since_ns =
      arrays.Elements<int64_t>("sinceNs", napi_bigint64_array, count);
  const auto* created_ns =
      arrays.Elements<int64_t>("createdNs", napi_bigint64_array, count);
  const auto* pid = arrays.Elements<int32_t>("pid", napi_int32_array, count);
  const auto* start_site = arrays.Elements<int32_t>("startSite", napi_int32_array, count);
  const auto* state = arrays.Elements<int8_t>("state", napi_int8_array, count);
  const auto* wait_reason = arrays.Elements<int8_t>("waitReason", napi_int8_array, count);
  if (!arrays.Ok()) return env.Undefined();
  for (size_t row = 0; row < count; row++) {
    drain_->AddGoroutine({.goid = goid[row],
                          .parent_goid = parent_goid[row],
                          .since_ns = since_ns[row],
                          .created_ns = created_ns[row],
                          .pid = pid[row],
                          .start_site = start_site[row],
                          .state = state[row],
                          .wait_reason = wait_reason[row]});
  }
  return env.Undefined();
}

Napi::Value Recorder::AddProcess(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!IsOpen(env)) return env.Undefined();
  const int64_t pid = info[0].IsNumber() ? info[0].As<Napi::Number>().Int64Value() : 0;
  bool is_exact = false;
  const uint64_t bias =
      info[1].IsBigInt() ? info[1].As<Napi::BigInt>().Uint64Value(&is_exact) : 0;
  if (pid < 1 || pid > INT32_MAX || !is_exact) {
    Napi::TypeError::New(env, "addProcess(pid: number, bias: bigint)").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  if (has_started_) {
    ThrowCode(env, "ERR_STARTED", "addProcess: the recorder has started");
    return env.Undefined();
  }
  drain_->Processes().Add(static_cast<uint32_t>(pid), bias);
  return env.Undefined();
}

Napi::Value Recorder::TakeProcesses(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!IsOpen(env)) return env.Undefined();
  const std::vector<uint64_t> words = drain_->TakeProcessNotices();
  return WordArray(env, words.data(), words.size());
}

Napi::Value Recorder::InternSites(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!IsOpen(env)) return env.Undefined();
  if (!info[0].IsTypedArray() ||
      info[0].As<Napi::TypedArray>().TypedArrayType() != napi_biguint64_array) {
    Napi::TypeError::New(env, "internSites(words: BigUint64Array)").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  if (has_started_) {
    ThrowCode(env, "ERR_STARTED", "internSites: the recorder has started");
    return env.Undefined();
  }
  const auto words = info[0].As<Napi::BigUint64Array>();
  const size_t count = words.ElementLength() / 3;
  Napi::Int32Array numbers = Napi::Int32Array::New(env, count);
  for (size_t i = 0; i < count; i++) {
    const uint64_t* site = words.Data() + 3 * i;
    numbers.Data()[i] =
        drain_->InternSite(site[0], site[1], static_cast<SiteUse>(static_cast<uint32_t>(site[2])));
  }
  return numbers;
}

Napi::Value Recorder::TakeNewSites(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!IsOpen(env)) return env.Undefined();
  if (has_started_) {
    ThrowCode(env, "ERR_STARTED", "takeNewSites: the recorder has started");
    return env.Undefined();
  }
  const std::vector<uint64_t> words = drain_->TakeEarlySites();
  return WordArray(env, words.data(), words.size());
}

Napi::Value Recorder::AddNames(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!IsOpen(env)) return env.Undefined();
  JsObject names(info[0], "names");
  const auto site_count = static_cast<size_t>(names.Integer("siteCount", 0, INT32_MAX));
  const auto* func = names.Elements<int32_t>("func", napi_int32_array, site_count);
  const auto* site = names.Elements<int32_t>("site", napi_int32_array, site_count);
  const auto* kind = names.Elements<int8_t>("kind", napi_int8_array, site_count);
  const auto type_count = static_cast<size_t>(names.Integer("typeCount", 0, INT32_MAX));
  const auto* type = names.Elements<int32_t>("type", napi_int32_array, type_count);
  if (!names.Ok()) return env.Undefined();
  std::vector<SiteName> sites;
  sites.reserve(site_count);
  for (size_t i = 0; i < site_count; i++) sites.push_back({func[i], site[i], kind[i]});
  drain_->AddNames(sites, {type, type_count});
  return env.Undefined();
}

Napi::Value Recorder::SetStart(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!IsOpen(env)) return env.Undefined();
  bool is_exact = false;
  const uint64_t mono_ns =
      info[0].IsBigInt() ? info[0].As<Napi::BigInt>().Uint64Value(&is_exact) : 0;
  if (!is_exact) {
    Napi::TypeError::New(env, "setStart(startMonoNs: bigint)").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  if (has_started_) {
    ThrowCode(env, "ERR_STARTED", "setStart: the recorder has started");
    return env.Undefined();
  }
  drain_->SetStart(mono_ns);
  object_->SetOpen(true);
  return env.Undefined();
}

Napi::Value Recorder::Start(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!IsOpen(env)) return env.Undefined();
  const int64_t poll_ms = info[0].IsNumber() ? info[0].As<Napi::Number>().Int64Value() : 0;
  if (poll_ms < 1 || poll_ms > 1000 || !info[1].IsFunction()) {
    Napi::TypeError::New(env, "start(pollMs: 1..1000, onBlock: () => void)")
        .ThrowAsJavaScriptException();
    return env.Undefined();
  }
  if (has_started_) {
    ThrowCode(env, "ERR_STARTED", "start: the recorder has started");
    return env.Undefined();
  }
  // One pending call is enough: whoever is called takes all full blocks.
  on_block_ = Napi::ThreadSafeFunction::New(env, info[1].As<Napi::Function>(), "onBlock", 1, 1);
  // A recorder that nobody stops must not keep the process alive.
  on_block_.Unref(env);
  has_started_ = true;
  object_->SetOpen(true);
  const SystemError error = drain_->Start(static_cast<uint32_t>(poll_ms),
                                          [this] { on_block_.NonBlockingCall(); });
  if (error.Failed()) Throw(env, error);
  return env.Undefined();
}

Napi::Value Recorder::Detach(const Napi::CallbackInfo& info) {
  if (object_) object_->SetOpen(false);
  link_.Detach();
  if (drain_) drain_->SetDetached();
  return info.Env().Undefined();
}

Napi::Value Recorder::TakeBlock(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!IsOpen(env)) return env.Undefined();
  const bool partial = info[0].IsBoolean() && info[0].As<Napi::Boolean>().Value();
  const std::optional<Block> block = drain_->Take(partial);
  if (!block) return env.Undefined();
  return BlockObject(env, *block, drain_->MinNs(*block), drain_->MaxNs(*block));
}

Napi::Value Recorder::ReleaseBlock(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!IsOpen(env)) return env.Undefined();
  const int64_t index = info[0].IsNumber() ? info[0].As<Napi::Number>().Int64Value() : -1;
  if (index < 0 || !drain_->Give(static_cast<size_t>(index))) {
    ThrowCode(env, "ERR_NOT_TAKEN", "releaseBlock: no such block is out");
  }
  return env.Undefined();
}

Napi::Value Recorder::Stats(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto drops = object_ ? object_->Drops() : last_drops_;
  if (drain_) drops[kLostWideGoid] = drain_->LostWideGoids();
  const auto number = [&](size_t value) {
    return Napi::Number::New(env, static_cast<double>(value));
  };
  Napi::Object stats = Napi::Object::New(env);
  stats.Set("events", Napi::BigInt::New(env, drain_ ? drain_->Events() : last_events_));
  stats.Set("lost", WordArray(env, drops.data(), drops.size()));
  stats.Set("ringUsedBytes", number(drain_ ? drain_->RingUsedBytes() : 0));
  stats.Set("ringBytes", number(ring_bytes_));
  stats.Set("busyBlocks", number(drain_ ? drain_->BusyBlocks() : 0));
  stats.Set("drainCpuNs", Napi::BigInt::New(env, drain_ ? drain_->CpuNs() : last_cpu_ns_));
  return stats;
}

Napi::Value Recorder::Close(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Shut();
  return env.Undefined();
}

void Recorder::ShutAtExit(void* self) { static_cast<Recorder*>(self)->Shut(); }

void Recorder::Shut() {
  if (!drain_) return;
  drain_->Stop();
  // Aborted, not released: a call that is still queued would meet a closed recorder.
  if (has_started_) on_block_.Abort();
  link_.Detach();
  last_events_ = drain_->Events();
  last_cpu_ns_ = drain_->CpuNs();
  last_drops_ = object_->Drops();
  last_drops_[kLostWideGoid] = drain_->LostWideGoids();
  drain_.reset();
  object_.reset();
}
