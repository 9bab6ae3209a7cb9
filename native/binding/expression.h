// Programs and columns from TypeScript.
#pragma once

#include <napi.h>

#include <vector>

#include "expression/evaluate.h"

namespace halolaw::binding {

using expression::Program;

/// The Program in the arguments at these places: Int32Array, Float64Array, number. Throws when it is malformed.
Program programOf(const Napi::CallbackInfo& info, int code, int constants, int parameters, int variables);

/// The Program without parameters in { code: Int32Array, constants: Float64Array }; `what` begins the sentence of an
/// error.
Program programOf(const Napi::Object& program, int variables, const char* what);

/// Pointers into an array of Float64Array, each of at least `rows` values.
std::vector<const double*> columnsOf(Napi::Env env, const Napi::Array& list, size_t rows);

}  // namespace halolaw::binding
