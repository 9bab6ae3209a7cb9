// SymbolicTable: a search worker's table in native memory, with fitting and the library of small formulas.
#include <napi.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "binding/arrays.h"
#include "binding/expression.h"
#include "expression/fit.h"
#include "expression/library.h"

namespace halolaw::binding {

using namespace expression;

namespace {

class SymbolicTable : public Napi::ObjectWrap<SymbolicTable> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "SymbolicTable",
        {InstanceMethod("fit", &SymbolicTable::fit), InstanceMethod("addToLibrary", &SymbolicTable::addToLibrary),
         InstanceMethod("match", &SymbolicTable::match)});
  }

  /// new SymbolicTable(columns: Float64Array[], target: Float64Array, weights: Float64Array | null, loss), shared
  /// memory included; loss: { kind, parameter, value, slope, curvature }, the last three programs over prediction,
  /// target and weight, or null.
  explicit SymbolicTable(const Napi::CallbackInfo& info) : Napi::ObjectWrap<SymbolicTable>(info) {
    const Napi::Env env = info.Env();
    const auto target = info[1].As<Napi::Float64Array>();
    table_.rows = static_cast<int>(target.ElementLength());
    table_.full.target = spanOf<double>(target);
    table_.full.columns = columnsOf(env, info[0].As<Napi::Array>(), target.ElementLength());
    if (!info[2].IsNull()) {
      const auto weights = info[2].As<Napi::Float64Array>();
      if (weights.ElementLength() < target.ElementLength())
        throw Napi::Error::New(env, "There are fewer weights than rows.");
      table_.full.weights = spanOf<double>(weights).part(0, target.ElementLength());
    }
    table_.loss = lossOf(info[3].As<Napi::Object>());
    table_.prepare();
    // the arrays live as long as the table
    auto arrays = Napi::Array::New(env);
    for (uint32_t i = 0; i < 3; ++i) arrays.Set(i, info[i]);
    arrays_ = Napi::Persistent(arrays.As<Napi::Object>());
  }

 private:
  /// fit(code, constants, parameters, free, iterations, tolerance, bound, single, out: Float64Array(6)): changes
  /// constants in place and fills out with scaledLoss, scale, offset, ratioLoss, ratio, plainLoss.
  Napi::Value fit(const Napi::CallbackInfo& info) {
    read(info);
    const FitOptions options = {info[3].ToBoolean(), info[4].As<Napi::Number>().Int32Value(),
                                info[5].As<Napi::Number>().DoubleValue(), info[6].As<Napi::Number>().DoubleValue(),
                                info[7].ToBoolean()};
    const FitResult r = fitConstants(program_, program_.constants, table_, options, scratch_);
    auto constants = info[1].As<Napi::Float64Array>();
    std::copy(program_.constants.begin(), program_.constants.end(), constants.Data());
    double* out = info[8].As<Napi::Float64Array>().Data();
    const double values[6] = {r.scaledLoss, r.scale, r.offset, r.ratioLoss, r.ratio, r.plainLoss};
    std::copy(values, values + 6, out);
    return info.Env().Undefined();
  }

  /// addToLibrary(code, constants, parameters) -> whether it was new
  Napi::Value addToLibrary(const Napi::CallbackInfo& info) {
    read(info);
    if (!library_) library_ = std::make_unique<Library>(table_);
    return Napi::Boolean::New(info.Env(), library_->add(program_));
  }

  /// match(code, constants, parameters, node, scale, offset, top) -> null or { linear: number[4 each], pairs: number[8
  /// each], powers: number[10 + variables each] }
  Napi::Value match(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!library_) return env.Null();
    read(info);
    const int node = info[3].As<Napi::Number>().Int32Value();
    if (node < 0 || node >= static_cast<int>(program_.code.size()))
      throw Napi::Error::New(env, "The program has no such node.");
    const Matches matches = library_->match(
        {program_, node, info[4].As<Napi::Number>().DoubleValue(), info[5].As<Napi::Number>().DoubleValue()},
        info[6].As<Napi::Number>().Int32Value(), scratch_);
    if (!matches.isSolvable) return env.Null();
    auto result = Napi::Object::New(env);
    result.Set("linear", flat(env, matches.linear));
    std::vector<LinearMatch> pairs;
    for (const auto& [first, second] : matches.pairs) pairs.insert(pairs.end(), {first, second});
    result.Set("pairs", flat(env, pairs));
    std::vector<double> powers;
    for (const PowerMatch& m : matches.powers) {
      powers.insert(powers.end(),
                    {static_cast<double>(m.entry), m.score, m.coefficient, m.power, static_cast<double>(m.shift),
                     static_cast<double>(m.sign), static_cast<double>(m.other), m.otherPower,
                     static_cast<double>(m.otherShift), static_cast<double>(m.otherSign)});
      powers.insert(powers.end(), m.exponents.begin(), m.exponents.end());
    }
    result.Set("powers", arrayOf<double>(env, powers));
    return result;
  }

  static Napi::Value flat(Napi::Env env, const std::vector<LinearMatch>& list) {
    std::vector<double> values;
    for (const LinearMatch& m : list)
      values.insert(values.end(), {static_cast<double>(m.entry), m.score, m.slope, m.intercept});
    return arrayOf<double>(env, values);
  }

  void read(const Napi::CallbackInfo& info) {
    program_ = programOf(info, 0, 1, 2, static_cast<int>(table_.full.columns.size()));
  }

  static Loss lossOf(const Napi::Object& given) {
    Loss loss;
    const std::string kind = given.Get("kind").ToString().Utf8Value();
    loss.distance.parameter = given.Get("parameter").ToNumber().DoubleValue();
    if (kind == "poisson") loss.kind = Loss::Kind::poisson;
    if (kind == "own") loss.kind = Loss::Kind::formula;
    using Distance = DistanceLoss::Kind;
    const std::pair<const char*, Distance> distances[] = {{"mse", Distance::squared},
                                                          {"mae", Distance::absolute},
                                                          {"huber", Distance::huber},
                                                          {"quantile", Distance::quantile}};
    const auto found = std::find_if(std::begin(distances), std::end(distances),
                                    [&](const auto& entry) { return kind == entry.first; });
    if (found != std::end(distances)) loss.distance.kind = found->second;
    else if (loss.kind == Loss::Kind::distance) throw Napi::Error::New(given.Env(), "There is no such loss.");
    if (loss.kind != Loss::Kind::formula) return loss;
    const auto program = [&](const char* name) { return programOf(given.Get(name).As<Napi::Object>(), 3, "The loss"); };
    loss.value = program("value");
    loss.slope = program("slope");
    loss.curvature = program("curvature");
    return loss;
  }

  FitTable table_;
  Napi::ObjectReference arrays_;
  Program program_;
  FitScratch scratch_;
  std::unique_ptr<Library> library_;
};

}  // namespace

void registerExpressionSearch(Napi::Env env, Napi::Object exports) {
  exports.Set("SymbolicTable", SymbolicTable::define(env));
}

}  // namespace halolaw::binding
