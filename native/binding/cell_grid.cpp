#include "binding/cell_grid.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "binding/arrays.h"
#include "binding/async_work.h"
#include "common/thread_pool.h"

namespace halolaw::binding {

using grid::CellGridLayout;
using grid::NeighbourBuffer;
using grid::SettledEdge;

namespace {

constexpr napi_type_tag kCellGridTag = {0x3b1f6a0c5d2e4f71ULL, 0x9a4c7be2d8035f16ULL};
constexpr size_t kReceiversPerBlock = 256;

size_t blocksOf(size_t receivers) { return (receivers + kReceiversPerBlock - 1) / kReceiversPerBlock; }

class CellGridObject : public Napi::ObjectWrap<CellGridObject> {
 public:
  static void define(Napi::Env env, Napi::Object exports) {
    exports.Set(
        "CellGrid",
        DefineClass(env, "CellGrid",
                    {InstanceMethod<&CellGridObject::degrees>("degrees"), InstanceMethod<&CellGridObject::of>("of"),
                     InstanceMethod<&CellGridObject::pick>("pick"), InstanceMethod<&CellGridObject::visit>("visit"),
                     InstanceMethod<&CellGridObject::layout>("layout")}));
  }

  /// new CellGrid(x, y, z, sides, radius); sides: Float64Array of three, zeros in open space
  explicit CellGridObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<CellGridObject>(info) {
    const auto x = info[0].As<Napi::Float32Array>(), y = info[1].As<Napi::Float32Array>(),
               z = info[2].As<Napi::Float32Array>();
    const size_t halos = x.ElementLength();
    if (y.ElementLength() != halos || z.ElementLength() != halos || halos > 0x7fffffff)
      throw Napi::Error::New(info.Env(), "x, y and z have to be of one length below 2^31");
    const auto sides = info[3].As<Napi::Float64Array>();
    if (sides.ElementLength() != 3) throw Napi::Error::New(info.Env(), "a box has three sides");
    try {
      grid_ = std::make_shared<const CellGrid>(spanOf<float>(x), spanOf<float>(y), spanOf<float>(z),
                                               grid::Sides{sides[0], sides[1], sides[2]},
                                               info[4].As<Napi::Number>().DoubleValue());
    } catch (const std::invalid_argument& error) {
      throw Napi::Error::New(info.Env(), error.what());
    }
    info.This().As<Napi::Object>().TypeTag(&kCellGridTag);
  }

  std::shared_ptr<const CellGrid> grid() const { return grid_; }

 private:
  /// degrees(threads): Promise<Uint32Array>
  Napi::Value degrees(const Napi::CallbackInfo& info) {
    const int threads = info[0].As<Napi::Number>().Int32Value();
    auto grid = grid_;
    auto degrees = std::make_shared<std::vector<uint32_t>>(grid->halos());
    return AsyncWork::start(
        info.Env(),
        [=] {
          const std::vector<uint32_t>& order = grid->cellOrder();
          parallelFor(blocksOf(order.size()), threads, [&](size_t block, int) {
            const size_t end = std::min(order.size(), (block + 1) * kReceiversPerBlock);
            for (size_t n = block * kReceiversPerBlock; n < end; ++n) (*degrees)[order[n]] = grid->degree(order[n]);
          });
        },
        [=](Napi::Env env) { return arrayOf<uint32_t>(env, *degrees); });
  }

  /// of(halo, radius): { index: Uint32Array, distance: Float32Array }, nearest first
  Napi::Value of(const Napi::CallbackInfo& info) {
    const uint32_t halo = info[0].As<Napi::Number>().Uint32Value();
    const double radius = info[1].As<Napi::Number>().DoubleValue();
    if (halo >= grid_->halos()) throw Napi::RangeError::New(info.Env(), "there is no such halo");
    NeighbourBuffer buffer;
    grid_->neighbours(halo, buffer);
    std::vector<std::pair<double, uint32_t>> nearest;
    for (size_t n = 0; n < buffer.count; ++n) {
      const double r = grid_->separation(halo, buffer.index[n]);
      if (radius >= grid_->radius() || r < radius) nearest.emplace_back(r, buffer.index[n]);
    }
    std::sort(nearest.begin(), nearest.end());
    Napi::Uint32Array index = Napi::Uint32Array::New(info.Env(), nearest.size());
    Napi::Float32Array distance = Napi::Float32Array::New(info.Env(), nearest.size());
    for (size_t n = 0; n < nearest.size(); ++n) {
      distance[n] = static_cast<float>(nearest[n].first);
      index[n] = nearest[n].second;
    }
    Napi::Object result = Napi::Object::New(info.Env());
    result.Set("index", index);
    result.Set("distance", distance);
    return result;
  }

