#include <napi.h>

#include <chrono>
#include <string>
#include <vector>

#include "expression.h"
#include "expression_js.h"

namespace halolaw {

void registerExpressionSearch(Napi::Env env, Napi::Object exports);

Program programOf(const Napi::CallbackInfo& info, int code, int constants, int parameters, int variables) {
  Program program;
  const auto words = info[code].As<Napi::Int32Array>();
  const auto values = info[constants].As<Napi::Float64Array>();
  program.code.assign(words.Data(), words.Data() + words.ElementLength());
  program.constants.assign(values.Data(), values.Data() + values.ElementLength());
  program.parameters = info[parameters].As<Napi::Number>().Int32Value();
  program.variables = variables;
  if (const char* problem = program.problem()) throw Napi::Error::New(info.Env(), std::string("The formula cannot run: ") + problem + ".");
  return program;
}

std::vector<const double*> columnsOf(Napi::Env env, const Napi::Array& list, size_t rows) {
  std::vector<const double*> columns;
  for (uint32_t i = 0; i < list.Length(); ++i) {
    const auto column = list.Get(i).As<Napi::Float64Array>();
    if (column.ElementLength() < rows) throw Napi::Error::New(env, "A column has fewer rows than were asked for.");
    columns.push_back(column.Data());
  }
  return columns;
}

namespace {

/// evaluateProgram(code, constants, parameters, columns, rows, single) -> Float64Array; `single` computes in float.
Napi::Value evaluateProgram(const Napi::CallbackInfo& info) {
  const auto list = info[3].As<Napi::Array>();
  const Program program = programOf(info, 0, 1, 2, static_cast<int>(list.Length()));
  const auto rows = info[4].As<Napi::Number>().Int32Value();
  const auto columns = columnsOf(info.Env(), list, static_cast<size_t>(rows));
  auto out = Napi::Float64Array::New(info.Env(), static_cast<size_t>(rows));
  Workspace workspace;
  if (!info[5].ToBoolean()) {
    evaluateBlock<double>(program, columns.data(), program.constants.data(), rows, out.Data(), workspace);
    return out;
  }
  std::vector<std::vector<float>> narrow;
  std::vector<const float*> pointers;
  for (const double* column : columns) narrow.emplace_back(column, column + rows);
  for (const auto& column : narrow) pointers.push_back(column.data());
  std::vector<float> values(static_cast<size_t>(rows));
  evaluateBlock<float>(program, pointers.data(), program.constants.data(), rows, values.data(), workspace);
  for (int i = 0; i < rows; ++i) out[static_cast<size_t>(i)] = values[static_cast<size_t>(i)];
  return out;
}

/// jacobianProgram(code, constants, parameters, columns, rows) -> { values, byParameter: Float64Array[], byVariable: Float64Array[] }
Napi::Value jacobianProgram(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto list = info[3].As<Napi::Array>();
  const Program program = programOf(info, 0, 1, 2, static_cast<int>(list.Length()));
  const auto rows = info[4].As<Napi::Number>().Int32Value();
  const auto columns = columnsOf(env, list, static_cast<size_t>(rows));
  auto values = Napi::Float64Array::New(env, static_cast<size_t>(rows));
  const auto rowsEach = [&](int count, std::vector<double*>& pointers) {
    auto array = Napi::Array::New(env);
    for (int i = 0; i < count; ++i) {
      auto column = Napi::Float64Array::New(env, static_cast<size_t>(rows));
      pointers.push_back(column.Data());
      array.Set(static_cast<uint32_t>(i), column);
    }
    return array;
  };
  std::vector<double*> byParameter, byVariable;
  auto result = Napi::Object::New(env);
  result.Set("byParameter", rowsEach(program.parameters, byParameter));
  result.Set("byVariable", rowsEach(program.variables, byVariable));
  result.Set("values", values);
  Workspace workspace;
  jacobianBlock<double>(program, columns.data(), program.constants.data(), rows, values.Data(), byParameter.data(), byVariable.data(), workspace);
  return result;
}

/// timeProgram(code, constants, parameters, columns, rows, repeats) -> seconds of `repeats` evaluations in float on this thread.
Napi::Value timeProgram(const Napi::CallbackInfo& info) {
  const auto list = info[3].As<Napi::Array>();
  const Program program = programOf(info, 0, 1, 2, static_cast<int>(list.Length()));
  const auto rows = info[4].As<Napi::Number>().Int32Value();
  const int repeats = info[5].As<Napi::Number>().Int32Value();
  const auto columns = columnsOf(info.Env(), list, static_cast<size_t>(rows));
  std::vector<std::vector<float>> narrow;
  std::vector<const float*> pointers;
  for (const double* column : columns) narrow.emplace_back(column, column + rows);
  for (const auto& column : narrow) pointers.push_back(column.data());
  std::vector<float> values(static_cast<size_t>(rows));
  Workspace workspace;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < repeats; ++i)
    evaluateBlock<float>(program, pointers.data(), program.constants.data(), rows, values.data(), workspace);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  return Napi::Number::New(info.Env(), seconds.count());
}

}  // namespace

void registerExpression(Napi::Env env, Napi::Object exports) {
  exports.Set("evaluateProgram", Napi::Function::New(env, evaluateProgram, "evaluateProgram"));
  exports.Set("jacobianProgram", Napi::Function::New(env, jacobianProgram, "jacobianProgram"));
  exports.Set("timeProgram", Napi::Function::New(env, timeProgram, "timeProgram"));
  registerExpressionSearch(env, exports);
}

}  // namespace halolaw
