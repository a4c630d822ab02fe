// An advisory lock on an open file.
#pragma once

#include <napi.h>

// lockFile(fd: number): boolean, false when another holds the lock. The kernel releases it when
// the file's last descriptor is closed, however its process ends.
Napi::Value LockFile(const Napi::CallbackInfo& info);
