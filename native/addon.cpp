// The addon's front door: each room registers the functions and classes it offers to TypeScript.
#include <napi.h>

#include "isa.h"

namespace halolaw {
void registerCellGrid(Napi::Env env, Napi::Object exports);
void registerExpression(Napi::Env env, Napi::Object exports);
void registerGraphNetwork(Napi::Env env, Napi::Object exports);
void registerPeak(Napi::Env env, Napi::Object exports);
void registerPairSums(Napi::Env env, Napi::Object exports);
}  // namespace halolaw

static Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("instructionSet", halolaw::isaName(halolaw::activeIsa()));
  halolaw::registerCellGrid(env, exports);
  halolaw::registerExpression(env, exports);
  halolaw::registerGraphNetwork(env, exports);
  halolaw::registerPeak(env, exports);
  halolaw::registerPairSums(env, exports);
  return exports;
}

NODE_API_MODULE(halolaw, init)
