// A piece of native work as a promise: `work` runs on a thread of libuv's pool, `finish` makes the value on the event
// loop.
#pragma once

#include <napi.h>

#include <functional>
#include <stdexcept>
#include <string>

namespace halolaw::binding {

class AsyncWork : public Napi::AsyncWorker {
 public:
  using Work = std::function<void()>;
  using Finish = std::function<Napi::Value(Napi::Env)>;

  /// `work` touches no JavaScript value; what it throws rejects the promise.
  static Napi::Promise start(Napi::Env env, Work work, Finish finish) {
    AsyncWork* self = new AsyncWork(env, std::move(work), std::move(finish));
    Napi::Promise promise = self->deferred_.Promise();
    self->Queue();
    return promise;
  }

 private:
  AsyncWork(Napi::Env env, Work work, Finish finish)
      : Napi::AsyncWorker(env),
        deferred_(Napi::Promise::Deferred::New(env)),
        work_(std::move(work)),
        finish_(std::move(finish)) {}

  void Execute() override {
    try {
      work_();
    } catch (const std::exception& error) {
      SetError(error.what());
    }
  }
  void OnOK() override {
    Napi::HandleScope scope(Env());
    deferred_.Resolve(finish_(Env()));
  }
  void OnError(const Napi::Error& error) override {
    Napi::HandleScope scope(Env());
    deferred_.Reject(error.Value());
  }

  Napi::Promise::Deferred deferred_;
  Work work_;
  Finish finish_;
};

}  // namespace halolaw::binding
