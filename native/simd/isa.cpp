#include "simd/isa.h"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

namespace halolaw::simd {

namespace {

constexpr Isa kAll[] = {Isa::base, Isa::avx2, Isa::avx512};

Isa widest() {
#if defined(__x86_64__) && !defined(HL_BASE_ONLY)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  return avx512 ? Isa::avx512 : avx2 ? Isa::avx2 : Isa::base;
#else
  return Isa::base;
#endif
}

Isa initial() {
  const Isa most = widest();
  if (const char* requested = std::getenv("HALOLAW_ISA"))
    for (Isa isa : kAll)
      if (std::strcmp(requested, isaName(isa)) == 0 && isa < most) return isa;
  return most;
}

std::atomic<Isa>& active() {
  static std::atomic<Isa> isa{initial()};
  return isa;
}

}  // namespace

Isa activeIsa() { return active().load(std::memory_order_relaxed); }

bool useIsa(Isa isa) {
  if (isa > widest()) return false;
  active().store(isa, std::memory_order_relaxed);
  return true;
}

const char* isaName(Isa isa) {
  switch (isa) {
    case Isa::avx512: return "avx512";
    case Isa::avx2: return "avx2";
    default: return "base";
  }
}

}  // namespace halolaw::simd
