// What the columns of an event say that is a call of a runtime function (PROBE_CALL).
#pragma once

#include <cstdint>

#include "event-c.h"

struct CallRow {
  int64_t object = 0;
  int64_t value = 0;
  int64_t size_bytes = 0;
  uint64_t type_pointer = 0;
  // Index in CALL_KINDS, -1 none.
  int kind = -1;
  // by_goid says who did it to another; otherwise it is the return address of the caller.
  bool is_by_another = false;
};

inline bool IsCall(uint8_t kind) { return kind >= EVENT_CHAN_SEND && kind < EVENT_KINDS; }

// `ev` is a call; `start_mono_ns` is the time that counts as 0.
CallRow CallRowOf(const event& ev, uint64_t start_mono_ns);
