// The graph network and its trainer as one JavaScript object. Typed in src-main/gnn/engines/cpu/cpu.ts, its only user,
// which checks the sizes. Arrays are copied in; work runs off the event loop.
#include <chrono>
#include <cmath>

#include "binding/async_work.h"
#include "binding/graph_network.h"

namespace halolaw::binding {

namespace {

class GraphNetworkObject : public Napi::ObjectWrap<GraphNetworkObject> {
 public:
  static void define(Napi::Env env, Napi::Object exports) {
    using Self = GraphNetworkObject;
    exports.Set(
        "GraphNetwork",
        DefineClass(env, "GraphNetwork",
                    {InstanceMethod<&Self::setWeights>("setWeights"), InstanceMethod<&Self::setMoments>("setMoments"),
                     InstanceMethod<&Self::weights>("weights"), InstanceMethod<&Self::moments>("moments"),
                     InstanceMethod<&Self::gradient>("gradient"), InstanceMethod<&Self::train>("train"),
                     InstanceMethod<&Self::predict>("predict"), InstanceMethod<&Self::aggregate>("aggregate"),
                     InstanceMethod<&Self::messageMoments>("messageMoments"),
                     InstanceMethod<&Self::messages>("messages"), InstanceMethod<&Self::edgeInputs>("edgeInputs")}));
  }

