// Typed arrays between JavaScript and C++.
#pragma once

#include <napi.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "common/span.h"

namespace halolaw::binding {

/// The memory of an array, valid while JavaScript holds it and does not run.
template <class T>
Span<T> spanOf(Napi::TypedArrayOf<T> array) {
  return {array.Data(), array.ElementLength()};
}
template <class T>
Span<T> spanOf(const Napi::Value& value) {
  return spanOf<T>(value.As<Napi::TypedArrayOf<T>>());
}

template <class T>
std::vector<T> copied(const Napi::Value& value) {
  const Span<T> values = spanOf<T>(value);
  return std::vector<T>(values.begin(), values.end());
}
/// A copy for work that runs off the event loop.
template <class T>
std::shared_ptr<std::vector<T>> shared(const Napi::Value& value) {
  return std::make_shared<std::vector<T>>(copied<T>(value));
}

template <class T>
Napi::TypedArrayOf<T> arrayOf(Napi::Env env, Span<const T> values) {
  Napi::TypedArrayOf<T> array = Napi::TypedArrayOf<T>::New(env, values.size());
  std::copy(values.begin(), values.end(), array.Data());
  return array;
}
template <class T>
Napi::TypedArrayOf<T> arrayOf(Napi::Env env, const std::vector<T>& values) {
  return arrayOf<T>(env, Span<const T>(values));
}

}  // namespace halolaw::binding
