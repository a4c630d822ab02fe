// Which capabilities(7) the threads of this process hold, and giving them up.
#pragma once

#include <napi.h>

// dropCapabilities(keep: bigint): every thread keeps those of the mask (bit n: capability n), can
// gain none by exec, and passes none on. Returns how many threads could not be reached.
Napi::Value DropCapabilities(const Napi::CallbackInfo& info);

// withoutCapabilities(pid): { mapLookup, processStat }: what still works for who has none.
Napi::Value WithoutCapabilities(const Napi::CallbackInfo& info);

// kernelProbing(): { uprobeMulti, pidFilter }; throws where a BPF program cannot be loaded.
Napi::Value KernelProbingFacts(const Napi::CallbackInfo& info);
