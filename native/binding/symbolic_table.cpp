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
        {InstanceMethod("fitConstants", &SymbolicTable::fitConstants),
         InstanceMethod("addToLibrary", &SymbolicTable::addToLibrary), InstanceMethod("match", &SymbolicTable::match)});
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
  /// fitConstants(code, constants, parameters, settings: Float64Array(5), out: Float64Array(6)): changes constants in
  /// place and fills out with scaledLoss, scale, offset, ratioLoss, ratio, plainLoss. Settings are 1 to fit scale and
  /// offset as well, iterations, tolerance, bound, and 1 for single precision.
  Napi::Value fitConstants(const Napi::CallbackInfo& info) {
    read(info);
    const Span<double> settings = spanOf<double>(info[3]);
    const Span<double> out = spanOf<double>(info[4]);
    if (settings.size() < 5 || out.size() < 6)
      throw Napi::Error::New(info.Env(), "A fit has 5 settings and 6 results.");
    const FitOptions options = {settings[0] != 0, static_cast<int>(settings[1]), settings[2], settings[3],
                                settings[4] != 0};
    const FitResult r = expression::fitConstants(program_, program_.constants, table_, options, scratch_);
    auto constants = info[1].As<Napi::Float64Array>();
    std::copy(program_.constants.begin(), program_.constants.end(), constants.Data());
    const double values[6] = {r.scaledLoss, r.scale, r.offset, r.ratioLoss, r.ratio, r.plainLoss};
    std::copy(values, values + 6, out.begin());
    return info.Env().Undefined();
  }

  /// addToLibrary(code, constants, parameters) -> whether it was new
  Napi::Value addToLibrary(const Napi::CallbackInfo& info) {
    read(info);
    if (!library_) library_ = std::make_unique<Library>(table_);
    return Napi::Boolean::New(info.Env(), library_->add(program_));
  }

  /// match(code, constants, parameters, { node, scale, offset }, top) -> null or { linear: number[4 each], pairs:
  /// number[8 each], powers: number[10 + variables each] }
  Napi::Value match(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!library_) return env.Null();
    read(info);
    const auto place = info[3].As<Napi::Object>();
    const auto number = [&](const char* name) { return place.Get(name).As<Napi::Number>(); };
    const int node = number("node").Int32Value();
    if (node < 0 || node >= static_cast<int>(program_.code.size()))
      throw Napi::Error::New(env, "The program has no such node.");
    const Matches matches =
        library_->match({program_, node, number("scale").DoubleValue(), number("offset").DoubleValue()},
                        info[4].As<Napi::Number>().Int32Value(), scratch_);
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

  static Loss lossOf(const Napi::Object& description) {
    Loss loss;
    const std::string kind = description.Get("kind").ToString().Utf8Value();
    loss.distance.parameter = description.Get("parameter").ToNumber().DoubleValue();
    if (kind == "poisson") loss.kind = Loss::Kind::poisson;
    if (kind == "own") loss.kind = Loss::Kind::formula;
    using Distance = DistanceLoss::Kind;
    const std::pair<const char*, Distance> distances[] = {{"mse", Distance::squared},
                                                          {"mae", Distance::absolute},
                                                          {"huber", Distance::huber},
                                                          {"quantile", Distance::quantile}};
    const auto distance = std::find_if(std::begin(distances), std::end(distances),
                                       [&](const auto& entry) { return kind == entry.first; });
    if (distance != std::end(distances)) loss.distance.kind = distance->second;
    else if (loss.kind == Loss::Kind::distance) throw Napi::Error::New(description.Env(), "There is no such loss.");
    if (loss.kind != Loss::Kind::formula) return loss;
    const auto program = [&](const char* name) {
      return programOf(description.Get(name).As<Napi::Object>(), 3, "The loss");
    };
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
