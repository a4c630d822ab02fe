// Starts a program stopped before its exec, so that probes are in place when it begins.
#pragma once

#include <napi.h>

// spawnStopped(options): { pid, release }.
Napi::Value SpawnStopped(const Napi::CallbackInfo& info);

// reap(pid): how it ended, undefined while it runs.
Napi::Value Reap(const Napi::CallbackInfo& info);

// kill(pid, signal).
Napi::Value Kill(const Napi::CallbackInfo& info);
