// Reads the properties of a JavaScript object with their types checked.
//
// The first property of the wrong type throws a TypeError naming it; from then on every
// answer is a zero and Ok() is false. So a reader asks for all it needs and checks once.
#pragma once

#include <napi.h>

#include <cstdint>
#include <string>
#include <vector>

class JsObject {
 public:
  // `what` names the object in messages.
  JsObject(const Napi::Value& value, const char* what);

  bool Ok() const { return ok_; }
  bool Has(const char* name) const;

  // An integer within [low, high].
  int64_t Integer(const char* name, int64_t low, int64_t high);
  uint32_t Uint32(const char* name) {
    return static_cast<uint32_t>(Integer(name, 0, UINT32_MAX));
  }
  // Absent is false.
  bool Bool(const char* name);
  uint64_t BigInt(const char* name);
  std::string String(const char* name);
  std::vector<std::string> Strings(const char* name);
  Napi::Value Value(const char* name) const;
  // A typed array of at least `length` values; null when it is not.
  template <typename T>
  const T* Elements(const char* name, napi_typedarray_type type, size_t length) {
    const Napi::Value value = Value(name);
    if (value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == type &&
        value.As<Napi::TypedArray>().ElementLength() >= length) {
      return value.As<Napi::TypedArrayOf<T>>().Data();
    }
    Fail(name, "a typed array of its kind, as long as count says");
    return nullptr;
  }

 private:
  void Fail(const char* name, const char* expected);

  Napi::Env env_;
  const char* what_;
  Napi::Object object_;
  bool ok_ = true;
};
