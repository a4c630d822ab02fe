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
  FIELD(lap);
  FIELD(arg0);
  FIELD(arg1);
  FIELD(arg2);
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
#define ACTION(number, name, program) CONSTANT(PROBE_##name);
  PROBE_ACTIONS(ACTION)
#undef ACTION
  CONSTANT(PROBE_FLAG_STACK_CHECK);
  CONSTANT(COOKIE_OPERANDS_SHIFT);
  CONSTANT(COOKIE_SITE_SHIFT);
  CONSTANT(OPERANDS_FROM_SHIFT);
  CONSTANT(OPERANDS_TO_SHIFT);
  CONSTANT(OPERANDS_COUNTS_SHIFT);
  CONSTANT(OPERANDS_LENGTH_SHIFT);
  CONSTANT(SWAP_ALWAYS);
  CONSTANT(SWAP_ZERO);
  CONSTANT(SWAP_NOT_ZERO);
  CONSTANT(SWAP_STATUS_IS_FROM);
  CONSTANT(DROP_RING_FULL);
  CONSTANT(DROP_BAD_READ);
  CONSTANT(DROP_REASONS);
  CONSTANT(GO_STATES);
  CONSTANT(STW_REASON_COUNT);
#undef CONSTANT

  Napi::Object layout = Napi::Object::New(env);
  layout.Set("size", Napi::Number::New(env, sizeof(event)));
  layout.Set("fields", fields);
  layout.Set("constants", constants);
  return layout;
}
