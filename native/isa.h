// Which instruction set this processor runs. Files in kernels/ are compiled once for each, in namespace HL_ISA
// (isa_avx512, isa_avx2, isa_base; on 64-bit Arm isa_base is NEON), and picked here at run time.
//
// A kernels/ file must not instantiate templates or inline functions of the standard library: the linker keeps one
// copy of those for the whole addon, and that copy might use instructions an older processor lacks.
#pragma once

namespace halolaw {

enum class Isa { base, avx2, avx512 };

/// The widest instruction set this processor has; HALOLAW_ISA=base|avx2|avx512 in the environment narrows it.
Isa activeIsa();
const char* isaName(Isa isa);

}  // namespace halolaw

/// Declares `const Kernels& name()` in every instruction set's namespace and `halolaw::name()`, which picks one.
#if defined(__x86_64__) || defined(_M_X64)
#define HL_DISPATCH(Kernels, name)                                                \
  namespace isa_avx512 { const Kernels& name(); }                                 \
  namespace isa_avx2 { const Kernels& name(); }                                   \
  namespace isa_base { const Kernels& name(); }                                   \
  inline const Kernels& name() {                                                  \
    switch (activeIsa()) {                                                        \
      case Isa::avx512: return isa_avx512::name();                                \
      case Isa::avx2: return isa_avx2::name();                                    \
      default: return isa_base::name();                                           \
    }                                                                             \
  }
#else
#define HL_DISPATCH(Kernels, name)                \
  namespace isa_base { const Kernels& name(); }   \
  inline const Kernels& name() { return isa_base::name(); }
#endif
