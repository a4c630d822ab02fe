// Reads the memory of another process without stopping it (process_vm_readv).
#pragma once

#include <napi.h>

// readMemory(pid, address, byteLength): the bytes up to the first unreadable page.
Napi::Value ReadMemory(const Napi::CallbackInfo& info);

// readMemoryRanges(pid, addresses, byteLength): { bytes, ok }.
Napi::Value ReadMemoryRanges(const Napi::CallbackInfo& info);
