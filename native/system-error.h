// A failed step of the system: which step, and its errno. Thrown to JavaScript once,
// at the border, as an Error shaped like Node's own.
#pragma once

#include <napi.h>

#include <string>

struct SystemError {
  int err = 0;       // errno; 0 is success
  std::string step;  // the call or what it was for, e.g. "BPF_LINK_CREATE"
  std::string detail;

  bool Failed() const { return err != 0; }
};

// "EPERM" for 1.
std::string ErrnoName(int err);

// Throws with `code`, `errno`, `syscall` (the step) and a message of all three.
void Throw(Napi::Env env, const SystemError& error);

// Throws an Error with `code`, for misuse that types cannot rule out.
void ThrowCode(Napi::Env env, const char* code, const std::string& message);
