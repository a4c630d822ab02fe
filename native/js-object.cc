#include "js-object.h"

#include <cmath>

JsObject::JsObject(const Napi::Value& value, const char* what) : env_(value.Env()), what_(what) {
  if (value.IsObject()) {
    object_ = value.As<Napi::Object>();
  } else {
    ok_ = false;
    Napi::TypeError::New(env_, std::string(what) + " must be an object")
        .ThrowAsJavaScriptException();
  }
}

bool JsObject::Has(const char* name) const { return ok_ && !Value(name).IsUndefined(); }

Napi::Value JsObject::Value(const char* name) const {
  return ok_ ? object_.Get(name) : env_.Undefined();
}

int64_t JsObject::Integer(const char* name, int64_t low, int64_t high) {
  const Napi::Value value = Value(name);
  if (value.IsNumber()) {
    const double number = value.As<Napi::Number>().DoubleValue();
    if (number >= static_cast<double>(low) && number <= static_cast<double>(high) &&
        std::floor(number) == number) {
      return static_cast<int64_t>(number);
    }
  }
  Fail(name, "an integer within its range");
  return 0;
}

bool JsObject::Bool(const char* name) {
  const Napi::Value value = Value(name);
  if (value.IsBoolean()) return value.As<Napi::Boolean>().Value();
  if (!value.IsUndefined()) Fail(name, "a boolean");
  return false;
}

uint64_t JsObject::BigInt(const char* name) {
  const Napi::Value value = Value(name);
  bool is_lossless = false;
  if (value.IsBigInt()) {
    const uint64_t number = value.As<Napi::BigInt>().Uint64Value(&is_lossless);
    if (is_lossless) return number;
  }
  Fail(name, "a bigint of 64 bits without sign");
  return 0;
}

std::string JsObject::String(const char* name) {
  const Napi::Value value = Value(name);
  if (value.IsString()) return value.As<Napi::String>().Utf8Value();
  Fail(name, "a string");
  return {};
}

std::vector<std::string> JsObject::Strings(const char* name) {
  std::vector<std::string> strings;
  const Napi::Value value = Value(name);
  if (!value.IsArray()) {
    Fail(name, "an array of strings");
    return strings;
  }
  const Napi::Array array = value.As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length(); i++) {
    const Napi::Value element = array.Get(i);
    if (!element.IsString()) {
      Fail(name, "an array of strings");
      return strings;
    }
    strings.push_back(element.As<Napi::String>().Utf8Value());
  }
  return strings;
}

void JsObject::Fail(const char* name, const char* expected) {
  if (!ok_) return;
  ok_ = false;
  Napi::TypeError::New(env_, std::string(what_) + "." + name + " must be " + expected)
      .ThrowAsJavaScriptException();
}
