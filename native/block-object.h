// A block as JavaScript sees it: `Block` of src/record/native.ts. Copies everything but the columns.
#pragma once

#include <napi.h>

#include "columniser.h"

Napi::Object BlockObject(Napi::Env env, const Block& block, int64_t min_ns, int64_t max_ns);

// A BigUint64Array with a copy of the words.
Napi::Value WordArray(Napi::Env env, const uint64_t* words, size_t count);

// GoroutineArrays of src/record/native.ts.
Napi::Object GoroutineArrays(Napi::Env env, const std::vector<Goroutine>& goroutines);
