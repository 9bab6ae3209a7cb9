// The instruction set that the kernels use. The build compiles every file in kernels/ once for each instruction set,
// each in its own namespace: isa_avx512, isa_avx2 and isa_base (NEON on 64-bit Arm). HL_ISA names it there.
//
// The linker keeps one copy of every inline function and template instance of a name. A copy from an AVX-512 object
// would end the process on an older processor. Functions in kernels/ and simd/ are therefore static, in an anonymous
// namespace, or in the namespace of the instruction set, and these files use nothing of the standard library that has
// code. The test tests/unit/native/isolation.test.ts reads the symbols of every object.
#pragma once

namespace halolaw::simd {

enum class Isa { base, avx2, avx512 };

/// The widest instruction set of this processor, unless HALOLAW_ISA=base|avx2|avx512 in the environment or `useIsa`
/// narrows it.
Isa activeIsa();
const char* isaName(Isa isa);

/// Changes the active instruction set, for tests. Returns false, without effect, on a processor that lacks it. Existing
/// objects keep the kernels they were created with.
bool useIsa(Isa isa);

}  // namespace halolaw::simd

/// Declares `const Kernels& name()` in the namespace of every instruction set. Outside the kernels it also defines the
/// function `name()` that picks one.
#if defined(HL_ISA)
#define HL_DISPATCH(Kernels, name) \
  namespace HL_ISA {               \
  const Kernels& name();           \
  }
#elif (defined(__x86_64__) || defined(_M_X64)) && !defined(HL_BASE_ONLY)
#define HL_DISPATCH(Kernels, name)                       \
  namespace isa_avx512 {                                 \
  const Kernels& name();                                 \
  }                                                      \
  namespace isa_avx2 {                                   \
  const Kernels& name();                                 \
  }                                                      \
  namespace isa_base {                                   \
  const Kernels& name();                                 \
  }                                                      \
  inline const Kernels& name() {                         \
    switch (simd::activeIsa()) {                         \
      case simd::Isa::avx512: return isa_avx512::name(); \
      case simd::Isa::avx2: return isa_avx2::name();     \
      default: return isa_base::name();                  \
    }                                                    \
  }
#else
#define HL_DISPATCH(Kernels, name) \
  namespace isa_base {             \
  const Kernels& name();           \
  }                                \
  inline const Kernels& name() { return isa_base::name(); }
#endif
