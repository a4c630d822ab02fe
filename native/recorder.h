// The JavaScript face of an open recorder: NativeRecorder of src/record/native.ts.
//
// Everything here runs on the JavaScript thread. It owns, in the order in which they are
// given up: the thread (Drain), the links, the BPF object. The blocks' memory outlives it as
// long as JavaScript holds a buffer.
#pragma once

#include <napi.h>

#include <memory>

#include "block-pool.h"
#include "bpf-object.h"
#include "drain.h"
#include "uprobe-link.h"

class Recorder : public Napi::ObjectWrap<Recorder> {
 public:
  // The class; kept by the caller for New.
  static Napi::Function Define(Napi::Env env);

  explicit Recorder(const Napi::CallbackInfo& info);
  ~Recorder() override;

 private:
  Napi::Value Attach(const Napi::CallbackInfo& info);
  Napi::Value AddGoroutines(const Napi::CallbackInfo& info);
  Napi::Value AddProcess(const Napi::CallbackInfo& info);
  Napi::Value TakeProcesses(const Napi::CallbackInfo& info);
  Napi::Value InternSites(const Napi::CallbackInfo& info);
  Napi::Value TakeNewSites(const Napi::CallbackInfo& info);
  Napi::Value AddNames(const Napi::CallbackInfo& info);
  Napi::Value SetStart(const Napi::CallbackInfo& info);
  Napi::Value Start(const Napi::CallbackInfo& info);
  Napi::Value Detach(const Napi::CallbackInfo& info);
  Napi::Value TakeBlock(const Napi::CallbackInfo& info);
  Napi::Value ReleaseBlock(const Napi::CallbackInfo& info);
  Napi::Value Stats(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  static void ShutAtExit(void* self);
  void Shut();
  bool IsOpen(Napi::Env env) const;
  void ExposeBlocks(Napi::Env env, Napi::Object self);

  size_t ring_bytes_ = 0;
  uint64_t stack_checks_ = 0;
  KernelProbing probing_;
  std::shared_ptr<BlockPool> pool_;
  std::unique_ptr<BpfObject> object_;
  std::unique_ptr<Drain> drain_;
  UprobeLink link_;
  Napi::ThreadSafeFunction on_block_;
  bool has_started_ = false;

  // What stats() says after close.
  uint64_t last_events_ = 0;
  uint64_t last_cpu_ns_ = 0;
  std::array<uint64_t, kLossCauses> last_drops_{};
};
