#include "system-error.h"

#include <cstring>

std::string ErrnoName(int err) {
  const char* name = ::strerrorname_np(err);
  return name != nullptr ? name : "E" + std::to_string(err);
}

void Throw(Napi::Env env, const SystemError& error) {
  std::string message = ErrnoName(error.err) + ": " + error.step + ": " + std::strerror(error.err);
  if (!error.detail.empty()) message += ": " + error.detail;
  Napi::Error thrown = Napi::Error::New(env, message);
  thrown.Set("code", Napi::String::New(env, ErrnoName(error.err)));
  thrown.Set("errno", Napi::Number::New(env, -error.err));
  thrown.Set("syscall", Napi::String::New(env, error.step));
  thrown.ThrowAsJavaScriptException();
}

void ThrowCode(Napi::Env env, const char* code, const std::string& message) {
  Napi::Error thrown = Napi::Error::New(env, message);
  thrown.Set("code", Napi::String::New(env, code));
  thrown.ThrowAsJavaScriptException();
}
