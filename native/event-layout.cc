#include "event-layout.h"

#include <cstddef>

#include "columniser.h"
#include "event-c.h"

Napi::Value EventLayout(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Object fields = Napi::Object::New(env);
#define FIELD(name) fields.Set(#name, Napi::Number::New(env, offsetof(event, name)))
  FIELD(time_ns);
  FIELD(goid);
  FIELD(by_goid);
  FIELD(pid);
  FIELD(tid);
  FIELD(p);
  FIELD(kind);
  FIELD(from);
  FIELD(to);
  FIELD(wait_reason);
  FIELD(detail);
  FIELD(unused);
  FIELD(arg0);
  FIELD(arg1);
  FIELD(pc);
#undef FIELD

  Napi::Object constants = Napi::Object::New(env);
#define CONSTANT(name) constants.Set(#name, Napi::Number::New(env, name))
  CONSTANT(EVENT_NONE);
  CONSTANT(EVENT_GO_CREATE);
  CONSTANT(EVENT_GO_STATE);
  CONSTANT(EVENT_GO_EXIT);
  CONSTANT(EVENT_ALLOC);
  CONSTANT(EVENT_GC_BEGIN);
  CONSTANT(EVENT_GC_END);
  CONSTANT(EVENT_STW_BEGIN);
  CONSTANT(EVENT_STW_END);
  CONSTANT(EVENT_KINDS);
  CONSTANT(EVENT_THREAD);
  CONSTANT(PROBE_CASGSTATUS);
  CONSTANT(PROBE_RUNQPUT_CALL);
  CONSTANT(PROBE_MALLOCGC);
  CONSTANT(PROBE_SYSCALL_ENTER);
  CONSTANT(PROBE_SYSCALL_EXIT);
  CONSTANT(PROBE_GC_BEGIN);
  CONSTANT(PROBE_GC_END);
  CONSTANT(PROBE_STW_BEGIN);
  CONSTANT(PROBE_STW_END);
  CONSTANT(PROBE_EMPTY);
  CONSTANT(PROBE_PREEMPT_PARK);
  CONSTANT(PROBE_FLAG_STACK_CHECK);
  CONSTANT(DROP_RING_FULL);
  CONSTANT(DROP_BAD_READ);
  CONSTANT(DROP_REASONS);
  CONSTANT(GO_STATES);
  CONSTANT(STW_REASON_COUNT);
#undef CONSTANT

  Napi::Object layout = Napi::Object::New(env);
  layout.Set("size", Napi::Number::New(env, sizeof(event)));
  layout.Set("shortSize", Napi::Number::New(env, EVENT_SHORT_SIZE));
  layout.Set("fields", fields);
  layout.Set("constants", constants);
  return layout;
}
