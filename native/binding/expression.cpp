#include <napi.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <string>
#include <vector>

#include "binding/arrays.h"
#include "binding/expression.h"
#include "common/aligned.h"
#include "common/thread_pool.h"
#include "expression/evaluate.h"

namespace halolaw::binding {

using namespace expression;

void registerExpressionSearch(Napi::Env env, Napi::Object exports);

namespace {

Program laidOut(Napi::Env env, const Napi::Value& code, const Napi::Value& constants, int parameters, int variables,
                const char* what) {
  Program program;
  const auto words = code.As<Napi::Int32Array>();
  const auto values = constants.As<Napi::Float64Array>();
  program.code.assign(words.Data(), words.Data() + words.ElementLength());
  program.constants.assign(values.Data(), values.Data() + values.ElementLength());
  program.parameters = parameters;
  program.variables = variables;
  if (const char* problem = program.layOut())
    throw Napi::Error::New(env, std::string(what) + " cannot run: " + problem + ".");
  return program;
}

}  // namespace

Program programOf(const Napi::CallbackInfo& info, int code, int constants, int parameters, int variables) {
  return laidOut(info.Env(), info[code], info[constants], info[parameters].As<Napi::Number>().Int32Value(), variables,
                 "The formula");
}

Program programOf(const Napi::Object& program, int variables, const char* what) {
  return laidOut(program.Env(), program.Get("code"), program.Get("constants"), 0, variables, what);
}

std::vector<const double*> columnsOf(Napi::Env env, const Napi::Array& list, size_t rows) {
  std::vector<const double*> columns;
  for (uint32_t i = 0; i < list.Length(); ++i) {
    const auto column = list.Get(i).As<Napi::Float64Array>();
    if (column.ElementLength() < rows) throw Napi::Error::New(env, "A column has fewer rows than requested.");
    columns.push_back(column.Data());
  }
  return columns;
}

namespace {

/// evaluateProgram(code, constants, parameters, columns, rows) -> Float64Array
Napi::Value evaluateProgram(const Napi::CallbackInfo& info) {
  const auto list = info[3].As<Napi::Array>();
  const Program program = programOf(info, 0, 1, 2, static_cast<int>(list.Length()));
  const auto rows = info[4].As<Napi::Number>().Int32Value();
  const auto columns = columnsOf(info.Env(), list, static_cast<size_t>(rows));
  auto out = Napi::Float64Array::New(info.Env(), static_cast<size_t>(rows));
  Scratch scratch;
  evaluateBlock<double>(program, columns, program.constants, spanOf<double>(out), scratch);
  return out;
}

/// evaluateProgramInFloats(code, constants, parameters, columns, rows) -> Float64Array, computed in float
Napi::Value evaluateProgramInFloats(const Napi::CallbackInfo& info) {
  const auto list = info[3].As<Napi::Array>();
  const Program program = programOf(info, 0, 1, 2, static_cast<int>(list.Length()));
  const auto rows = info[4].As<Napi::Number>().Int32Value();
  const auto columns = columnsOf(info.Env(), list, static_cast<size_t>(rows));
  auto out = Napi::Float64Array::New(info.Env(), static_cast<size_t>(rows));
  Scratch scratch;
  std::vector<std::vector<float>> narrow;
  std::vector<const float*> pointers;
  for (const double* column : columns) narrow.emplace_back(column, column + rows);
  for (const auto& column : narrow) pointers.push_back(column.data());
  std::vector<float> values(static_cast<size_t>(rows));
  evaluateBlock<float>(program, pointers, program.constants, values, scratch);
  for (int i = 0; i < rows; ++i) out[static_cast<size_t>(i)] = values[static_cast<size_t>(i)];
  return out;
}

/// jacobianProgram(code, constants, parameters, columns, rows) -> { values, byParameter: Float64Array[], byVariable:
/// Float64Array[] }
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
  Scratch scratch;
  jacobianBlock<double>(program, columns, program.constants, {spanOf<double>(values), byParameter, byVariable},
                        scratch);
  return result;
}

/// timePrograms({ code, constants }[], columns, rows, threads) -> { seconds, processorSeconds } that evaluating each
/// program once in float takes; processor time is that of all the process's threads.
Napi::Value timePrograms(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto requested = info[0].As<Napi::Array>();
  const auto list = info[1].As<Napi::Array>();
  const auto rows = info[2].As<Napi::Number>().Int32Value();
  const int threads = std::max(1, info[3].As<Napi::Number>().Int32Value());
  const auto columns = columnsOf(env, list, static_cast<size_t>(rows));
  std::vector<Program> programs;
  for (uint32_t k = 0; k < requested.Length(); ++k)
    programs.push_back(
        programOf(Napi::Value(requested[k]).As<Napi::Object>(), static_cast<int>(columns.size()), "The formula"));
  std::vector<Floats> narrow;
  std::vector<const float*> pointers;
  for (const double* column : columns) narrow.emplace_back(column, column + rows);
  for (const auto& column : narrow) pointers.push_back(column.data());
  std::vector<Scratch> scratches(static_cast<size_t>(threads));
  std::vector<Floats> values(static_cast<size_t>(threads), Floats(static_cast<size_t>(rows)));
  const std::clock_t used = std::clock();
  const auto start = std::chrono::steady_clock::now();
  parallelFor(programs.size(), threads, [&](size_t k, int thread) {
    const auto place = static_cast<size_t>(thread);
    evaluateBlock<float>(programs[k], pointers, programs[k].constants, values[place], scratches[place]);
  });
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  auto result = Napi::Object::New(env);
  result.Set("seconds", seconds.count());
  result.Set("processorSeconds", static_cast<double>(std::clock() - used) / CLOCKS_PER_SEC);
  return result;
}

}  // namespace

void registerExpression(Napi::Env env, Napi::Object exports) {
  exports.Set("evaluateProgram", Napi::Function::New(env, evaluateProgram, "evaluateProgram"));
  exports.Set("evaluateProgramInFloats", Napi::Function::New(env, evaluateProgramInFloats, "evaluateProgramInFloats"));
  exports.Set("jacobianProgram", Napi::Function::New(env, jacobianProgram, "jacobianProgram"));
  exports.Set("timePrograms", Napi::Function::New(env, timePrograms, "timePrograms"));
  registerExpressionSearch(env, exports);
}

}  // namespace halolaw::binding
