#include "lock-file.h"

#include <sys/file.h>

#include <cerrno>

#include "system-error.h"

Napi::Value LockFile(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsNumber()) {
    Napi::TypeError::New(env, "lockFile(fd: number)").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  int result;
  do {
    result = ::flock(info[0].As<Napi::Number>().Int32Value(), LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  if (result != 0 && errno != EWOULDBLOCK) {
    Throw(env, {errno, "flock", ""});
    return env.Undefined();
  }
  return Napi::Boolean::New(env, result == 0);
}
