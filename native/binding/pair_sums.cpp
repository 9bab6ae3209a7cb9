#include "sums/pair_sums.h"

#include <napi.h>

#include <algorithm>
#include <cmath>

#include "binding/arrays.h"
#include "binding/async_work.h"
#include "binding/cell_grid.h"

namespace halolaw::binding {

using namespace sums;

namespace {

std::vector<float> scaledColumn(const Napi::Value& value, size_t halos, double unit) {
  if (!value.IsTypedArray()) return {};
  const auto array = value.As<Napi::Float32Array>();
  if (array.ElementLength() != halos)
    throw Napi::RangeError::New(value.Env(), "every halo column has to be as long as the grid");
  std::vector<float> column(halos);
  for (size_t n = 0; n < halos; ++n) column[n] = static_cast<float>(array[n] / unit);
  return column;
}

std::vector<uint32_t> receiverList(const Napi::Value& value, uint32_t halos) {
  const auto array = value.As<Napi::Uint32Array>();
  std::vector<uint32_t> list(array.Data(), array.Data() + array.ElementLength());
  for (uint32_t halo : list)
    if (halo >= halos) throw Napi::RangeError::New(value.Env(), "there is no such halo");
  return list;
}

/// A program whose variables are PairVariables. Throws std::invalid_argument if it is malformed.
Program readProgram(const Napi::Object& object) {
  const auto code = object.Get("code").As<Napi::Int32Array>();
  const auto constants = object.Get("constants").As<Napi::Float64Array>();
  Program program;
  program.code.assign(code.Data(), code.Data() + code.ElementLength());
  program.constants.assign(constants.Data(), constants.Data() + constants.ElementLength());
  program.parameters = object.Get("parameters").As<Napi::Number>().Int32Value();
  program.variables = static_cast<int>(PairVariable::count);
  if (const char* problem = program.layOut()) throw std::invalid_argument(problem);
  return program;
}

/// The halos of one graph, ready for sums over neighbours: new PairSums(grid, mass | null, vx | null, vy | null, vz |
/// null)
class PairSumsObject : public Napi::ObjectWrap<PairSumsObject> {
 public:
  static void define(Napi::Env env, Napi::Object exports) {
    exports.Set("PairSums", DefineClass(env, "PairSums",
                                        {InstanceMethod<&PairSumsObject::messages>("messages"),
                                         InstanceMethod<&PairSumsObject::shells>("shells"),
                                         InstanceMethod<&PairSumsObject::find>("find"),
                                         InstanceMethod<&PairSumsObject::columns>("columns")}));
  }

  explicit PairSumsObject(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<PairSumsObject>(info), grid_(cellGridOf(info[0])) {
    auto halos = std::make_shared<HaloData>();
    const size_t count = grid_->halos();
    halos->mass = scaledColumn(info[1], count, 1e14);
    halos->vx = scaledColumn(info[2], count, 1000);
    halos->vy = scaledColumn(info[3], count, 1000);
    halos->vz = scaledColumn(info[4], count, 1000);
    for (size_t n = 0; n < halos->vx.size(); ++n)
      halos->speed.push_back(
          std::sqrt(halos->vx[n] * halos->vx[n] + halos->vy[n] * halos->vy[n] + halos->vz[n] * halos->vz[n]));
    halos_ = halos;
  }

 private:
  std::shared_ptr<PairSumRequest> requestFor(const Napi::CallbackInfo& info) const {
    auto request = std::make_shared<PairSumRequest>();
    request->grid = grid_;
    request->halos = halos_;
    request->receivers = receiverList(info[0], grid_->halos());
    return request;
  }

  static Napi::Value promised(Napi::Env env, std::function<std::vector<double>()> compute) {
    auto result = std::make_shared<std::vector<double>>();
    return AsyncWork::start(
        env, [=] { *result = compute(); }, [=](Napi::Env env) { return arrayOf<double>(env, *result); });
  }

  using Neighbours = std::shared_ptr<const NeighbourLists>;

  /// find(receivers): the neighbours of these receivers, for `messages`
  Napi::Value find(const Napi::CallbackInfo& info) {
    auto neighbours = std::make_unique<Neighbours>(
        std::make_shared<NeighbourLists>(findNeighbours(*grid_, receiverList(info[0], grid_->halos()))));
    const auto external =
        Napi::External<Neighbours>::New(info.Env(), neighbours.get(), [](Napi::Env, Neighbours* held) { delete held; });
    neighbours.release();
    return external;
  }

  /// messages(receivers, programs: { code, constants, parameters: number }[], derivatives, threads, neighbours?):
  /// Promise<Float64Array>
  Napi::Value messages(const Napi::CallbackInfo& info) {
    auto request = requestFor(info);
    const auto programs = info[1].As<Napi::Array>();
    try {
      for (uint32_t n = 0; n < programs.Length(); ++n)
        request->messages.push_back(readProgram(Napi::Value(programs[n]).As<Napi::Object>()));
    } catch (const std::invalid_argument& error) {
      throw Napi::Error::New(info.Env(), error.what());
    }
    request->derivatives = info[2].As<Napi::Boolean>();
    request->threads = info[3].As<Napi::Number>().Int32Value();
    if (info[4].IsExternal()) request->neighbours = *info[4].As<Napi::External<Neighbours>>().Data();
    if (request->neighbours && request->neighbours->start.size() != request->receivers.size() + 1)
      throw Napi::RangeError::New(info.Env(), "neighbours of these receivers were expected");
    return promised(info.Env(), [=] { return sumMessages(*request); });
  }

  /// shells(receivers, edges: Float32Array, threads): Promise<Float64Array>
  Napi::Value shells(const Napi::CallbackInfo& info) {
    auto request = requestFor(info);
    const auto array = info[1].As<Napi::Float32Array>();
    const std::vector<float> edges(array.Data(), array.Data() + array.ElementLength());
    if (edges.size() < 2) throw Napi::RangeError::New(info.Env(), "a shell needs two edges");
    request->threads = info[2].As<Napi::Number>().Int32Value();
    return promised(info.Env(), [=] { return sumShells(*request, edges); });
  }

  /// columns(receiver, sender, variables: number[]): Float64Array
  Napi::Value columns(const Napi::CallbackInfo& info) {
    auto request = requestFor(info);
    const std::vector<uint32_t> senders = receiverList(info[1], grid_->halos());
    if (senders.size() != request->receivers.size())
      throw Napi::RangeError::New(info.Env(), "as many senders as receivers were expected");
    std::vector<PairVariable> variables;
    const auto list = info[2].As<Napi::Array>();
    for (uint32_t n = 0; n < list.Length(); ++n) {
      const uint32_t variable = Napi::Value(list[n]).As<Napi::Number>().Uint32Value();
      if (variable >= static_cast<uint32_t>(PairVariable::count))
        throw Napi::RangeError::New(info.Env(), "there is no such pair variable");
      variables.push_back(static_cast<PairVariable>(variable));
    }
    return promised(info.Env(), [=] { return pairColumns(*request, senders, variables); });
  }

  std::shared_ptr<const CellGrid> grid_;
  std::shared_ptr<const HaloData> halos_;
};

}  // namespace

void registerPairSums(Napi::Env env, Napi::Object exports) { PairSumsObject::define(env, exports); }

}  // namespace halolaw::binding
