#include "call-event.h"

namespace {

// netpoll.go: 'r', 'w', or their sum.
int DirectionKind(uint8_t mode) {
  if (mode == 'r') return CALL_KIND_READ;
  if (mode == 'w') return CALL_KIND_WRITE;
  return mode == 'r' + 'w' ? CALL_KIND_READ_AND_WRITE : -1;
}

}  // namespace

CallRow CallRowOf(const event& ev, uint64_t start_mono_ns) {
  CallRow row;
  row.object = static_cast<int64_t>(ev.arg0);
  row.value = static_cast<int64_t>(ev.arg1);
  switch (ev.kind) {
    case EVENT_CHAN_SEND:
    case EVENT_CHAN_RECV:
    case EVENT_SELECT:
      // The argument `block`.
      if (ev.detail == 0) row.kind = CALL_KIND_TRY;
      break;
    case EVENT_NET_WAIT:
    case EVENT_NET_READY:
      row.kind = DirectionKind(ev.detail);
      break;
    case EVENT_TIMER_SET:
      // Unsigned, since a timer that never fires is set to the largest time there is.
      row.value = static_cast<int64_t>(ev.arg1 - start_mono_ns);
      break;
    case EVENT_PANIC:
      row.object = 0;
      row.type_pointer = ev.arg0;
      break;
    case EVENT_STACK_RESIZE:
      row.object = 0;
      row.size_bytes = static_cast<int64_t>(ev.arg0);
      row.kind = ev.arg0 < ev.arg1 ? CALL_KIND_SHRINK : CALL_KIND_ENLARGE;
      row.is_by_another = true;
      break;
    case EVENT_GC_TRIGGER:
      // gcTriggerKind: heap, time, cycle.
      if (ev.detail <= CALL_KIND_REQUEST - CALL_KIND_HEAP) row.kind = CALL_KIND_HEAP + ev.detail;
      break;
    case EVENT_GC_HEAP_LIVE:
    case EVENT_GC_HEAP_GOAL:
      row.object = 0;
      row.size_bytes = static_cast<int64_t>(ev.arg0);
      break;
    case EVENT_COND_NOTIFY:
    case EVENT_FATAL:
      row.kind = ev.detail < CALL_KIND_COUNT ? ev.detail : -1;
      break;
    default:
      break;
  }
  return row;
}
