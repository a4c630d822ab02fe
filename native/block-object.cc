#include "block-object.h"

#include <algorithm>

Napi::Value WordArray(Napi::Env env, const uint64_t* words, size_t count) {
  Napi::BigUint64Array array = Napi::BigUint64Array::New(env, count, napi_biguint64_array);
  std::copy(words, words + count, array.Data());
  return array;
}

Napi::Object GoroutineArrays(Napi::Env env, const std::vector<Goroutine>& goroutines) {
  const size_t count = goroutines.size();
  auto goid = Napi::BigInt64Array::New(env, count, napi_bigint64_array);
  auto parent_goid = Napi::BigInt64Array::New(env, count, napi_bigint64_array);
  auto since_ns = Napi::BigInt64Array::New(env, count, napi_bigint64_array);
  auto created_ns = Napi::BigInt64Array::New(env, count, napi_bigint64_array);
  auto pid = Napi::Int32Array::New(env, count);
  auto start_site = Napi::Int32Array::New(env, count);
  auto state = Napi::Int8Array::New(env, count);
  auto wait_reason = Napi::Int8Array::New(env, count);
  for (size_t row = 0; row < count; row++) {
    const Goroutine& goroutine = goroutines[row];
    goid.Data()[row] = goroutine.goid;
    parent_goid.Data()[row] = goroutine.parent_goid;
    since_ns.Data()[row] = goroutine.since_ns;
    created_ns.Data()[row] = goroutine.created_ns;
    pid.Data()[row] = goroutine.pid;
    start_site.Data()[row] = goroutine.start_site;
    state.Data()[row] = goroutine.state;
    wait_reason.Data()[row] = goroutine.wait_reason;
  }
  Napi::Object arrays = Napi::Object::New(env);
  arrays.Set("count", Napi::Number::New(env, static_cast<double>(count)));
  arrays.Set("goid", goid);
  arrays.Set("parentGoid", parent_goid);
  arrays.Set("sinceNs", since_ns);
  arrays.Set("createdNs", created_ns);
  arrays.Set("pid", pid);
  arrays.Set("startSite", start_site);
  arrays.Set("state", state);
  arrays.Set("waitReason", wait_reason);
  return arrays;
}

Napi::Object BlockObject(Napi::Env env, const Block& block, int64_t min_ns, int64_t max_ns) {
  Napi::Uint32Array counts = Napi::Uint32Array::New(env, block.event_counts.size());
  std::copy(block.event_counts.begin(), block.event_counts.end(), counts.Data());
  Napi::Object object = Napi::Object::New(env);
  object.Set("index", Napi::Number::New(env, static_cast<double>(block.index)));
  object.Set("rows", Napi::Number::New(env, static_cast<double>(block.rows)));
  object.Set("minNs", Napi::BigInt::New(env, min_ns));
  object.Set("maxNs", Napi::BigInt::New(env, max_ns));
  object.Set("eventCounts", counts);
  object.Set("lost", WordArray(env, block.lost.data(), block.lost.size()));
  object.Set("aliveCount", Napi::Number::New(env, static_cast<double>(block.alive_count)));
  object.Set("hasUnnamed", Napi::Boolean::New(env, block.has_unnamed));
  if (block.has_checkpoint) object.Set("checkpoint", GoroutineArrays(env, block.checkpoint));
  object.Set("newSites", WordArray(env, block.new_sites.data(), block.new_sites.size()));
  object.Set("newTypes", WordArray(env, block.new_types.data(), block.new_types.size()));
  object.Set("newStacks", WordArray(env, block.new_stacks.data(), block.new_stacks.size()));
  object.Set("threads", WordArray(env, block.threads.data(), block.threads.size()));
  return object;
}