  /// pick(receiver: Uint32Array, nth: Uint32Array, threads): Promise<Uint32Array>, the nth neighbour of each receiver
  Napi::Value pick(const Napi::CallbackInfo& info) {
    auto receiver = shared<uint32_t>(info[0]);
    auto nth = shared<uint32_t>(info[1]);
    const int threads = info[2].As<Napi::Number>().Int32Value();
    auto grid = grid_;
    if (nth->size() != receiver->size())
      throw Napi::RangeError::New(info.Env(), "receiver and nth have to be of one length");
    for (uint32_t halo : *receiver)
      if (halo >= grid->halos()) throw Napi::RangeError::New(info.Env(), "there is no such halo");
    auto sender = std::make_shared<std::vector<uint32_t>>(receiver->size());
    return AsyncWork::start(
        info.Env(),
        [=] {
          std::vector<uint32_t> byReceiver(receiver->size());
          std::iota(byReceiver.begin(), byReceiver.end(), 0u);
          std::sort(byReceiver.begin(), byReceiver.end(),
                    [&](uint32_t a, uint32_t b) { return (*receiver)[a] < (*receiver)[b]; });
          parallelFor(blocksOf(byReceiver.size()), threads, [&](size_t block, int) {
            NeighbourBuffer buffer;
            const size_t begin = block * kReceiversPerBlock,
                         end = std::min(byReceiver.size(), begin + kReceiversPerBlock);
            for (size_t n = begin; n < end; ++n) {
              const uint32_t draw = byReceiver[n];
              if (n == begin || (*receiver)[draw] != (*receiver)[byReceiver[n - 1]])
                grid->neighbours((*receiver)[draw], buffer);
              if ((*nth)[draw] >= buffer.count) throw std::out_of_range("a halo has fewer neighbours than requested");
              (*sender)[draw] = buffer.index[(*nth)[draw]];
            }
          });
        },
        [=](Napi::Env env) { return arrayOf<uint32_t>(env, *sender); });
  }

  /// visit(threads): Promise<{ edges, seconds, sumOfSeparations }>; finds every edge once, with its separation.
  Napi::Value visit(const Napi::CallbackInfo& info) {
    const int threads = info[0].As<Napi::Number>().Int32Value();
    auto grid = grid_;
    struct Outcome {
      double edges = 0, seconds = 0, separations = 0;
    };
    auto outcome = std::make_shared<Outcome>();
    return AsyncWork::start(
        info.Env(),
        [=] {
          const auto start = std::chrono::steady_clock::now();
          const std::vector<uint32_t>& order = grid->cellOrder();
          std::vector<Outcome> parts(blocksOf(order.size()));
          parallelFor(parts.size(), threads, [&](size_t block, int) {
            static thread_local NeighbourBuffer buffer;
            const size_t end = std::min(order.size(), (block + 1) * kReceiversPerBlock);
            for (size_t n = block * kReceiversPerBlock; n < end; ++n) {
              grid->neighbours(order[n], buffer);
              parts[block].edges += static_cast<double>(buffer.count);
              float sum = 0;
              for (size_t k = 0; k < buffer.count; ++k) sum += buffer.r[k];
              parts[block].separations += sum;
            }
          });
          for (const Outcome& part : parts) outcome->edges += part.edges, outcome->separations += part.separations;
          outcome->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        },
        [=](Napi::Env env) {
          Napi::Object result = Napi::Object::New(env);
          result.Set("edges", outcome->edges);
          result.Set("seconds", outcome->seconds);
          result.Set("sumOfSeparations", outcome->separations);
          return result;
        });
  }

  /// layout(threads): Promise<{ order, binStart, x, y, z, axes, surelyInside, surelyOutside, settled }>: the memory
  /// layout of the grid, for a search on another device. `axes` is start, width, cells along x, y and z; `settled`
  /// holds three numbers per edge (see SettledEdge), sorted.
  Napi::Value layout(const Napi::CallbackInfo& info) {
    const int threads = info[0].As<Napi::Number>().Int32Value();
    auto grid = grid_;
    auto settled = std::make_shared<std::vector<uint32_t>>();
    return AsyncWork::start(
        info.Env(),
        [=] {
          const std::vector<uint32_t>& order = grid->cellOrder();
          std::vector<std::vector<SettledEdge>> parts(blocksOf(order.size()));
          parallelFor(parts.size(), threads, [&](size_t block, int) {
            const size_t end = std::min(order.size(), (block + 1) * kReceiversPerBlock);
            for (size_t n = block * kReceiversPerBlock; n < end; ++n) grid->settled(order[n], parts[block]);
            std::sort(parts[block].begin(), parts[block].end(), [](const SettledEdge& a, const SettledEdge& b) {
              return a.receiver != b.receiver ? a.receiver < b.receiver
                     : a.sender != b.sender   ? a.sender < b.sender
                                              : a.image < b.image;
            });
          });
          for (const std::vector<SettledEdge>& part : parts)
            for (const SettledEdge& edge : part)
              settled->insert(settled->end(), {edge.receiver, edge.sender, edge.image});
        },
        [=](Napi::Env env) {
          const CellGridLayout layout = grid->layout();
          Napi::Float64Array axes = Napi::Float64Array::New(env, 9);
          for (size_t n = 0; n < 3; ++n) {
            axes[3 * n] = layout.axis[n].start;
            axes[3 * n + 1] = layout.axis[n].width;
            axes[3 * n + 2] = layout.axis[n].cells;
          }
          Napi::Object result = Napi::Object::New(env);
          result.Set("order", arrayOf<uint32_t>(env, grid->cellOrder()));
          result.Set("binStart", arrayOf<uint32_t>(env, layout.binStart));
          result.Set("x", arrayOf<float>(env, layout.x));
          result.Set("y", arrayOf<float>(env, layout.y));
          result.Set("z", arrayOf<float>(env, layout.z));
          result.Set("axes", axes);
          result.Set("surelyInside", layout.surelyInside);
          result.Set("surelyOutside", layout.surelyOutside);
          result.Set("settled", arrayOf<uint32_t>(env, *settled));
          return result;
        });
  }

  std::shared_ptr<const CellGrid> grid_;
};

}  // namespace

std::shared_ptr<const CellGrid> cellGridOf(const Napi::Value& value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kCellGridTag))
    throw Napi::TypeError::New(value.Env(), "a cell grid was expected: neighbours.grid");
  return CellGridObject::Unwrap(value.As<Napi::Object>())->grid();
}

void registerCellGrid(Napi::Env env, Napi::Object exports) { CellGridObject::define(env, exports); }

}  // namespace halolaw::binding
