// The whole native surface, as src/record/native.ts types it. No C++ exception leaves here,
// as there are none.
#include <napi.h>
#include <time.h>

#include "capabilities.h"
#include "child.h"
#include "event-layout.h"
#include "lock-file.h"
#include "probe-support.h"
#include "process-memory.h"
#include "recorder.h"

namespace {

Napi::Value MonotonicNs(const Napi::CallbackInfo& info) {
  timespec time;
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return Napi::BigInt::New(info.Env(), int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec);
}

Napi::Value ProbeSupport(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const SystemError obstacle = FindObstacle();
  if (!obstacle.Failed()) return env.Undefined();
  Napi::Object result = Napi::Object::New(env);
  result.Set("step", obstacle.step);
  result.Set("code", ErrnoName(obstacle.err));
  return result;
}

Napi::Value Open(const Napi::CallbackInfo& info) {
  const auto* recorder_class = static_cast<Napi::FunctionReference*>(info.Data());
  return recorder_class->New({info[0]});
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  auto* recorder_class = new Napi::FunctionReference(Napi::Persistent(Recorder::Define(env)));
  env.AddCleanupHook([](Napi::FunctionReference* held) { delete held; }, recorder_class);

  const auto add = [&](const char* name, Napi::Value (*function)(const Napi::CallbackInfo&)) {
    exports.Set(name, Napi::Function::New(env, function, name));
  };
  add("eventLayout", EventLayout);
  exports.Set("open", Napi::Function::New(env, Open, "open", recorder_class));
  add("spawnStopped", SpawnStopped);
  add("reap", Reap);
  add("readMemory", ReadMemory);
  add("readMemoryRanges", ReadMemoryRanges);
  add("monotonicNs", MonotonicNs);
  add("probeSupport", ProbeSupport);
  add("kill", Kill);
  add("dropCapabilities", DropCapabilities);
  add("withoutCapabilities", WithoutCapabilities);
  add("kernelProbing", KernelProbingFacts);
  add("lockFile", LockFile);
  return exports;
}

}  // namespace

NODE_API_MODULE(recorder, Init)
