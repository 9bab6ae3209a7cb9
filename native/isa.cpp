#include "isa.h"

#include <cstdlib>
#include <cstring>
#include <initializer_list>

namespace halolaw {

namespace {

Isa detect() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  Isa widest = avx512 ? Isa::avx512 : avx2 ? Isa::avx2 : Isa::base;
#else
  Isa widest = Isa::base;
#endif
  const char* wanted = std::getenv("HALOLAW_ISA");
  if (wanted) {
    for (Isa isa : {Isa::base, Isa::avx2, Isa::avx512})
      if (std::strcmp(wanted, isaName(isa)) == 0 && isa < widest) widest = isa;
  }
  return widest;
}

}  // namespace

Isa activeIsa() {
  static const Isa isa = detect();
  return isa;
}

const char* isaName(Isa isa) {
  switch (isa) {
    case Isa::avx512: return "avx512";
    case Isa::avx2: return "avx2";
    default: return "base";
  }
}

}  // namespace halolaw
