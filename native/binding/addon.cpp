// The addon's entry point: each file of this folder registers the functions and classes it offers to TypeScript.
#include <napi.h>

#include "simd/isa.h"

namespace halolaw::binding {
void registerCellGrid(Napi::Env env, Napi::Object exports);
void registerExpression(Napi::Env env, Napi::Object exports);
void registerGraphNetwork(Napi::Env env, Napi::Object exports);
void registerPeak(Napi::Env env, Napi::Object exports);
void registerPairSums(Napi::Env env, Napi::Object exports);
}  // namespace halolaw::binding

static Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("instructionSet", halolaw::simd::isaName(halolaw::simd::activeIsa()));
  halolaw::binding::registerCellGrid(env, exports);
  halolaw::binding::registerExpression(env, exports);
  halolaw::binding::registerGraphNetwork(env, exports);
  halolaw::binding::registerPeak(env, exports);
  halolaw::binding::registerPairSums(env, exports);
  return exports;
}

NODE_API_MODULE(halolaw, init)