  explicit GraphNetworkObject(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<GraphNetworkObject>(info), engine_(networkFrom(info[0].As<Napi::Object>())) {}

 private:
  WeightSet setOf(const Napi::Value& set) const {
    return set.As<Napi::String>().Utf8Value() == "average" ? WeightSet::average : WeightSet::current;
  }

  std::shared_ptr<std::vector<uint32_t>> receiversOf(const Napi::Value& value) const {
    auto receivers = shared<uint32_t>(value);
    const uint32_t halos = engine_->network().data().halos;
    for (uint32_t halo : *receivers)
      if (halo >= halos) throw Napi::RangeError::New(value.Env(), "there is no such halo");
    return receivers;
  }

  /// setWeights(current, average)
  void setWeights(const Napi::CallbackInfo& info) {
    const auto current = info[0].As<Napi::Float32Array>(), average = info[1].As<Napi::Float32Array>();
    if (current.ElementLength() != engine_->plainSize() || average.ElementLength() != engine_->plainSize())
      throw Napi::RangeError::New(info.Env(), "the number of weights does not fit the network");
    engine_->trainer->setWeights(spanOf<float>(current), spanOf<float>(average));
  }
  /// setMoments(moments, step)
  void setMoments(const Napi::CallbackInfo& info) {
    const auto moments = info[0].As<Napi::Float32Array>();
    if (moments.ElementLength() != 2 * engine_->plainSize())
      throw Napi::RangeError::New(info.Env(), "the number of moments does not fit the network");
    engine_->trainer->setMoments(spanOf<float>(moments),
                                 static_cast<uint64_t>(info[1].As<Napi::Number>().Int64Value()));
  }
  /// weights(set): Float32Array
  Napi::Value weights(const Napi::CallbackInfo& info) {
    Napi::Float32Array result = Napi::Float32Array::New(info.Env(), engine_->plainSize());
    engine_->trainer->weights(setOf(info[0]), spanOf<float>(result));
    return result;
  }
  /// moments(): Float32Array
  Napi::Value moments(const Napi::CallbackInfo& info) {
    Napi::Float32Array result = Napi::Float32Array::New(info.Env(), 2 * engine_->plainSize());
    engine_->trainer->moments(spanOf<float>(result));
    return result;
  }

  /// gradient(receivers, target, { penalty, seed, step }, threads): Promise<{ loss, gradient }>
  Napi::Value gradient(const Napi::CallbackInfo& info) {
    auto receivers = receiversOf(info[0]);
    auto target = shared<float>(info[1]);
    const Napi::Object at = info[2].As<Napi::Object>();
    const StepLoss step = {number(at, "penalty"), at.Get("seed").As<Napi::Number>().Uint32Value(),
                           at.Get("step").As<Napi::Number>().Uint32Value()};
    const int threads = info[3].As<Napi::Number>().Int32Value();
    auto engine = engine_;
    auto plain = std::make_shared<std::vector<float>>(engine->plainSize());
    auto loss = std::make_shared<double>(0);
    return AsyncWork::start(
        info.Env(),
        [=] {
          *loss = engine->trainer->gradient(*receivers, *target, step, threads).loss;
          engine->trainer->lastGradient(*plain);
        },
        [=](Napi::Env env) {
          Napi::Object result = Napi::Object::New(env);
          result.Set("loss", *loss);
          result.Set("gradient", arrayOf<float>(env, *plain));
          return result;
        });
  }

  /// train({ receivers, batch, target, rates, penalties, seed, weightDecay, averageDecay, clipNorm, threads }):
  ///   Promise<{ losses, edges, seconds, failed }>; step s takes receivers [s batch, (s + 1) batch); failed is the
  ///   first step whose loss was not finite (which leaves the weights unchanged), or -1.
  Napi::Value train(const Napi::CallbackInfo& info) {
    const Napi::Object options = info[0].As<Napi::Object>();
    auto receivers = receiversOf(options.Get("receivers"));
    auto target = shared<float>(options.Get("target"));
    auto rates = shared<float>(options.Get("rates")), penalties = shared<float>(options.Get("penalties"));
    const uint32_t seed = options.Get("seed").As<Napi::Number>().Uint32Value();
    const size_t batch = options.Get("batch").As<Napi::Number>().Uint32Value();
    const int threads = options.Get("threads").As<Napi::Number>().Int32Value();
    AdamOptions adam;
    adam.weightDecay = number(options, "weightDecay");
    adam.averageDecay = number(options, "averageDecay");
    adam.clipNorm = number(options, "clipNorm");
    if (batch == 0 || rates->size() != (receivers->size() + batch - 1) / batch || penalties->size() != rates->size() ||
        target->size() != engine_->network().data().halos)
      throw Napi::RangeError::New(info.Env(), "batches, rates and targets do not fit each other");
    struct Outcome {
      std::vector<float> losses;
      double edges = 0, seconds = 0;
      int failed = -1;
    };
    auto outcome = std::make_shared<Outcome>();
    auto engine = engine_;
    return AsyncWork::start(
        info.Env(),
        [=] {
          const auto start = std::chrono::steady_clock::now();
          outcome->losses.reserve(rates->size());
          for (size_t step = 0; step < rates->size(); ++step) {
            const size_t begin = step * batch, count = std::min(batch, receivers->size() - begin);
            const StepLoss loss = {(*penalties)[step], seed, static_cast<uint32_t>(engine->trainer->steps())};
            const auto done =
                engine->trainer->gradient(Span<uint32_t>(*receivers).part(begin, count), *target, loss, threads);
            outcome->losses.push_back(static_cast<float>(done.loss));
            outcome->edges += static_cast<double>(done.edges);
            if (!std::isfinite(done.loss)) {
              outcome->failed = static_cast<int>(step);
              break;
            }
            engine->trainer->update((*rates)[step], adam, threads);
          }
          outcome->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        },
        [=](Napi::Env env) {
          Napi::Object result = Napi::Object::New(env);
          result.Set("losses", arrayOf<float>(env, outcome->losses));
          result.Set("edges", outcome->edges);
          result.Set("seconds", outcome->seconds);
          result.Set("failed", outcome->failed);
          return result;
        });
  }

  /// predict(receivers, set, threads): Promise<Float32Array>, standardised units
  Napi::Value predict(const Napi::CallbackInfo& info) { return overReceivers(info, 1, &GraphNetwork::predict); }
  /// aggregate(receivers, set, threads): Promise<Float32Array>, [receivers x messageWidth]
  Napi::Value aggregate(const Napi::CallbackInfo& info) {
    return overReceivers(info, engine_->network().shape().messageWidth, &GraphNetwork::aggregate);
  }

  /// A pass of the network that gives `width` numbers per receiver
  using Pass = void (GraphNetwork::*)(Span<const uint32_t>, const NetworkWeights&, Span<float>, BlockScratch&) const;
  Napi::Value overReceivers(const Napi::CallbackInfo& info, size_t width, Pass pass) {
    auto receivers = receiversOf(info[0]);
    const WeightSet set = setOf(info[1]);
    const int threads = info[2].As<Napi::Number>().Int32Value();
    auto engine = engine_;
    auto out = std::make_shared<std::vector<float>>(receivers->size() * width);
    return AsyncWork::start(
        info.Env(),
        [=] {
          engine->overBlocks(receivers->size(), threads, [&](size_t begin, size_t count, BlockScratch& work) {
            (engine->network().*pass)(Span<const uint32_t>(*receivers).part(begin, count), engine->trainer->use(set),
                                      Span<float>(*out).part(begin * width, count * width), work);
          });
        },
        [=](Napi::Env env) { return arrayOf<float>(env, *out); });
  }

  /// messageMoments(receivers, set, threads): Promise<{ edges, sum, squares, divergence }> over all edges of the
  /// receivers; divergence is null unless messages are variational
  Napi::Value messageMoments(const Napi::CallbackInfo& info) {
    auto receivers = receiversOf(info[0]);
    const WeightSet set = setOf(info[1]);
    const int threads = info[2].As<Napi::Number>().Int32Value();
    auto engine = engine_;
    using Part = GraphNetwork::MessageMoments;
    auto parts = std::make_shared<std::vector<Part>>(NetworkWithTables::blocksOf(receivers->size()));
    const size_t width = engine->network().shape().messageWidth;
    return AsyncWork::start(
        info.Env(),
        [=] {
          engine->overBlocks(receivers->size(), threads, [&](size_t begin, size_t count, BlockScratch& work) {
            (*parts)[begin / NetworkWithTables::kReceiversPerBlock] = engine->network().messageMoments(
                Span<const uint32_t>(*receivers).part(begin, count), engine->trainer->use(set), work);
          });
        },
        [=](Napi::Env env) {
          Napi::Float64Array sum = Napi::Float64Array::New(env, width), squares = Napi::Float64Array::New(env, width),
                             divergence = Napi::Float64Array::New(env, width);
          double edges = 0;
          for (const Part& part : *parts) {
            edges += static_cast<double>(part.edges);
            for (size_t n = 0; n < width; ++n) {
              sum[n] += part.sum[n];
              squares[n] += part.squares[n];
              divergence[n] += part.divergence[n];
            }
          }
          Napi::Object result = Napi::Object::New(env);
          result.Set("edges", edges);
          result.Set("sum", sum);
          result.Set("squares", squares);
          result.Set("divergence", engine->network().shape().variational ? Napi::Value(divergence) : env.Null());
          return result;
        });
  }

  /// messages({ receiver, sender, dx, dy, dz, r }, set, threads): Promise<Float32Array>, [pairs x messageWidth]
  Napi::Value messages(const Napi::CallbackInfo& info) {
    return overPairs(info, setOf(info[1]), info[2].As<Napi::Number>().Int32Value(), PairResult::messages);
  }
  /// edgeInputs({ receiver, sender, dx, dy, dz, r }, threads): Promise<Float32Array>, [pairs x (senderInputs + kinds)]
  Napi::Value edgeInputs(const Napi::CallbackInfo& info) {
    return overPairs(info, WeightSet::current, info[1].As<Napi::Number>().Int32Value(), PairResult::inputs);
  }

  enum class PairResult { inputs, messages };

  Napi::Value overPairs(const Napi::CallbackInfo& info, WeightSet set, int threads, PairResult result) {
    const Napi::Object columns = info[0].As<Napi::Object>();
    auto receiver = receiversOf(columns.Get("receiver")), sender = receiversOf(columns.Get("sender"));
    auto dx = shared<float>(columns.Get("dx")), dy = shared<float>(columns.Get("dy")),
         dz = shared<float>(columns.Get("dz")), r = shared<float>(columns.Get("r"));
    const size_t count = receiver->size();
    for (size_t length : {sender->size(), dx->size(), dy->size(), dz->size(), r->size()})
      if (length != count) throw Napi::RangeError::New(info.Env(), "the columns of the pairs have to be of one length");
    auto engine = engine_;
    const size_t width =
        result == PairResult::inputs ? engine->network().shape().edgeInputs : engine->network().shape().messageWidth;
    auto out = std::make_shared<std::vector<float>>(count * width);
    return AsyncWork::start(
        info.Env(),
        [=] {
          engine->overBlocks(count, threads, [&](size_t begin, size_t block, BlockScratch& work) {
            const PairList all = {*receiver, {*sender, *dx, *dy, *dz, *r}}, pairs = all.part(begin, block);
            const Span<float> to = Span<float>(*out).part(begin * width, block * width);
            if (result == PairResult::inputs) engine->network().edgeInputs(pairs, to);
            else engine->network().messages(pairs, engine->trainer->use(set), to, work);
          });
        },
        [=](Napi::Env env) { return arrayOf<float>(env, *out); });
  }

  std::shared_ptr<NetworkWithTables> engine_;
};

}  // namespace

void registerGraphNetwork(Napi::Env env, Napi::Object exports) { GraphNetworkObject::define(env, exports); }

}  // namespace halolaw::binding
