// The layout of `struct event` and the constants of bpf/event.h, as this compiler sees them.
#pragma once

#include <napi.h>

Napi::Value EventLayout(const Napi::CallbackInfo& info);
