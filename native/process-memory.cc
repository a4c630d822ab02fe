#include "process-memory.h"

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <vector>

#include "system-error.h"

namespace {

// More than any caller asks for; keeps a wrong number from becoming an allocation.
constexpr double kMaxBytes = 256.0 * 1024 * 1024;

constexpr size_t kRangesPerCall = 512;  // below IOV_MAX
static_assert(kRangesPerCall <= IOV_MAX);

bool ThrowTypes(Napi::Env env, const char* message) {
  Napi::TypeError::New(env, message).ThrowAsJavaScriptException();
  return false;
}

bool ReadLength(const Napi::Value& value, size_t count, size_t* length) {
  const double wanted = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
  if (!(wanted >= 0) || wanted * static_cast<double>(count) > kMaxBytes) {
    return ThrowTypes(value.Env(), "byteLength must be a number, and all bytes 256 MiB at most");
  }
  *length = static_cast<size_t>(wanted);
  return true;
}

}  // namespace

Napi::Value ReadMemory(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsNumber() || !info[1].IsBigInt()) {
    ThrowTypes(env, "readMemory(pid: number, address: bigint, byteLength: number)");
    return env.Undefined();
  }
  size_t length;
  if (!ReadLength(info[2], 1, &length)) return env.Undefined();
  bool is_lossless;
  const uint64_t address = info[1].As<Napi::BigInt>().Uint64Value(&is_lossless);
  Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(env, length);
  const iovec local = {buffer.Data(), length};
  const iovec remote = {reinterpret_cast<void*>(address), length};
  ssize_t bytes = 0;
  if (length > 0) {
    bytes = ::process_vm_readv(info[0].As<Napi::Number>().Int32Value(), &local, 1, &remote, 1, 0);
    if (bytes < 0 && errno == EFAULT) bytes = 0;
    if (bytes < 0) {
      Throw(env, {errno, "process_vm_readv", ""});
      return env.Undefined();
    }
  }
  return Napi::Uint8Array::New(env, static_cast<size_t>(bytes), buffer, 0);
}

Napi::Value ReadMemoryRanges(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsNumber() || !info[1].IsTypedArray() ||
      info[1].As<Napi::TypedArray>().TypedArrayType() != napi_biguint64_array) {
    ThrowTypes(env, "readMemoryRanges(pid: number, addresses: BigUint64Array, byteLength: number)");
    return env.Undefined();
  }
  const int pid = info[0].As<Napi::Number>().Int32Value();
  const auto addresses = info[1].As<Napi::BigUint64Array>();
  const size_t count = addresses.ElementLength();
  size_t length;
  if (!ReadLength(info[2], count, &length)) return env.Undefined();

  Napi::Uint8Array bytes = Napi::Uint8Array::New(env, count * length);
  Napi::Uint8Array ok = Napi::Uint8Array::New(env, count);
  std::array<iovec, kRangesPerCall> remote;
  for (size_t first = 0; first < count && length > 0;) {
    const size_t wanted = std::min(kRangesPerCall, count - first);
    for (size_t i = 0; i < wanted; i++) {
      remote[i] = {reinterpret_cast<void*>(addresses[first + i]), length};
    }
    std::byte* const target = reinterpret_cast<std::byte*>(bytes.Data()) + first * length;
    const iovec local = {target, wanted * length};
    ssize_t got = ::process_vm_readv(pid, &local, 1, remote.data(), wanted, 0);
    if (got < 0 && errno != EFAULT) {
      Throw(env, {errno, "process_vm_readv", ""});
      return env.Undefined();
    }
    got = std::max<ssize_t>(got, 0);
    const size_t whole = static_cast<size_t>(got) / length;
    std::memset(ok.Data() + first, 1, whole);
    first += whole;
    if (whole < wanted) {
      // The call stopped within this range; what it copied of it is not an answer.
      std::memset(target + whole * length, 0, length);
      first++;
    }
  }
  Napi::Object result = Napi::Object::New(env);
  result.Set("bytes", bytes);
  result.Set("ok", ok);
  return result;
}
